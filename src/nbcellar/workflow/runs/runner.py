"""Running workflows: now, in the background, or as a plan that is only shown."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from nbcellar.assets.saving.origin import origin
from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.model import JSON, Run, RunKind
from nbcellar.store import Cellar
from nbcellar.workflow.checks.validation import Checked, validate
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.described import document_text
from nbcellar.workflow.documents.document import Document, Source
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.loading.document import read_document
from nbcellar.workflow.runs.execution import Execution
from nbcellar.workflow.runs.jobcount import job_count
from nbcellar.workflow.runs.precedent import Precedents
from nbcellar.workflow.runs.precedentmaking import Beginning, leave_precedent
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.runs.stopfile import BACKGROUND
from nbcellar.workflow.runs.wantedrecords import refuse_missing_records
from nbcellar.workflow.runs.workflowrun import WorkflowRun
from nbcellar.workflow.views.events import Listener, ignore


def run_workflow(
    source: Path | str | Source | Document,
    parameters: Mapping[str, JSON] | None = None,
    *,
    cellar: Cellar | None = None,
    jobs: int | None = None,
    force: bool = False,
    start_from: str = "",
    keep_kernel: bool = False,
    listener: Listener = ignore,
) -> WorkflowRun:
    """Run a workflow to its end. A step that fails raises nothing: the answer's ``status`` says so.

    Args:
        source: A workflow file, or a document.
        parameters: Of the workflow; the rest have their defaults.
        cellar: Where results are kept; the project's own where it is None.
        jobs: So many notebooks at once; one for each core where it is None.
        force: Run every step, whatever was done before.
        start_from: Run this step and those behind it, whatever was done before.
        keep_kernel: Leave the kernel of a failed notebook alive, to look around in.
        listener: Told what happens.

    Raises:
        NotFoundError: There is no such file or step.
        InvalidWorkflow: It cannot run as it is written.
        StorageError: The store could not be written.
        KeyboardInterrupt: It was interrupted (SIGTERM counts too); its kernels have ended, and its run is recorded.
    """
    options = RunOptions(job_count(jobs), force, start_from, keep_kernel)
    beginning = Beginning.now(cellar) if cellar is not None and cellar.exists else None
    execution = _prepare(source, parameters, cellar, options, listener)
    with ending_on_sigterm():
        execution.execute()
    if cellar is not None and beginning is not None and isinstance(source, Path):
        leave_precedent(Precedents(cellar, source, parameters or {}), execution, beginning)
    return WorkflowRun(execution)


def start_workflow(
    source: Path | str | Source | Document,
    parameters: Mapping[str, JSON] | None = None,
    *,
    cellar: Cellar | None = None,
    jobs: int | None = None,
    force: bool = False,
    start_from: str = "",
    keep_kernel: bool = False,
    listener: Listener = ignore,
) -> WorkflowRun:
    """Run a workflow in the background; arguments and errors as :func:`run_workflow`.

    Returns:
        The run under way: ``wait`` for it, ``cancel`` it, look at its steps.
    """
    options = RunOptions(job_count(jobs), force, start_from, keep_kernel)
    execution = _prepare(source, parameters, cellar, options, listener, background=True)
    run = WorkflowRun(execution)
    run.start()
    return run


def open_source(source: Path | str | Source | Document, cellar: Cellar | None = None) -> Source:
    """A workflow's source, whatever it is given as.

    Args:
        source: A workflow, or its file.
        cellar: Remembers what the file says, where it is there already.

    Raises:
        NotFoundError: There is no such file.
        InvalidWorkflow: It is no workflow at all.
    """
    match source:
        case Source():
            return source
        case Document():
            return Source(source)
        case _:
            caches = cellar.folder / "cache" if cellar is not None and cellar.exists else None
            return read_document(source, caches=caches)


def check(
    source: Path | str | Source | Document,
    parameters: Mapping[str, JSON] | None,
    start_from: str,
    cellar: Cellar | None = None,
) -> Checked:
    """Everything that can be known before a run.

    Raises:
        NotFoundError: There is no such file or step.
        InvalidWorkflow: It cannot run as it is written.
    """
    checked = validate(open_source(source, cellar), parameters)
    refuse_missing_records(cellar or Cellar.open(checked.document.folder), checked)
    steps = checked.document.steps
    if start_from and not graph.named(checked.document, start_from):
        hint = did_you_mean(start_from, steps) or f"Steps: {', '.join(steps)}."
        raise NotFoundError(f"The workflow has no step {start_from!r}.", hint=hint)
    return checked


def _prepare(
    source: Path | str | Source | Document,
    parameters: Mapping[str, JSON] | None,
    cellar: Cellar | None,
    options: RunOptions,
    listener: Listener,
    *,
    background: bool = False,
) -> Execution:
    checked = check(source, parameters, options.start_from, cellar)
    cellar = cellar or Cellar.open(checked.document.folder)
    run = open_workflow_run(cellar, checked, background=background or not in_main_thread())
    execution = Execution(cellar, checked, options, run, listener, Stop())
    execution.again = lambda jobs, listener: start_workflow(
        source, parameters, cellar=cellar, jobs=jobs, listener=listener
    )
    return execution


def open_workflow_run(cellar: Cellar, checked: Checked, *, background: bool) -> Run:
    """Begin the run of a workflow.

    Args:
        background: Whether no signal ends it, for it does not run in the main thread.

    Raises:
        StorageError: It could not be recorded.
    """
    document = checked.document
    plan: list[JSON] = [*document.steps]
    needs: dict[str, JSON] = {name: [*sorted(each)] for name, each in graph.edges(document).items() if each}
    file = document.folder / checked.source.file if checked.source.file else None
    inside = file is not None and file.is_relative_to(checked.home)
    return cellar.open_run(
        RunKind.WORKFLOW,
        document.name,
        params=checked.values,
        code=checked.source.text or document_text(document),
        origin={
            **origin(document.folder),
            **({"file": str(file.relative_to(checked.home))} if file and inside else {}),
        },
        detail={"plan": plan, "needs": needs, **({BACKGROUND: True} if background else {})},
    )


def in_main_thread() -> bool:
    """Whether signals interrupt what is done here."""
    return threading.current_thread() is threading.main_thread()


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does; only the main thread may."""
    if not in_main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
