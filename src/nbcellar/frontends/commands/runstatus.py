"""``runs``, ``status`` and ``cancel``: workflows that ran, and those under way."""

from __future__ import annotations

import os
import signal
import time

from nbcellar.assets.display import count_text
from nbcellar.errors import ConflictError, RunError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.listing import Runs
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.reporting import Reporter
from nbcellar.frontends.commands.runtable import labels_by_run
from nbcellar.frontends.commands.workflowstate import WorkflowState, kept_kernels
from nbcellar.lightclasses import dataclass, replace
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.notebooks.following import cell_at, notebook_of
from nbcellar.workflow.runs.history import StepStatus, find_run, workflow_runs, workflow_status
from nbcellar.workflow.runs.stopfile import stop_file
from nbcellar.workflow.views.progress import MARKS, first_line

NEWEST = 50
WATCH_S = 0.5


@dataclass(frozen=True, repr=False)
class WorkflowRuns(Runs):
    """Runs of workflows, newest first."""

    verb: ClassVar[str] = "runs"


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


def status(run: str | int = "latest", *, cellar: Cellar | None = None) -> WorkflowState:
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
    """Wait for a run to end, and tell of its steps meanwhile; the exit code says whether it succeeded."""
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
            return replace(now, exit_code=0 if now.succeeded else RunError.exit_code)
        time.sleep(WATCH_S)


def _where(cellar: Cellar, one: StepStatus) -> str:
    """``fit [3/9] model.fit(x)``: the cell that a step is at."""
    content = notebook_of(cellar, cellar.run(one.outcome.runs[-1])) if one.outcome.runs else None
    if content is None:
        return one.outcome.step
    at = cell_at(content)
    return f"{one.outcome.step} [{at.number}/{at.count}] {first_line(at.source)}".rstrip()


def cancel(run: str | int = "latest", *, cellar: Cellar | None = None) -> Cancelled:
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
