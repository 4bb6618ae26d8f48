"""A run as people look at it, kept up to date by its events: each step with how far it is."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.model import RunStatus
from nbcellar.workflow.views.events import (
    AWAITED,
    CellFinished,
    CellStarted,
    Event,
    Published,
    StepFinished,
    StepsAwaited,
    StepSkipped,
    StepStarted,
    StepTaken,
    WorkflowFinished,
    WorkflowStarted,
)

WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it is shown.

    Attributes:
        status: None while it waits.
        calls: Its calls that began, by item (several, with ``for_each``).
        cell: The code cell that runs, of ``cell_count``; 0 before the first.
        label: What that cell begins with.
        made: References of what its tasks made.
        notebook: Reference of the executed notebook.
    """

    name: str
    status: RunStatus | None = None
    reason: str = ""
    calls: Mapping[str, RunStatus] = field(default_factory=dict)
    cell: int = 0
    cell_count: int = 0
    label: str = ""
    seconds: float = 0.0
    made: tuple[str, ...] = ()
    notebook: str = ""
    error: str = ""

    @property
    def word(self) -> str:
        """Its status in one word."""
        return self.status.value if self.status else WAITING

    @property
    def share(self) -> float:
        """How much of its cells is done, from 0 to 1; of several calls, of the one that told last."""
        if self.status is None or self.status is RunStatus.SKIPPED:
            return 0.0
        if self.status is not RunStatus.RUNNING:
            return 1.0
        return max(0, self.cell - 1) / self.cell_count if self.cell_count else 0.0


class RunView:
    """A run as it is shown.

    Attributes:
        needs: From each step to those that it waits for.
        steps: In an order in which each comes after those that it needs.
    """

    def __init__(self, ref: str, needs: Mapping[str, frozenset[str]]) -> None:
        self.ref = ref
        self.needs = needs
        self.status = RunStatus.RUNNING
        self.seconds = 0.0
        self.error = ""
        self.problem = ""
        self.steps: dict[str, StepView] = {}
        self.published: list[str] = []
        self._lock = threading.Lock()

    def copy(self) -> RunView:
        """As it is now; the events of other threads no longer reach it."""
        with self._lock:
            other = RunView(self.ref, self.needs)
            other.status, other.seconds, other.error, other.problem = (
                self.status,
                self.seconds,
                self.error,
                self.problem,
            )
            other.steps, other.published = dict(self.steps), list(self.published)
        return other

    @property
    def done(self) -> int:
        """How many steps ended well."""
        return sum(step.status in (RunStatus.SUCCEEDED, RunStatus.CACHED) for step in self.steps.values())

    def hear(self, event: Event) -> None:
        """Take over what happened."""
        with self._lock:
            self._hear(event)

    def _hear(self, event: Event) -> None:
        match event:
            case WorkflowStarted(ref=ref, steps=steps, needs=needs):
                self.ref, self.needs = ref, needs
                self.steps = {name: StepView(name) for name in steps}
            case WorkflowFinished(status=status, seconds=seconds, error=error, problem=problem):
                self.status, self.seconds, self.error, self.problem = status, seconds, error, problem
            case Published(target=target):
                self.published.append(str(target))
            case StepsAwaited(steps=names):
                self.steps |= {name: replace(self.steps[name], label=AWAITED) for name in names}
            case StepStarted() | CellStarted() | CellFinished() | StepFinished() | StepTaken() | StepSkipped():
                step = self.steps.get(event.step) or StepView(event.step)
                self.steps[event.step] = _after(step, event)
            case _:
                pass


def _after(
    step: StepView, event: StepStarted | CellStarted | CellFinished | StepFinished | StepTaken | StepSkipped
) -> StepView:
    match event:
        case StepStarted(reason=reason, cell_count=count, item=item):
            calls = {**step.calls, item: RunStatus.RUNNING}
            return replace(step, status=RunStatus.RUNNING, reason=reason, cell=0, cell_count=count, calls=calls)
        case CellStarted(cell=cell, cell_count=count, label=label):
            return replace(step, cell=cell, cell_count=count, label=label)
        case CellFinished():
            return step
        case StepTaken(ref=ref, reason=reason, products=products):  # it never began
            made = tuple(product.ref for product in products())
            return StepView(step.name, RunStatus.CACHED, reason, made=made, notebook=ref)
        case StepSkipped(reason=reason):
            return replace(step, status=RunStatus.SKIPPED, reason=reason)
        case StepFinished(item=item):
            calls = {**step.calls, item: event.status}
            return replace(
                step,
                status=_overall(calls.values()),
                calls=calls,
                seconds=step.seconds + event.seconds,
                made=(*step.made, *(product.ref for product in event.products)),
                notebook=event.notebook or step.notebook,
                error=event.error,
                label="",
            )


def _overall(statuses: Collection[RunStatus]) -> RunStatus:
    """Running while one runs; then failed where one failed."""
    order = (RunStatus.RUNNING, RunStatus.FAILED, RunStatus.INTERRUPTED)
    return next((status for status in order if status in statuses), RunStatus.SUCCEEDED)
