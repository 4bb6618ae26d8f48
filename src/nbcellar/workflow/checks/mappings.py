"""The checks of what a step takes: from files, from other steps, and from records."""

from __future__ import annotations

from nbcellar.errors import ParentFlowNotInFlows, TaskNotInFlow, did_you_mean
from nbcellar.model import JSON, NAME
from nbcellar.workflow.checks.functions import origin_finding
from nbcellar.workflow.checks.notes import DocumentNotes
from nbcellar.workflow.checks.paths import entry_problem
from nbcellar.workflow.checks.values import known_expressions
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.document import Step
from nbcellar.workflow.documents.filling import places, refilled
from nbcellar.workflow.documents.mapped import (
    ATTRIBUTES,
    DBMappedParameter,
    FileMappedParameter,
    MappedParameter,
    ObjectMappedParameter,
    RawMappedParameter,
    record_path,
)
from nbcellar.workflow.documents.templates import expand
from nbcellar.workflow.documents.valuetypes import shortened
from nbcellar.workflow.sources.offers import shape_problem


class MappingChecks(DocumentNotes):
    """Checks what steps take."""

    def looks_at(self, step: Step, key: str) -> None:
        """The files that a step reads, and what it takes from others, with the run's parameters in them."""
        if not (step.inputs or step.mapped_parameters or step.for_each or step.when):
            return
        unknown = set()
        for below, text in places(step):
            self.expressions(text, f"{key}.{below}")
            if not self.is_known(text):
                unknown.add(below)
            elif not isinstance(found := expand(text, self.values), str | int | float):
                self.note(f"{key}.{below}", f"{text} must be text here, and is {shortened(found)}.")
        seen = refilled(step, lambda text: expand(text, self.values) if self.is_known(text) else text)
        for pattern in seen.inputs:
            self.inside(pattern, f"{key}.inputs")
        for below, mapped in graph.mappings(seen).items():
            if below not in unknown:
                self.mapped(step, mapped, f"{key}.{below}")

    def is_known(self, value: JSON) -> bool:
        """Whether all that the expressions in a value stand for is known."""
        return known_expressions(value, self.values)

    def known_step(self, name: str, key: str, step: Step, task: str = "") -> bool:
        """Whether a step names another one that there is."""
        if name == step.id:
            self.note(key, f"the step {name!r} would wait for itself.")
        elif name in self.document.steps:
            return True
        elif (inner := graph.named(self.document, name)) and task:
            hint = f"Name the step in it: {', '.join(f'{each}.{task}' for each in inner[:3])}."
            self.note(key, f"the workflow {name!r} has no single task, result or record {task!r}.", hint, TaskNotInFlow)
        else:
            hint = did_you_mean(name, self.document.steps) or f"Steps: {', '.join(self.document.steps)}."
            self.note(key, f"there is no step {name!r}.", hint, ParentFlowNotInFlows)
        return False

    def mapped(self, step: Step, mapped: MappedParameter, key: str) -> None:
        """What is taken from another step is something that it gives."""
        origin = mapped.parent_flow_name
        unknown = isinstance(mapped, DBMappedParameter) and mapped.attribute not in ("", *ATTRIBUTES)
        if isinstance(mapped, DBMappedParameter) and unknown:
            hint = did_you_mean(mapped.attribute, ATTRIBUTES) or "A record has inputs and outputs."
            self.note(key, f"a record has no attribute {mapped.attribute!r}.", hint)
        if not origin:
            if isinstance(mapped, DBMappedParameter) and mapped.record and not NAME.fullmatch(mapped.record):
                self.note(key, f"no record can be called {mapped.record!r}.")
            return
        if not self.known_step(origin, key, step, mapped.parent_task_name):
            return
        if origin in self.functions:
            finding = origin_finding(self.document.steps[origin], self.functions[origin], mapped, key)
            if finding:
                self.note(finding.key, finding.message, finding.hint, TaskNotInFlow)
        if origin not in self.notebooks:
            return
        name, offers = mapped.parent_task_name, self.notebooks[origin].offers
        match mapped:
            case FileMappedParameter(path=path):
                known, noun = offers.tasks, "task"
                self.entry(path, key)
            case RawMappedParameter():
                known, noun = offers.all, "task, result or record"
            case DBMappedParameter():
                known, noun = offers.records | offers.results, "record"
            case ObjectMappedParameter():
                return  # noted with the resources: a notebook emits none
        if name not in known and not offers.unknown:
            notebook = self.notebooks[origin].path.name
            self.note(key, f"{notebook} has no {noun} {name!r}.", offers.missing(name, known), TaskNotInFlow)
        elif isinstance(mapped, DBMappedParameter) and not unknown:
            message, hint = shape_problem(offers.shapes.get(name), record_path(mapped))
            if message:
                self.note(key, f"record {name!r}: {message}", hint)

    def entry(self, path: str, key: str) -> None:
        """A path within an asset stays within it."""
        if reason := entry_problem(path):
            self.note(key, reason)
