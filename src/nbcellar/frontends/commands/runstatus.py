"""``runs``, ``status`` and ``cancel``: workflows that ran, and those under way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable

from nbcellar.assets.display import Table, count_text, seconds_text, size_text, time_text
from nbcellar.assets.facts import asset_facts, run_facts
from nbcellar.errors import ConflictError, RunError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.listing import Runs
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.reporting import Reporter
from nbcellar.frontends.commands.runtable import TONES, labels_by_run, short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.kernels.kept import KeptKernel, kept_kernel
from nbcellar.workflow.notebooks.following import cell_at, notebook_of
from nbcellar.workflow.runs.history import StepStatus, WorkflowStatus, find_run, workflow_runs, workflow_status
from nbcellar.workflow.runs.stopfile import stop_file
from nbcellar.workflow.views.progress import MARKS, first_line

NEWEST = 50
WATCH_S = 0.5


@dataclass(frozen=True, repr=False)
class WorkflowRuns(Runs):
    """Runs of workflows, newest first."""

    verb: ClassVar[str] = "runs"


@dataclass(frozen=True, repr=False)
class WorkflowState(Answer):
    """A run of a workflow with its steps."""

    verb: ClassVar[str] = "status"
    cellar: Cellar
    status: WorkflowStatus
    exit_code: int = 0

    @property
    def run(self) -> Run:
        """The workflow's run."""
        return self.status.run

    @property
    def succeeded(self) -> bool:
        """Whether every step is done."""
        return self.run.status is RunStatus.SUCCEEDED

    def _facts(self) -> dict[str, JSON]:
        return {**run_facts(self.run), "error": self.run.error, "steps": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [_step_facts(one) for one in self.status.steps]

    def _blocks(self) -> list[Block]:
        run = self.run
        took = f" after {seconds_text((run.ended_ns - run.started_ns) / 1e9)}" if run.ended_ns else ""
        done = sum(1 for one in self.status.steps if one.outcome.done)
        planned = run.detail.get("plan")
        count = len(planned) if isinstance(planned, list) else len(self.status.steps)
        ref, started = short_ref(self.cellar, run), time_text(run.started_ns)
        head = f"{MARKS[run.status]} {ref} {run.status.value}{took}, started {started}"
        steps = [_step_row(one) for one in self.status.steps]
        tones = [TONES[one.outcome.status] for one in self.status.steps]
        blocks: list[Block] = [f"{head}; {done:,} of {count_text(count, 'step')} done."]
        if steps:
            blocks.append(Table(("Step", "Status", "Took", "Made", "Why"), steps, frozenset({"Took"}), tones))
        return [
            *blocks,
            *(f"{one.outcome.step}: {one.outcome.error}" for one in self.status.steps if one.outcome.error),
            *(f"{step}: its kernel lives on: {kernel.command}" for step, kernel in kept_kernels(self.cellar, self.run)),
        ]


def _step_facts(one: StepStatus) -> JSON:
    outcome = one.outcome
    return {
        "step": outcome.step,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "seconds": round(outcome.seconds, 3),
        "notebooks": list(outcome.refs),
        "error": outcome.error,
        "products": [{"ref": run.ref, **asset_facts(run.asset)} for run in one.products if run.asset],
    }


def _step_row(one: StepStatus) -> tuple[str, ...]:
    outcome = one.outcome
    made = ", ".join(f"{run.ref} ({size_text(run.asset.size_bytes)})" for run in one.products if run.asset)
    return (
        outcome.step,
        outcome.status.value,
        seconds_text(outcome.seconds) if outcome.seconds else "",
        made,
        outcome.reason,
    )


@dataclass(frozen=True, repr=False)
class Cancelled(Answer):
    """A run that was told to end."""

    verb: ClassVar[str] = "cancel"
    run: Run
    kernels: int = 0

    def _facts(self) -> dict[str, JSON]:
        return {"ref": self.run.ref, "status": self.run.status.value, "kernels": self.kernels}

    def _blocks(self) -> list[Block]:
        if self.kernels:
            kernels = count_text(self.kernels, "kernel")
            return [f"{self.run.ref} had ended already ({self.run.status.value}); {kernels} that it left alive ended."]
        return [f"{self.run.ref} is {self.run.status.value}."]


def runs(*, limit: int | None = NEWEST, cellar: Cellar | None = None) -> WorkflowRuns:
    """Runs of workflows, newest first."""
    place = here(cellar)
    found = tuple(workflow_runs(place, limit=limit))
    return WorkflowRuns(place, found, labels_by_run(place, found))


def status(run: str = "latest", *, cellar: Cellar | None = None) -> WorkflowState:
    """A run of a workflow with its steps.

    Args:
        run: ``latest``, a number, a name, or ``survey@3``.

    Raises:
        NotFoundError: There is none.
    """
    place = here(cellar)
    return status_of(place, find_run(place, run))


def status_of(cellar: Cellar, run: Run) -> WorkflowState:
    """The steps of a run."""
    return WorkflowState(cellar, workflow_status(cellar, run))


def watch(run: str, reporter: Reporter, *, cellar: Cellar) -> WorkflowState:
    """Wait for a run to end, and tell of its steps meanwhile."""
    shown: dict[str, RunStatus] = {}
    while True:
        now = status_of(cellar, cellar.run(find_run(cellar, run).id))
        for one in now.status.steps:
            if shown.get(one.outcome.step) is not one.outcome.status:
                shown[one.outcome.step] = one.outcome.status
                reporter.line(f"{MARKS[one.outcome.status]} {one.outcome.step}  {one.outcome.status.value}")
        running = [_where(cellar, one) for one in now.status.steps if one.outcome.status is RunStatus.RUNNING]
        if running:
            reporter.passing("▸ " + " · ".join(running))
        if now.run.status is not RunStatus.RUNNING:
            return now
        time.sleep(WATCH_S)


def kept_kernels(cellar: Cellar, run: Run) -> list[tuple[str, KeptKernel]]:
    """The kernels that a run left alive, with their steps."""
    if run.status is RunStatus.SUCCEEDED:
        return []
    steps = [one for one in workflow_status(cellar, run).steps if one.outcome.status is RunStatus.FAILED]
    found = [(one.outcome.step, kept_kernel(cellar.run(each))) for one in steps for each in one.outcome.runs]
    return [(step, kernel) for step, kernel in found if kernel is not None]


def _where(cellar: Cellar, one: StepStatus) -> str:
    """``fit [3/9] model.fit(x)``: the cell that a step is at."""
    content = notebook_of(cellar, cellar.run(one.outcome.runs[-1])) if one.outcome.runs else None
    if content is None:
        return one.outcome.step
    at = cell_at(content)
    return f"{one.outcome.step} [{at.number}/{at.count}] {first_line(at.source)}".rstrip()


def cancel(run: str = "latest", *, cellar: Cellar | None = None) -> Cancelled:
    """Tell a run under way to end; its kernels end with it. Of a run that has ended, end the kernels it left alive.

    Raises:
        NotFoundError: There is none.
        ConflictError: It has ended, or it runs on another machine.
    """
    from nbcellar.store.objects.processes import is_gone, this_process

    place = here(cellar)
    found = find_run(place, run)
    kept = kept_kernels(place, found)
    for _, kernel in kept:
        kernel.end()
    if kept:
        return Cancelled(found, len(kept))
    if found.status is not RunStatus.RUNNING or is_gone(found.origin):
        raise ConflictError(f"{found.ref} is not running: {found.status.value}.")
    pid = found.origin.get("pid")
    if found.origin.get("host") != this_process()["host"] or not isinstance(pid, int):
        raise ConflictError(f"{found.ref} runs on {found.origin.get('host')}.", hint="Cancel it there.")
    file = stop_file(place, found)
    if file is None:
        os.kill(pid, signal.SIGTERM)
        return Cancelled(_ended(place, found))
    file.touch()
    ended = _ended(place, found)
    file.unlink(missing_ok=True)  # its process may have been killed meanwhile
    return Cancelled(ended)


def _ended(cellar: Cellar, run: Run, patience_s: float = 30) -> Run:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        now = cellar.run(run.id)
        if now.status is not RunStatus.RUNNING:
            return now
        time.sleep(0.1)
    raise RunError(f"{run.ref} was told to end and has not ended after {patience_s:.0f} s.")


def _status(given: Given) -> Answer:
    which = given.text("run") or "latest"
    if not given.flag("watch"):
        return status(which, cellar=given.cellar)
    reporter = Reporter(given.quiet)
    try:
        return watch(which, reporter, cellar=given.cellar)
    finally:
        reporter.close()


def _runs(given: Given) -> Answer:
    limit = given.number("limit")
    return runs(limit=NEWEST if limit is None else limit, cellar=given.cellar)


RUN = Argument("RUN", "a number, `survey@3`, or `latest`, which it is where it is left out")

COMMANDS = (
    Command(
        "runs",
        "List the runs of workflows, newest first.",
        (("runs", "the newest"),),
        (Argument("--limit", f"at most so many, {NEWEST} where it is left out", metavar="N"),),
        _runs,
        "cellar.runs()",
    ),
    Command(
        "status",
        "Show a run of a workflow with its steps.",
        (
            ("status", "the latest run"),
            ("status survey@3", "run 3 of `survey`"),
            ("status --watch", "until it has ended"),
        ),
        (RUN, Argument("--watch", "wait until it has ended, and tell of its steps", Count.FLAG)),
        _status,
        "cellar.status()",
    ),
    Command(
        "cancel",
        "End a run that is under way, or the kernels that a failed one left alive.",
        (("cancel latest", "as Ctrl-C would where it runs"),),
        (RUN,),
        lambda given: cancel(given.text("run") or "latest", cellar=given.cellar),
        "cellar.cancel()",
    ),
)
