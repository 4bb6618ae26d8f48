"""``run``: a workflow, or the plan of what it would do."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbcellar.errors import RunError
from nbcellar.frontends.commands.answer import Answer
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.progress import Progress
from nbcellar.frontends.commands.reporting import Reporter
from nbcellar.frontends.commands.workflowstate import WorkflowState
from nbcellar.frontends.rundisplay import live_listener
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TYPE_CHECKING, ClassVar
from nbcellar.model import JSON, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.documents.documentpath import document_path
from nbcellar.workflow.runs.history import workflow_status
from nbcellar.workflow.runs.jobcount import job_count
from nbcellar.workflow.runs.repetition import repeat_workflow
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.views.events import ignore
from nbcellar.workflow.views.progress import MARKS

if TYPE_CHECKING:
    from nbcellar.frontends.commands.planned import Planned
    from nbcellar.workflow.runs.workflowrun import WorkflowRun
    from nbcellar.workflow.views.events import Listener


@dataclass(frozen=True, repr=False)
class Ran(WorkflowState):
    """A run that has ended, with its steps."""

    verb: ClassVar[str] = "run"
    shown: bool = False

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, JSON]:
        """One line where the whole stands above it already."""
        if self.shown:
            return {"text/plain": f"{MARKS[self.run.status]} {self.run.ref} {self.run.status.value}"}
        return super()._repr_mimebundle_(include, exclude)


def run(
    workflow: str | os.PathLike[str],
    parameters: Mapping[str, JSON] | None = None,
    *,
    jobs: int | None = None,
    start_from: str = "",
    force: bool = False,
    keep_kernel: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
    cellar: Cellar | None = None,
) -> Planned | Ran:
    """Run a workflow file to its end, and say what became of each step.

    Args:
        workflow: The file.
        parameters: Its parameters; the rest have their defaults.
        jobs: So many notebooks at once.
        start_from: Run this step and those behind it, whatever was done before.
        force: Run every step, whatever was done before.
        keep_kernel: Leave the kernel of a failed notebook alive, to look around in; the way to it is told.
        dry_run: Only the plan; no kernel starts.
        quiet: No progress: neither on stderr, nor in the notebook.

    Raises:
        NotFoundError: There is no such file or step.
        InvalidWorkflow: It cannot run as it is written; every problem is listed.
        UsageError: It is no file, or so many jobs cannot run anything.
        KeyboardInterrupt: It was interrupted; its kernels have ended, and its run is recorded.
    """
    path = document_path(workflow)
    cellar = cellar or Cellar.open(path.parent)
    if dry_run:
        return _plan(cellar, path, parameters, force=force, start_from=start_from)
    options = RunOptions(job_count(jobs), force, start_from, keep_kernel)
    return _carried_out(cellar, path, parameters, options, None if quiet else Progress(Reporter(quiet)))


def _carried_out(
    cellar: Cellar,
    path: Path,
    parameters: Mapping[str, JSON] | None,
    options: RunOptions,
    progress: Progress | None,
) -> Ran:
    live = live_listener() if progress else None
    listener = live or progress or ignore
    try:
        repetition = repeat_workflow(cellar, path, parameters or {}, options, listener)
        done = repetition or _run(cellar, path, parameters, options, listener)
    finally:
        if progress:
            progress.close()
    failed = done.run.status is not RunStatus.SUCCEEDED
    code = RunError.exit_code if failed else 0
    return Ran(cellar, workflow_status(cellar, done.run, done.steps), code, shown=live is not None)


def _run(
    cellar: Cellar, path: Path, parameters: Mapping[str, JSON] | None, options: RunOptions, listener: Listener
) -> WorkflowRun:
    from nbcellar.workflow.runs.runner import run_workflow  # a run in which nothing changed does without

    return run_workflow(
        path,
        parameters,
        cellar=cellar,
        jobs=options.jobs,
        force=options.force,
        start_from=options.start_from,
        keep_kernel=options.keep_kernel,
        listener=listener,
    )


def _plan(
    cellar: Cellar, path: Path, parameters: Mapping[str, JSON] | None, *, force: bool, start_from: str
) -> Planned:
    from nbcellar.frontends.commands.planned import Planned
    from nbcellar.workflow.runs.planning import plan_workflow

    return Planned(plan_workflow(path, parameters, cellar=cellar, force=force, start_from=start_from))


def _call(given: Given) -> Answer:
    path = document_path(given.text("workflow"))
    cellar = given.cellar if given.store_url else Cellar.open(path.parent)
    parameters = _parameters(path, given.texts("param"), cellar)
    force, start_from = given.flag("force"), given.text("from")
    if given.flag("dry_run"):
        return _plan(cellar, path, parameters, force=force, start_from=start_from)
    options = RunOptions(job_count(given.number("jobs")), force, start_from, given.flag("keep_kernel"))
    once = sys.stdout.isatty() and sys.stderr.isatty()
    progress = None if given.quiet else Progress(Reporter(given.quiet), outcome=not once)
    return _carried_out(cellar, path, parameters, options, progress)


def _parameters(path: Path, pairs: Sequence[str], cellar: Cellar) -> Mapping[str, JSON]:
    """What was typed, as the workflow's declarations read it."""
    if not pairs:
        return {}
    from nbcellar.workflow.loading.document import read_document
    from nbcellar.workflow.loading.typedtext import parameters_from_text

    caches = cellar.folder / "cache" if cellar.exists else None  # the run reads it again
    return parameters_from_text(read_document(path, caches=caches).document, pairs)


COMMANDS = (
    Command(
        "run",
        "Run a workflow of notebooks; exit code 1 where a step failed.",
        (
            ("run survey.yaml", "what is unchanged is not run again"),
            ("run survey.yaml -p year=2025", "with a parameter"),
            ("run survey.yaml --dry-run", "what would run, and why"),
            ("run survey.yaml --from train", "`train` and all that comes after it"),
            ("run survey.yaml --keep-kernel", "to look around in a notebook that failed"),
        ),
        (
            Argument("WORKFLOW", "a workflow file", Count.ONE, kind="file"),
            Argument("--param", "a parameter", Count.MANY, "K=V", short="-p"),
            Argument("--jobs", "so many notebooks at once", metavar="N"),
            Argument("--from", "run this step and those behind it", metavar="STEP"),
            Argument("--force", "run every step", Count.FLAG),
            Argument("--keep-kernel", "leave the kernel of a failed notebook alive", Count.FLAG),
            Argument("--dry-run", "only say what would run", Count.FLAG),
        ),
        _call,
        'cellar.run("survey.yaml", {"year": 2025})',
    ),
)
