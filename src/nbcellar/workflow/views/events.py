"""What happens in a run of a workflow, as it happens: for progress, widgets and logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from nbcellar.lightclasses import dataclass, field
from nbcellar.lighttypes import TypeAlias
from nbcellar.model import RunStatus


@dataclass(frozen=True, slots=True)
class WorkflowStarted:
    """A run begins.

    Attributes:
        run: Id of the workflow's run.
        ref: ``survey@3``.
        steps: In an order in which each comes after those that it needs.
        needs: From each step to those that it waits for.
    """

    run: str
    ref: str
    steps: tuple[str, ...]
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step runs.

    Attributes:
        reason: Why it is not taken from an earlier run.
        attempt: From 1.
        item: Which of ``for_each``'s, as text; empty without.
    """

    step: str
    reason: str
    cell_count: int
    attempt: int = 1
    item: str = ""


@dataclass(frozen=True, slots=True)
class CellStarted:
    """A code cell of a step begins.

    Attributes:
        cell: From 1, among ``cell_count`` code cells.
        label: The cell's first line that says something.
    """

    step: str
    cell: int
    cell_count: int
    label: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class CellFinished:
    """A code cell of a step ended, well or not."""

    step: str
    cell: int
    cell_count: int
    seconds: float
    item: str = ""


@dataclass(frozen=True, slots=True)
class StepProduct:
    """An asset that a task of a step made.

    Attributes:
        ref: ``tidy@7``.
    """

    ref: str
    file_count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step ended.

    Attributes:
        notebook: Reference of the executed notebook's asset; empty where it has none.
        error: What went wrong, in one line; empty where nothing did.
        note: What else is to be said of it.
    """

    step: str
    status: RunStatus
    seconds: float
    products: tuple[StepProduct, ...] = ()
    notebook: str = ""
    error: str = ""
    item: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class KernelKept:
    """The kernel of a failed notebook lives on.

    Attributes:
        command: What to type to look around in it.
    """

    step: str
    command: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step is not run: what an earlier run made is taken.

    Attributes:
        ref: The earlier run of the step.
        products: Asks what that made, which costs a question and is wanted only where somebody looks.
    """

    step: str
    ref: str
    reason: str
    products: Callable[[], tuple[StepProduct, ...]] = field(default=tuple, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """A step cannot run, because of another."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepsAwaited:
    """The run was asked to stop, and waits for steps that have not ended."""

    steps: tuple[str, ...]


AWAITED = "a function ends when what it calls, such as a sleep, returns"
"""What is said of them."""


@dataclass(frozen=True, slots=True)
class Published:
    """A file was copied beside the project."""

    source: str
    target: Path


@dataclass(frozen=True, slots=True)
class FailureTold:
    """The command of ``on_failure`` was run.

    Attributes:
        problem: What went wrong with it; empty where nothing did.
    """

    command: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowFinished:
    """A run ended.

    Attributes:
        error: All that went wrong, of its steps and besides.
        problem: What of this belongs to no step: a copy for people, a resource.
    """

    run: str
    ref: str
    status: RunStatus
    seconds: float
    error: str = ""
    problem: str = ""


Event: TypeAlias = (
    WorkflowStarted
    | StepStarted
    | CellStarted
    | CellFinished
    | StepFinished
    | KernelKept
    | StepTaken
    | StepSkipped
    | StepsAwaited
    | Published
    | FailureTold
    | WorkflowFinished
)
Listener: TypeAlias = Callable[[Event], None]
"""Called from one thread at a time, in the order of what happened; it must not raise."""


def ignore(_event: Event) -> None:
    """A listener that does nothing."""
