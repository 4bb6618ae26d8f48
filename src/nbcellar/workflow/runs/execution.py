"""One run of a workflow: steps that are ready run side by side, until no more can."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.errors import NbcellarError, ResourceError, RunError
from nbcellar.lightclasses import replace
from nbcellar.model import Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.documents import graph
from nbcellar.workflow.freshness.deciding import Take
from nbcellar.workflow.freshness.earlier import Earlier
from nbcellar.workflow.kernels.forkhost import HOST
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.mapping.parts import Made, Part
from nbcellar.workflow.resources.inventory import Inventory
from nbcellar.workflow.resources.turn import Turn
from nbcellar.workflow.runs.activestep import STOPPED, ActiveStep
from nbcellar.workflow.runs.calls import Planned, Planner
from nbcellar.workflow.runs.closing import closed_run, left_results, published, skipped_rest
from nbcellar.workflow.runs.failurecommand import run_failure_command
from nbcellar.workflow.runs.frontier import Frontier
from nbcellar.workflow.runs.history import taken
from nbcellar.workflow.runs.midway import Midway
from nbcellar.workflow.runs.runoptions import RunOptions, forced_steps
from nbcellar.workflow.runs.stepcalls import StepCalls
from nbcellar.workflow.runs.stopfile import StopFile, stop_file
from nbcellar.workflow.runs.workers import Workers
from nbcellar.workflow.views.audience import Audience
from nbcellar.workflow.views.events import (
    FailureTold,
    Listener,
    Published,
    StepFinished,
    StepsAwaited,
    StepSkipped,
    WorkflowFinished,
    WorkflowStarted,
)
from nbcellar.workflow.views.runview import RunView
from nbcellar.workflow.views.stepruns import seconds_of
from nbcellar.workflow.views.steps import StepResult

if TYPE_CHECKING:
    from nbcellar.workflow.runs.workflowrun import WorkflowRun

BROKEN = "the run could not go on"
"""Why a step was not begun, where something went wrong that belongs to no step."""
AHEAD = 1000
"""So many steps are planned that wait for a thread: of thousands, the rest is planned when its turn comes near."""
PATIENCE_S = 0.5
"""So long does nobody wonder why a run that was asked to stop has not ended."""


class Execution:
    """Executes a checked workflow, once.

    Attributes:
        run: The workflow's run; closed when it has ended.
        results: What became of each step so far.
        made: What the steps that are done made.
        copies: Files beside the project that hold what they made.
        audience: Told what happens; it has the run as people look at it.
        again: Starts the same once more, with so many jobs; None where only a runner can.
    """

    def __init__(
        self,
        cellar: Cellar,
        checked: Checked,
        options: RunOptions,
        run: Run,
        listener: Listener,
        stop: Stop,
        turn: Turn | None = None,
    ) -> None:
        self.cellar = cellar
        self.checked = checked
        self.options = options
        self.run = run
        self.results: dict[str, StepResult] = {}
        self.stop = stop
        self.raised: BaseException | None = None
        self.again: Callable[[int, Listener], WorkflowRun] | None = None
        self._turn = turn or Turn(Inventory(checked.document, cellar.settings.allowed_types))
        self.made: dict[str, Made] = {}
        self.copies: list[Path] = []
        self._left_out: set[str] = set()
        self._active: dict[str, ActiveStep] = {}
        self._midway = Midway(cellar, run)
        self._unforeseen: BaseException | None = None
        self._workers: list[Workers[Part]] = []
        self._leaving = False
        self._broken = False
        self._graph = graph.edges(checked.document)
        self.audience = Audience(RunView(run.ref, self._graph), listener)
        self._tell = self.audience.tell
        self._earlier = Earlier(cellar, checked.document.name)
        self._calls = StepCalls(cellar, checked, options, self._turn, stop, self._tell)
        self._planner = Planner(self._earlier, checked, run.id, forced_steps(checked, options))

    def execute(self) -> Run:
        """Run to the end; the workflow's run says what became of it.

        Raises:
            KeyboardInterrupt: It was interrupted; kernels are ended and the run is recorded.
            StorageError: The store could not be written.
        """
        steps = tuple(graph.order(self._graph))
        self._tell(WorkflowStarted(self.run.id, self.run.ref, steps, self._graph))
        error = ""
        try:
            with (
                StopFile(stop_file(self.cellar, self.run), self.stop),
                self._turn.resources(self.checked.values, lambda: self.raised),
            ):
                self._run_steps()
            self._copy()
        except NbcellarError as problem:
            self.raised = self.raised or problem
            error = str(problem)
            self._skip_rest(BROKEN)
        except KeyboardInterrupt as interrupt:
            self.stop.ask()  # it may have come while no step ran: a resource was made or closed, a copy written
            self._abandon()
            self._close(" ".join(getattr(interrupt, "__notes__", ())))
            raise
        except Exception as problem:  # of whom it tells, or a fault of ours: the record says so too
            self._abandon()
            self._close(f"{type(problem).__name__}: {problem}")
            raise
        return self._close(error)

    # steps

    def leave(self) -> None:
        """Do not wait for what still runs, where the run was asked to stop."""
        self._leaving = True
        for workers in self._workers:
            workers.wake()

    def _run_steps(self) -> None:
        """Every step that can run, in an order that the graph allows."""
        frontier = Frontier(self._graph)
        with HOST.in_use(), Workers[Part](self.options.jobs) as workers, self.stop.heard(workers.wake):
            self._workers.append(workers)
            try:
                while not self.stop.asked:
                    if frontier.ready and len(self._active) < AHEAD:
                        self._begin(frontier.ready.popleft(), workers, frontier)
                    elif self._active:
                        self._end_one(workers, frontier, self._midway.keep())
                    else:
                        break
            except BaseException as problem:
                self._broken = isinstance(problem, Exception)
                self.stop.ask()
                raise
            finally:
                self._end_rest(workers, frontier)
                self._skip_rest(BROKEN if self._broken else STOPPED)
        if self._unforeseen is not None:
            raise self._unforeseen

    def _begin(self, name: str, workers: Workers[Part], frontier: Frontier) -> None:
        """Plan a step; what is needed of it is sent to run, and the rest is taken."""
        step = self.checked.document.steps[name]
        missing = f"when: {' and '.join(map(str, step.when))}"
        try:
            if reason := self._planner.left_out(step, self.made, self._left_out):
                self._leave_out(name, reason, frontier)
                return
            missing = "its parameters could not be had"
            planned = self._planner.plan(step, self.made)
        except RunError as error:
            self._settle(StepResult(name, RunStatus.FAILED, missing, error=str(error)))
            return
        active = ActiveStep(step, planned)
        self._active[name] = active
        for index, each in enumerate(planned):
            if isinstance(each.decision, Take):
                active.parts[index] = Part.of(each.decision.run)
            else:
                workers.submit(partial(self._call, active, each), name, index)
        if active.ended:
            self._end_active(name, frontier)

    def _call(self, active: ActiveStep, planned: Planned) -> Part:
        """Make one call of a step, in a thread that is free for it, as soon as what it shares is."""
        with self._turn.inventory.held(active.step, self.stop) as free:
            if not free or self.stop.asked:
                return Part(None, RunStatus.SKIPPED)
            active.begin()
            return self._calls.run(active.step, planned)

    def _leave_out(self, name: str, reason: str, frontier: Frontier) -> None:
        """Go on without a step; those that take values from it are left out too."""
        self._left_out.add(name)
        self._settle(StepResult(name, RunStatus.SKIPPED, reason))
        frontier.done(name)

    def _end_rest(self, workers: Workers[Part], frontier: Frontier) -> None:
        """Wait for all that still runs, and say so where that takes longer than a moment.

        Raises:
            KeyboardInterrupt: Somebody does not wait.
        """
        until_s: float | None = time.monotonic() + PATIENCE_S
        while self._active:
            if self._leaving:
                raise KeyboardInterrupt
            self._end_one(workers, frontier, None if until_s is None else max(0.0, until_s - time.monotonic()))
            if until_s is not None and time.monotonic() >= until_s:
                until_s = None
                if blocked := tuple(name for name, each in self._active.items() if each.may_block):
                    self._tell(StepsAwaited(blocked))

    def _end_one(self, workers: Workers[Part], frontier: Frontier, timeout_s: float | None = None) -> None:
        """Wait until a call has ended, the run is to stop, or so long."""
        done = workers.next(timeout_s)
        if done is None:
            return
        self._earlier.forget()
        try:
            part = done.result()
        except BaseException as error:
            part = self._unrecorded(done.name, error)
        active = self._active[done.name]
        active.parts[done.index] = part
        self.raised = self.raised or part.raised
        if active.ended:
            self._end_active(done.name, frontier)

    def _unrecorded(self, step: str, error: BaseException) -> Part:
        """A call whose run could not be recorded: it failed, and what else runs goes on."""
        foreseen = isinstance(error, NbcellarError)
        if not foreseen:
            self._unforeseen = self._unforeseen or error
        part = Part(
            None, RunStatus.FAILED, error=str(error) if foreseen else f"{type(error).__name__}: {error}", raised=error
        )
        self._tell(StepFinished(step, part.status, self._active[step].seconds, error=part.error))
        return part

    def _end_active(self, name: str, frontier: Frontier) -> None:
        """Settle a step whose calls have all ended."""
        active = self._active.pop(name)
        result = self._stored(active, active.result())
        self._settle(result)
        if result.done:
            parts = tuple(active.parts[index] for index in range(len(active.planned)))
            self.made[name] = Made(parts, many=bool(active.step.for_each))
            frontier.done(name)

    def _stored(self, active: ActiveStep, result: StepResult) -> StepResult:
        """Let resources hold what the step emitted; it fails where one cannot."""
        if not (result.done and self._turn.stores):
            return result
        try:
            for part in active.parts.values():
                self._turn.store(active.step, part.values or {})
        except ResourceError as error:
            self.raised = self.raised or error
            return replace(result, status=RunStatus.FAILED, error=str(error))
        return result

    def _settle(self, result: StepResult) -> None:
        self.results[result.step] = result
        self._midway.add(result)
        if result.status is RunStatus.CACHED:
            self._tell(taken(self.cellar, result))
        elif result.status is RunStatus.SKIPPED:
            self._tell(StepSkipped(result.step, result.reason))
        elif not result.runs and not result.values:
            self._tell(StepFinished(result.step, result.status, result.seconds, error=result.error))

    def _skip_rest(self, reason: str = STOPPED) -> None:
        """Steps that never became ready: something that they wait for failed, or the run was stopped."""
        for result in skipped_rest(self._graph, self.results, reason):
            self._tell(StepSkipped(result.step, result.reason))

    def _abandon(self) -> None:
        """Note what nobody waited for, where the run was interrupted once more while its steps were ending."""
        self.results |= left_results(self.cellar, self.run, self._active)
        self._skip_rest()

    # the end

    def _copy(self) -> None:
        """Copies for people, of what was made.

        Raises:
            RunError: One would overwrite what is not stored.
        """
        if self.stop.asked:
            return
        for copy in published(self.cellar, self.checked, self.made, self.results):
            self.copies.append(copy.target)
            if copy.is_new:
                self._tell(Published(copy.source, copy.target))

    def _close(self, error: str) -> Run:
        """Record what became of it."""
        stopped = self.stop.asked and not self._broken  # what breaks it stops the rest of it
        self.run = self.cellar.publish(closed_run(self.run, self.results, stopped=stopped, error=error))
        status = self.run.status
        command = self.checked.document.on_failure
        if command and status is RunStatus.FAILED:
            folder = self.checked.document.folder
            self._tell(FailureTold(command, run_failure_command(command, folder, self.run)))
        self._tell(WorkflowFinished(self.run.id, self.run.ref, status, seconds_of(self.run), self.run.error, error))
        self.audience.dismiss()
        return self.run
