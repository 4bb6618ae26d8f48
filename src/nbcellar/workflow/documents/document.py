"""The workflow as a document: frozen records that YAML and Python both make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON
from nbcellar.tasks.resources.specification import ResourceSpecification
from nbcellar.workflow.documents.conditions import Condition, condition_json
from nbcellar.workflow.documents.mapped import MappedParameter, mapped_json, source_json
from nbcellar.workflow.documents.problems import Problem

VERSION = 1


@dataclass(frozen=True, slots=True)
class ParameterDeclaration:
    """A parameter of the workflow.

    Attributes:
        type: As an annotation says it: ``int``, ``str | None``, ``Literal["a", "b"]``; empty for anything.
        required: It has no default, so a run must give it.
    """

    name: str
    type: str = ""
    default: JSON = None
    required: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class NotebookBody:
    """A step that runs a notebook.

    Attributes:
        path: Relative to the document's folder.
        kernel: The kernel's name; empty for the one that the notebook names.
    """

    path: str
    kernel: str = ""


@dataclass(frozen=True, slots=True)
class FunctionBody:
    """A step that calls a function.

    Attributes:
        name: ``package.module.function``; empty for one that no name means.
        folder: Where its module is looked for first, relative to the document's folder; that itself where it is empty.
        function: The function itself, where Python gave it; no part of what is compared.
    """

    name: str
    folder: str = ""
    function: Callable[..., object] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WorkflowBody:
    """A step that is a workflow itself: its steps take the step's place (`compose`).

    Attributes:
        path: Its file, relative to the document's folder; empty where it is written in place.
        document: Where it is written in place.
    """

    path: str = ""
    document: Document | None = None


Body: TypeAlias = NotebookBody | FunctionBody | WorkflowBody
VALUE = "value"
"""What a function emits where it does not say."""


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Whether an earlier run may be taken, and for how long."""

    allowed: bool = True
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a workflow.

    Attributes:
        parameters: JSON values; ``${parameters.NAME}`` in a text is the workflow's parameter.
        mapped_parameters: What comes from other steps or from records.
        for_each: One parameter and the list it goes through: a JSON list, an expression, or a mapping.
        needs: Steps that must be done before, beyond those that values come from.
        when: Each must hold, or the step is left out.
        inputs: Globs of files that it reads, relative to the document's folder.
        depends_on_env: Environment variables whose values count as input.
        retries: How often it is tried again after a failure.
        timeout_s: For one try, all cells together; None for no limit.
        cell_timeout_s: For each cell of a notebook; None for no limit.
        use: The resources that it gets: from the argument or variable to the resource's id.
        emits: Names of what it gives to other steps.
    """

    id: str
    body: Body
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    mapped_parameters: Mapping[str, MappedParameter] = field(default_factory=dict)
    for_each: Mapping[str, JSON | MappedParameter] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    inputs: tuple[str, ...] = ()
    depends_on_env: tuple[str, ...] = ()
    cache: CachePolicy = CachePolicy()
    retries: int = 0
    timeout_s: float | None = None
    cell_timeout_s: float | None = None
    use: Mapping[str, str] = field(default_factory=dict)
    emits: tuple[str, ...] = ()
    description: str = ""


def emitted(step: Step) -> tuple[str, ...]:
    """The names that a step emits: a function that does not say emits one ``value``."""
    return step.emits or ((VALUE,) if isinstance(step.body, FunctionBody) else ())


@dataclass(frozen=True, slots=True)
class Publication:
    """A file of a step's asset that is copied beside the project, for people.

    Attributes:
        source: ``STEP/path``, ``STEP.TASK/path`` or ``TASK/path``.
        target: Where to, relative to the document's folder.
    """

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole workflow.

    Attributes:
        folder: What its relative paths start from.
        notebooks_to: The folder that executed notebooks are copied to; empty for none.
        resources: Live objects that its steps use, in the order in which they are made.
        on_failure: A command for the shell, run where the workflow failed; empty for none.
    """

    name: str
    folder: Path
    steps: Mapping[str, Step]
    parameters: Mapping[str, ParameterDeclaration] = field(default_factory=dict)
    publish: tuple[Publication, ...] = ()
    notebooks_to: str = ""
    on_failure: str = ""
    description: str = ""
    resources: Mapping[str, ResourceSpecification] = field(default_factory=dict)


def module_folders(document: Document) -> tuple[Path, ...]:
    """Where the modules of a document lie: beside it, and beside the workflows that it was composed of."""
    inner = {step.body.folder: None for step in document.steps.values() if isinstance(step.body, FunctionBody)}
    return tuple(dict.fromkeys((document.folder, *(document.folder / each for each in inner))))


@dataclass(frozen=True, slots=True)
class Handover:
    """A value that a step gives to a parameter of the workflow that it is."""

    place: Place
    declaration: ParameterDeclaration
    value: JSON


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: as problems name it."""

    file: str
    line: int
    key: str


@dataclass(frozen=True, slots=True)
class Source:
    """A document with where each key of it stands.

    Attributes:
        file: As problems name it; empty for a workflow made in Python.
        text: What was read, for the run's record.
        lines: From the path of keys, with dots, to its line.
        problems: What is wrong with the document itself.
        parts: Of a composed workflow, the sources of the steps that were workflows, by the step's name.
        handovers: Of a composed workflow, what they were given.
        given: Of a composed workflow, from the key of a mapping in their steps to where it was given.
    """

    document: Document
    file: str = ""
    text: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    parts: Mapping[str, Source] = field(default_factory=dict)
    handovers: tuple[Handover, ...] = ()
    given: Mapping[str, Place] = field(default_factory=dict)

    def place(self, key: str) -> Place:
        """Where a key stands: what came from another document, there; what a step has from the defaults, at those."""
        if key in self.given:
            return self.given[key]
        for name, part in self.parts.items():
            for section in ("steps", "publish"):
                if key.startswith(f"{section}.{name}."):
                    return part.place(f"{section}.{key.removeprefix(f'{section}.{name}.')}")
        step, _, name = key.rpartition(".")
        default = f"defaults.{name}"
        if key not in self.lines and step in self.lines and default in self.lines and step.startswith("steps."):
            key = default
        return Place(self.file, self.line(key), key)

    def line(self, key: str) -> int:
        """The line of a key, or of the nearest key around it; 0 where there is none."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 0)


def _refused(step: str, function: object) -> str:
    raise UsageError(
        f"Step {step!r} calls {function!r}, which no file can name.",
        hint="Move the function to the top of a module, or keep the workflow in Python.",
    )


def document_json(document: Document, nameless: Callable[[str, object], str] = _refused) -> dict[str, JSON]:
    """As a YAML file writes it; reading it back gives the same document.

    Args:
        nameless: What to write for the function of a step that was given in Python, where no name means it.

    Raises:
        UsageError: A function or a resource was given in Python, and no name means it.
    """
    whole: dict[str, JSON] = {"cellar": VERSION, "name": document.name, "description": document.description}
    whole["parameters"] = {name: _declaration_json(each) for name, each in document.parameters.items()}
    whole["resources"] = [each.to_json() for each in document.resources.values()]
    whole["steps"] = {name: _step_json(step, nameless) for name, step in document.steps.items()}
    whole["on_failure"] = document.on_failure
    whole["publish"] = {each.source: each.target for each in document.publish}
    whole["notebooks_to"] = document.notebooks_to
    return {key: value for key, value in whole.items() if value or key == "steps"}


def _declaration_json(declaration: ParameterDeclaration) -> JSON:
    whole: dict[str, JSON] = {"type": declaration.type} if declaration.type else {}
    whole |= {} if declaration.required else {"default": declaration.default}
    return whole | ({"description": declaration.description} if declaration.description else {})


def _step_json(step: Step, nameless: Callable[[str, object], str]) -> JSON:
    whole: dict[str, JSON] = {"description": step.description} if step.description else {}
    match step.body:
        case NotebookBody(path=path, kernel=kernel):
            whole |= {"notebook": path, "kernel": kernel}
        case FunctionBody(name=name, folder=folder, function=function):
            whole |= {"folder": folder} if folder else {}
            whole["function"] = name or nameless(step.id, function)
        case WorkflowBody(path=path, document=document):
            whole["workflow"] = path if document is None else document_json(document, nameless)
    if step.parameters or step.mapped_parameters or step.for_each or step.when:
        whole |= _taken_json(step)
    if step.needs or step.inputs or step.depends_on_env:
        whole |= {"needs": list(step.needs), "inputs": list(step.inputs), "depends_on_env": list(step.depends_on_env)}
    if step.use or step.emits:
        same = all(name == resource for name, resource in step.use.items())
        whole |= {"use": list(step.use) if same else dict(step.use), "emits": list(step.emits)}
    if step.retries or step.timeout_s or step.cell_timeout_s:
        whole |= {"retries": step.retries, "timeout": step.timeout_s, "cell_timeout": step.cell_timeout_s}
    if not step.cache.allowed or step.cache.age_s is not None:
        whole["cache"] = step.cache.age_s if step.cache.allowed else False
    return {key: value for key, value in whole.items() if value or (key == "cache" and value is False)}


def _taken_json(step: Step) -> dict[str, JSON]:
    return {
        "parameters": dict(step.parameters),
        "mapped_parameters": {name: mapped_json(each) for name, each in step.mapped_parameters.items()},
        "for_each": {name: source_json(each) for name, each in step.for_each.items()},
        "when": condition_json(step.when),
    }
