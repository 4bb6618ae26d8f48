"""The checks of a workflow as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from nbcellar.errors import (
    ParameterNotInFlow,
    did_you_mean,
)
from nbcellar.model import NAME
from nbcellar.tasks.resources.specification import ResourceSpecification
from nbcellar.tasks.resources.typenames import refusal
from nbcellar.workflow.checks.copies import copy_findings
from nbcellar.workflow.checks.resources import plain_params, resource_findings
from nbcellar.workflow.checks.steps import StepChecks
from nbcellar.workflow.checks.values import (
    declared_problems,
    known_expressions,
    misdeclared,
)
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.document import (
    Handover,
)
from nbcellar.workflow.documents.problems import Problem
from nbcellar.workflow.documents.series import MAX_LENGTH, shared_series
from nbcellar.workflow.documents.templates import expand, expressions
from nbcellar.workflow.documents.valuetypes import not_json
from nbcellar.workflow.sources.origins import publication_origin, task_owners


class DocumentChecks(StepChecks):
    """Checks a workflow: its own parameters, its steps, its resources, and what is copied beside the project."""

    def all(self) -> None:
        """Check everything."""
        self.parameters()
        if self.complete and not self.document.steps and not self.problems:
            self.note("steps", "the workflow has no steps.", 'Add one, as with workflow.notebook("fit.ipynb").')
        for handover in self.source.handovers:
            self.handover(handover)
        for step in self.document.steps.values():
            self.notebook(step)
        for step in self.document.steps.values():
            self.step(step)
        for owner, other in shared_series(self.document.name, self.document.steps):
            message = f"its runs would be counted with those of step {owner!r}, and explained by them."
            cure = f"Rename one: {MAX_LENGTH} characters of WORKFLOW-STEP count, in which a dot is a hyphen."
            self.note(f"steps.{other}", message, cure)
        if len(set(ring := graph.cycle(self.document))) > 1:  # of one that waits for itself it is said there
            self.note(f"steps.{ring[0]}", f"these steps wait for each other: {' → '.join(ring)}.")
        for finding in resource_findings(self.document):
            self.note(finding.key, finding.message, finding.hint)
        for name, resource in self.document.resources.items():
            self.resource(f"resources.{name}", resource)
        for publication in self.document.publish:
            self.publication(publication.source, publication.target)
        self.targets()

    def targets(self) -> None:
        """Where files are copied to: executed notebooks into a folder, and each file to a place of its own."""
        folder = self.document.notebooks_to
        self.target(folder, "notebooks_to")
        if folder and not list(expressions(folder)) and (self.document.folder / folder).is_file():
            self.note("notebooks_to", f"{folder!r} is a file, and notebooks are copied to a folder.")
        taken: dict[str, str] = {}
        for each in self.document.publish:
            if each.target and not each.target.endswith("/") and not (self.document.folder / each.target).is_dir():
                if each.target in taken:
                    self.note(f"publish.{each.source}", f"{taken[each.target]!r} is copied to {each.target!r} too.")
                taken[each.target] = each.source
        for each in self.document.publish:
            folders = {str(folder) for folder in (PurePath(each.target) / "x").parents} - {each.target}
            for target in sorted(folders & taken.keys()):
                message = f"{taken[target]!r} is copied to {target!r}, which is a folder here."
                self.note(f"publish.{each.source}", message)
        for finding in copy_findings(self.source, self.notebooks, self.values):
            self.note(finding.key, finding.message, finding.hint)

    def parameters(self) -> None:
        """The workflow's own parameters, and the values given to them."""
        declared = self.document.parameters
        for name in self.given:
            if name not in declared:
                hint = did_you_mean(name, declared) or f"It has {', '.join(declared) or 'none'}."
                message = f"the workflow has no parameter {name!r}."
                self.note(f"parameters.{name}", message, hint, ParameterNotInFlow)
        for name, declaration in declared.items():
            if not NAME.fullmatch(name):
                self.note(f"parameters.{name}", f"{name!r} is not usable as a parameter's name.")
            if name in self.given or not declaration.required:
                value = self.given.get(name, declaration.default)
                problems = list(declared_problems(declaration, value))
                for message, hint in problems:
                    self.note(f"parameters.{name}", message, hint)
                if not problems:  # else each step that takes it would tell the same slip once more
                    self.values[name] = value
            elif self.complete:
                cure = f"Give it one: `-p {name}=VALUE`, or {name}=VALUE in Python."
                self.note(f"parameters.{name}", "it has no default and no value was given.", cure)

    def handover(self, handover: Handover) -> None:
        """A value that a workflow in this one is given."""
        if not_json(handover.value) or not known_expressions(handover.value, self.values):
            return  # noted elsewhere
        place = handover.place
        if message := misdeclared(handover.declaration, expand(handover.value, self.values)):
            self.problems.append(Problem(place.key, message, "", place.line, place.file))

    def resource(self, key: str, resource: ResourceSpecification) -> None:
        """The type of a resource, and the expressions in its parameters."""
        reason, cure = ("", "") if resource.factory else refusal(resource.type, self.allowed)
        if reason:
            self.note(f"{key}.type", reason, cure)
        for expression in expressions(plain_params(resource.params)):
            self.expressions(f"${{{expression}}}", f"{key}.params")

    def publication(self, source: str, target: str) -> None:
        """A copy beside the project: where it comes from and where it goes."""
        key = f"publish.{source}"
        for reason, hint in self.publication_problems(source):
            self.note(key, reason, hint)
        self.entry(source, key)
        self.expressions(source, key)
        self.target(target, key)

    def publication_problems(self, source: str) -> Iterator[tuple[str, str]]:
        """What is wrong with where a copy comes from, each with a hint."""
        head = source.partition("/")[0]
        step, task = publication_origin(head, self.document, self.notebooks)
        if step is None and (owners := task_owners(head, self.notebooks)):
            listed = " or ".join(f"{owner}.{head}" for owner in owners[:3])
            yield f"{len(owners)} steps have a task {head!r}.", f"Write {listed}."
        elif step is None:
            known = [*self.document.steps, *(name for each in self.notebooks.values() for name in each.offers.tasks)]
            yield f"there is no step or task {head!r}.", did_you_mean(head, known) or f"Steps: {', '.join(known)}."
        elif task and step in self.notebooks:
            offers = self.notebooks[step].offers
            if task not in offers.tasks and not offers.unknown:
                yield f"step {step!r} has no task {task!r}.", offers.missing(task, offers.tasks)
