"""Steps that are workflows, put in their place: one flat document, in which they are steps called ``report.fit``.

Each value handed to such a step stands in its steps where they name the parameter; a mapping stays a mapping.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from nbcellar.errors import InvalidWorkflow, NotFoundError, ParameterNotInFlow, UsageError, did_you_mean
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.model import JSON
from nbcellar.settings import project_folder
from nbcellar.tasks.resources.specification import ResourceSpecification
from nbcellar.workflow.documents.conditions import Condition, references
from nbcellar.workflow.documents.document import Document, Handover, Place, Publication, Source, Step, WorkflowBody
from nbcellar.workflow.documents.mapped import MappedParameter
from nbcellar.workflow.documents.problems import Problem
from nbcellar.workflow.documents.templates import literal, sole_parameter
from nbcellar.workflow.loading.placing import Names, moved, placed, placed_resources, plain_text
from nbcellar.workflow.sources.notebook import owners

MAX_DOCUMENTS = 200
MAX_STEPS = 10_000


def compose(source: Source) -> Source:
    """The workflow with the steps of its workflows in place of them; itself where it has none.

    What is wrong with one of them is among the answer's ``problems``.
    """
    if not any(isinstance(step.body, WorkflowBody) for step in source.document.steps.values()):
        return source
    path = source.document.folder / source.file if source.file else None
    return _Composer(project_folder(source.document.folder)).compose(source, (path.resolve(),) if path else ())


@dataclass(slots=True)
class _Level:
    """One document that is being composed."""

    source: Source
    steps: dict[str, Step] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parts: dict[str, Source] = field(default_factory=dict)
    publish: list[Publication] = field(default_factory=list)
    resources: dict[str, ResourceSpecification] = field(default_factory=dict)
    handovers: list[Handover] = field(default_factory=list)
    given: dict[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, key: str) -> Place:
        return Place(self.source.file, self.source.line(key), key)

    def note(self, key: str, message: str, hint: str = "", kind: type[InvalidWorkflow] = InvalidWorkflow) -> None:
        self.problems.append(Problem(key, message, hint, self.source.line(key), self.source.file, kind))


class _Composer:
    """Composes documents, inner ones first."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.count = 0

    def compose(self, source: Source, within: tuple[Path, ...]) -> Source:
        level = _Level(source, problems=list(source.problems), publish=list(source.document.publish))
        level.resources |= source.document.resources
        for step in source.document.steps.values():
            if not isinstance(step.body, WorkflowBody):
                level.steps[step.id] = step
            elif (part := self.part(level, step, step.body, within)) is not None:
                self.put(level, step, part)
            else:
                level.groups[step.id] = ()
        if len(level.steps) > MAX_STEPS:
            level.note("steps", f"with the workflows in it, it has more than {MAX_STEPS:,} steps.")
            level.steps.clear()
        folder = source.document.folder
        steps = {name: _resolved(step, level.groups, level.steps, folder) for name, step in level.steps.items()}
        return replace(
            source,
            document=replace(source.document, steps=steps, publish=tuple(level.publish), resources=level.resources),
            parts=level.parts,
            problems=tuple(level.problems),
            handovers=tuple(level.handovers),
            given=level.given,
        )

    # the other document

    def part(self, level: _Level, step: Step, body: WorkflowBody, within: tuple[Path, ...]) -> Source | None:
        """The composed source of a step; None where there is none, which is noted."""
        key = f"steps.{step.id}.workflow"
        self.count += 1
        if self.count > MAX_DOCUMENTS:
            if self.count == MAX_DOCUMENTS + 1:
                level.note(key, f"more than {MAX_DOCUMENTS} workflows lie in each other.")
            return None
        if body.document is not None:
            return self.compose(_inline(level.source, f"{key}.", body.document), within)
        file = Path(os.path.realpath(level.source.document.folder / body.path))
        if file in within:
            ring = " → ".join(each.name for each in (*within[within.index(file) :], file))
            level.note(key, f"these workflows contain each other: {ring}.", "Take one out.")
            return None
        source = self.read(level, key, body.path, file)
        return None if source is None else self.compose(source, (*within, file))

    def read(self, level: _Level, key: str, name: str, file: Path) -> Source | None:
        from nbcellar.workflow.loading.document import read_document  # it reads what is composed here

        if "://" in name or not file.is_relative_to(self.home):
            level.note(key, f"{name!r} leads out of the project {str(self.home)!r}.")
            return None
        try:
            return read_document(level.source.document.folder / name, file=name)
        except NotFoundError as error:
            level.note(key, f"{error.message[:1].lower()}{error.message[1:]}", error.hint)
        except InvalidWorkflow as error:
            for problem in error.problems:
                level.note(key, problem)
        return None

    # in its place

    def put(self, level: _Level, step: Step, part: Source) -> None:
        level.parts[step.id] = part
        level.problems.extend(part.problems)
        level.handovers.extend(part.handovers)
        inner = part.document
        values = self.handed(level, step, inner)
        names = Names(step.id, inner.steps)
        level.groups[step.id] = tuple(names.values())
        for name, each in inner.steps.items():
            try:
                level.steps[names[name]] = placed(each, step, names, values, _way(inner, level.source.document))
            except UsageError as error:
                level.note(f"steps.{step.id}", f"step {name!r} of it: {error.message}", error.hint)
            self.remember(level, step, each)
        try:
            level.resources |= placed_resources(inner, names, values)
        except UsageError as error:
            level.note(f"steps.{step.id}", error.message, error.hint)
        level.publish.extend(_publications(inner, step, values, _way(inner, level.source.document)))

    def remember(self, level: _Level, outer: Step, inner: Step) -> None:
        """Where the mappings that a step got from outside stand."""
        for section, sources in (("mapped_parameters", inner.parameters), ("for_each", inner.for_each)):
            for name, source in sources.items():
                parameter = None if isinstance(source, MappedParameter) else sole_parameter(source)
                if parameter in outer.mapped_parameters:
                    key = f"steps.{outer.id}.{inner.id}.{section}.{name}"
                    level.given[key] = level.place(f"steps.{outer.id}.mapped_parameters.{parameter}")

    def handed(self, level: _Level, step: Step, inner: Document) -> dict[str, JSON | MappedParameter]:
        """What each parameter of the inner workflow stands for in the outer one."""
        given: dict[str, JSON | MappedParameter] = {**step.parameters, **step.mapped_parameters}
        sections = {
            **dict.fromkeys(step.parameters, "parameters"),
            **dict.fromkeys(step.mapped_parameters, "mapped_parameters"),
        }
        for name, section in sections.items():
            key = f"steps.{step.id}.{section}.{name}"
            if name not in inner.parameters:
                known = inner.parameters
                hint = did_you_mean(name, known) or f"It has {', '.join(known) or 'none'}."
                level.note(key, f"the workflow {inner.name!r} has no parameter {name!r}.", hint, ParameterNotInFlow)
            elif section == "parameters":
                level.handovers.append(Handover(level.place(key), inner.parameters[name], step.parameters[name]))
        for name, declaration in inner.parameters.items():
            if name not in given and declaration.required:
                message = f"the workflow {inner.name!r} needs its parameter {name!r}, which has no default."
                level.note(f"steps.{step.id}.parameters", message, f"Add {name} to the step's parameters.")
        defaults = {name: literal(declaration.default) for name, declaration in inner.parameters.items()}
        return {**defaults, **{name: value for name, value in given.items() if name in inner.parameters}}


def _inline(outer: Source, prefix: str, document: Document) -> Source:
    lines = {key.removeprefix(prefix): line for key, line in outer.lines.items() if key.startswith(prefix)}
    return Source(document, outer.file, "", lines)


def _way(inner: Document, outer: Document) -> str:
    """From the outer document's folder to the inner one's."""
    return os.path.relpath(inner.folder, outer.folder)


def _publications(
    inner: Document, step: Step, values: Mapping[str, JSON | MappedParameter], way: str
) -> list[Publication]:
    found = []
    for each in inner.publish:
        head, slash, path = each.source.partition("/")
        owner = head if head in inner.steps or head.rpartition(".")[0] in inner.steps else _owned(inner, head)
        source = f"{step.id}.{owner}{slash}{plain_text(path, values)}"
        found.append(Publication(source, moved(plain_text(each.target, values), way)))
    return found


def _owned(inner: Document, task: str) -> str:
    """``STEP.TASK`` for a task that one step alone has."""
    among = owners(inner.steps, task, inner.folder)
    return f"{among[0]}.{task}" if len(among) == 1 else task


def _resolved(step: Step, groups: Mapping[str, tuple[str, ...]], steps: Mapping[str, Step], folder: Path) -> Step:
    """The step, with names of workflows replaced by their steps."""
    if not groups:
        return step
    needs = [name for each in step.needs for name in groups.get(each, (each,))]
    within = {name: {inner: steps[inner] for inner in inners if inner in steps} for name, inners in groups.items()}

    def found(mapped: MappedParameter) -> MappedParameter:
        if mapped.parent_flow_name not in within:
            return mapped
        among = owners(within[mapped.parent_flow_name], mapped.parent_task_name, folder)
        return replace(mapped, parent_flow_name=among[0]) if len(among) == 1 else mapped

    def either(source: JSON | MappedParameter) -> JSON | MappedParameter:
        return found(source) if isinstance(source, MappedParameter) else source

    return replace(
        step,
        needs=tuple(dict.fromkeys(needs)),
        mapped_parameters={name: found(source) for name, source in step.mapped_parameters.items()},
        for_each={name: either(source) for name, source in step.for_each.items()},
        when=tuple(_rebound(each, either) for each in step.when),
    )


def _rebound(condition: Condition, found: Callable[[JSON | MappedParameter], JSON | MappedParameter]) -> Condition:
    """The condition, with each reference that means something else now bound to it."""
    try:
        sources = references(condition)
    except UsageError:
        return condition  # noted where conditions are checked
    changed = {name: found(source) for name, source in sources.items() if found(source) != source}
    return replace(condition, bindings={**condition.bindings, **changed})
