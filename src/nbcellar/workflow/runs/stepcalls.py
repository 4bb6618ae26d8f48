"""The calls of steps, each in a thread of its own: a function is called, a notebook is run, and both are told of."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from nbcellar.errors import ResourceError, RunError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.documents.document import Step
from nbcellar.workflow.kernels.forkhost import HOST
from nbcellar.workflow.kernels.kept import kept_kernel
from nbcellar.workflow.kernels.session import LEFT_RUNNING, CellEnd, CellListener, CellStart
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.mapping.parts import Part
from nbcellar.workflow.mapping.resolution import tasks_of
from nbcellar.workflow.notebooks.call import NotebookCall
from nbcellar.workflow.resources.turn import Turn
from nbcellar.workflow.runs.calls import Planned
from nbcellar.workflow.runs.functioncall import FunctionCall
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.views.events import (
    CellFinished,
    CellStarted,
    Event,
    KernelKept,
    StepFinished,
    StepProduct,
    StepStarted,
)
from nbcellar.workflow.views.progress import first_line
from nbcellar.workflow.views.stepruns import seconds_of


@dataclass(frozen=True, slots=True)
class StepCalls:
    """Makes the calls of one run of a workflow.

    Attributes:
        tell: Told what happens, from any thread.
    """

    cellar: Cellar
    checked: Checked
    options: RunOptions
    turn: Turn
    stop: Stop
    tell: Callable[[Event], None]

    def run(self, step: Step, planned: Planned) -> Part:
        """Run it, again after a failure as often as the step allows."""
        cell_count = len(self.checked.notebooks[step.id].cells) if step.id in self.checked.notebooks else 0
        for attempt in range(1, step.retries + 2):
            reason = planned.decision.reason if attempt == 1 else f"attempt {attempt} of {step.retries + 1}"
            self.tell(StepStarted(step.id, reason, cell_count, attempt, planned.item))
            started_s = time.monotonic()
            part = self._attempt(step, planned, attempt)
            self.tell(self._finished_event(step.id, part, time.monotonic() - started_s, planned.item))
            if part.status is not RunStatus.FAILED or self.stop.asked:
                break
        return part

    def _attempt(self, step: Step, planned: Planned, attempt: int) -> Part:
        call = planned.call
        if attempt > 1 or isinstance(call, NotebookCall) or call.recorded:
            call = replace(call, detail={**call.detail, "attempt": attempt})
        if isinstance(call, FunctionCall):
            from nbcellar.workflow.runs.functions import run_function  # as below

            return run_function(call, partial(self.turn.inventory.lent, step), self.stop, self.cellar)
        if self.cellar.settings.kernels == "forked":
            HOST.start()  # it imports while we do
        from nbcellar.workflow.notebooks.notebook import (
            run_notebook,  # asyncio and more, which an unchanged run does without
        )

        try:
            luggage = self.turn.inventory.luggage(step, self.checked.home)
        except ResourceError as error:
            return Part(None, RunStatus.FAILED, error=str(error), raised=error)
        keeps = self.options.keep_kernel and attempt == step.retries + 1
        call = replace(call, keep_kernel=keeps)
        run = run_notebook(call, self._cells(step.id, planned.item), self.stop, self.cellar, luggage)
        if (kept := kept_kernel(run)) is not None:
            self.tell(KernelKept(step.id, kept.command, planned.item))
        emitted = luggage.emitted if luggage is not None and run.status is RunStatus.SUCCEEDED else None
        return replace(Part.of(run), values=emitted, raised=_raised(run))

    def _cells(self, step: str, item: str) -> CellListener:
        def listen(event: CellStart | CellEnd) -> None:
            match event:
                case CellStart(cell=cell, cell_count=count, source=source):
                    self.tell(CellStarted(step, cell, count, first_line(source), item))
                case CellEnd(cell=cell, cell_count=count, seconds=seconds):
                    self.tell(CellFinished(step, cell, count, seconds, item))

        return listen

    def _finished_event(self, step: str, part: Part, seconds: float, item: str) -> StepFinished:
        run = part.run
        if run is None:
            return StepFinished(step, part.status, seconds, error=part.error, item=item)
        own = [run] if run.kind is RunKind.FUNCTION else []
        products = tuple(
            StepProduct(task.ref, task.asset.entry_count, task.asset.size_bytes)
            for task in [*tasks_of(self.cellar, run), *own]
            if task.asset is not None
        )
        notebook = run.ref if run.asset is not None and not own else ""
        note = str(run.detail.get(LEFT_RUNNING, ""))
        return StepFinished(step, run.status, seconds_of(run), products, notebook, run.error, item, note)


def _raised(run: Run) -> BaseException | None:
    """What resources are told of a notebook that failed: its own exception stays in its kernel."""
    match run.status:
        case RunStatus.SUCCEEDED:
            return None
        case RunStatus.INTERRUPTED:
            return KeyboardInterrupt(run.error)
        case _:
            return RunError(f"{run.ref}: {run.error}")
