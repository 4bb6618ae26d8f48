"""One notebook, run once: a private copy in a kernel of its own, kept as the asset of its run."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.assets.display import count_text, seconds_text
from nbcellar.assets.saving.archiver import Source as FileSource
from nbcellar.assets.saving.archiver import archive
from nbcellar.assets.saving.origin import origin
from nbcellar.errors import RunError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON, Input, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.store.catalogue.redaction import VARIABLE, Redaction
from nbcellar.tasks.attempts.rescue import give_up
from nbcellar.tasks.cache import goingon
from nbcellar.tasks.reads.inputs import inputs_from_json
from nbcellar.workflow.documents.secretreferences import variables
from nbcellar.workflow.kernels.luggage import Luggage
from nbcellar.workflow.kernels.session import LEFT_RUNNING, CellListener, KernelDied, Session, Stopped, TimedOut
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.notebooks.call import NotebookCall
from nbcellar.workflow.notebooks.copying import private_copy
from nbcellar.workflow.notebooks.libraries import import_papermill
from nbcellar.workflow.notebooks.products import WRITES

if TYPE_CHECKING:
    from nbformat import NotebookNode

PRELUDE = """
import pathlib as _nbcellar_pathlib
import nbcellar as _nbcellar
from nbcellar.tasks.reads.notebook import start_notebook_trace as _nbcellar_trace
_nbcellar.load_ipython_extension(get_ipython())
_nbcellar_trace(_nbcellar_pathlib.Path({home!r}))
del _nbcellar, _nbcellar_pathlib, _nbcellar_trace
"""
CODA = (
    "(lambda load: load('json').dumps(load('nbcellar.tasks.reads.notebook').notebook_report()))"
    "(__import__('importlib').import_module)"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of the cells.

    Attributes:
        error: In one line, with the cell; empty where nothing went wrong.
    """

    status: RunStatus
    error: str = ""


def run_notebook(
    call: NotebookCall,
    listener: CellListener,
    stop: Stop,
    cellar: Cellar | None = None,
    luggage: Luggage | None = None,
) -> Run:
    """Run a notebook and publish its run, whatever becomes of it.

    Args:
        call: What to run.
        listener: Told of each cell.
        stop: Ends it.
        cellar: The one at the call's address, where it is open already.
        luggage: Resources that go along; what the notebook emits is in it afterwards.

    Returns:
        The closed run: its status says how it ended, its asset holds the executed notebook.

    Raises:
        StorageError: The run could not be recorded.
    """
    cellar = cellar or Cellar.open(call.home, address=call.address)
    run = _open(cellar, call)
    scratch = cellar.folder / "work" / run.id
    scratch.mkdir(parents=True)
    session = _session(cellar, call, run, scratch, listener, stop)
    if luggage is not None:
        luggage.lay_out(scratch / "resources")
        session.luggage = luggage
        session.environment = {**session.environment, **luggage.environment}
    output = scratch / call.output_name
    ending = _execute(call, session, output)
    run = _closed(cellar, call, run, session, ending)
    run = _publish(cellar, run, output)
    if run.status is RunStatus.SUCCEEDED and call.goes_on_from is not None:
        goingon.forget(cellar, (run.id, *call.goes_on_from))
    shutil.rmtree(scratch, ignore_errors=True)
    return run


def _open(cellar: Cellar, call: NotebookCall) -> Run:
    return cellar.open_run(
        RunKind.NOTEBOOK,
        call.series,
        project=call.project,
        parent=call.parent,
        params=call.parameters,
        code=call.code,
        origin={**origin(call.home), "notebook": _relative(call.path, call.home)},
        detail=call.detail,
    )


def _session(
    cellar: Cellar, call: NotebookCall, run: Run, scratch: Path, listener: CellListener, stop: Stop
) -> Session:
    return Session(
        folder=call.path.parent,
        environment={
            "NBCELLAR_STORE_URL": cellar.address.store_url,
            "NBCELLAR_CATALOGUE_URL": cellar.address.catalogue_url,
            "NBCELLAR_PROJECT": call.project,
            "NBCELLAR_RUN": run.id,
            "NBCELLAR_NOTEBOOK": _relative(call.path, call.home),
            **({"NBCELLAR_WORKDIR": "fresh"} if call.fresh else {}),
            **({} if call.goes_on_from is None else {goingon.VARIABLE: ",".join(call.goes_on_from)}),
            **({VARIABLE: ",".join(secrets)} if (secrets := variables(call.parameters.values())) else {}),
        },
        prelude=PRELUDE.format(home=str(call.home)),
        coda=CODA,
        log=scratch / "kernel.log",
        timeout_s=call.timeout_s,
        cell_timeout_s=call.cell_timeout_s,
        redaction=Redaction.of(secrets),
        fork=cellar.settings.kernels == "forked",
        keep=call.keep_kernel,
        listener=listener,
        stop=stop,
    )


def _execute(call: NotebookCall, session: Session, output: Path) -> Ending:
    """Run the cells; how they ended is a value, for the run is recorded in any case."""
    ending = _ending(call, session, output)
    return replace(ending, error=session.redaction.text(ending.error))


def _ending(call: NotebookCall, session: Session, output: Path) -> Ending:
    import_papermill()
    from papermill.exceptions import PapermillExecutionError

    try:
        execute_file(call, session, output)
    except PapermillExecutionError as error:
        interrupted = error.ename == "KeyboardInterrupt" and session.stop.asked
        words = _ANSI.sub("", f"{error.ename}: {error.evalue}".rstrip(": "))
        status = RunStatus.INTERRUPTED if interrupted else RunStatus.FAILED
        return Ending(status, f"cell {error.exec_count}: {words}")
    except Stopped:
        return Ending(RunStatus.INTERRUPTED, "interrupted")
    except TimedOut as error:
        what, limit_s = error.args
        setting = "timeout" if what == "it" else "cell_timeout"
        return Ending(RunStatus.FAILED, f"{what} took longer than {seconds_text(limit_s)} ({setting})")
    except KernelDied as error:
        if session.stop.asked:  # whoever ended the run in haste ended the kernel too
            return Ending(RunStatus.INTERRUPTED, "interrupted")
        return Ending(RunStatus.FAILED, str(error))
    except RunError as error:
        return Ending(RunStatus.FAILED, str(error))
    except OSError as error:
        words = f"the executed notebook could not be written: {error.strerror or error}"
        return Ending(RunStatus.FAILED, f"{words}; what its tasks saved is kept")
    return Ending(RunStatus.SUCCEEDED)


def execute_file(call: NotebookCall, session: Session, output: Path) -> NotebookNode:
    """Run a copy of the notebook with its parameters, as papermill does, saving to ``output``.

    Raises:
        PapermillExecutionError: A cell failed.
        KernelDied, TimedOut, Stopped: It was cut off.
        RunError: The kernel could not be started, or the notebook is no longer the one that was checked.
    """
    from papermill.execute import raise_for_execution_errors, remove_error_markers

    from nbcellar.workflow.notebooks.execution import NotebookEngine

    notebook = remove_error_markers(private_copy(call))
    notebook.metadata.papermill["input_path"] = _relative(call.path, call.home)
    notebook.metadata.papermill["output_path"] = call.output_name
    notebook.metadata.setdefault("kernelspec", {}).setdefault("name", call.kernel)
    done = NotebookEngine.execute_notebook(
        notebook, call.kernel, output_path=str(output), progress_bar=False, session=session
    )
    if session.redaction.values:
        import nbformat

        done = nbformat.from_dict(session.redaction.table(done))  # type: ignore[no-untyped-call]
    raise_for_execution_errors(done, str(output))
    return done


def _closed(cellar: Cellar, call: NotebookCall, run: Run, session: Session, ending: Ending) -> Run:
    """The run with all that is known of it now."""
    detail: dict[str, JSON] = {**run.detail, "kernel": session.kernel}
    if session.untraced:
        detail["untraced"] = session.untraced
    if ending.status is RunStatus.SUCCEEDED and (writes := _reported(session, "writes")):
        detail[WRITES] = writes
    if session.forced_after_s is not None:
        detail[LEFT_RUNNING] = _left_running(_reported(session, "threads"), session.forced_after_s)
    if session.kept is not None:
        detail["kept_kernel"] = session.kept.to_json()
    return replace(
        run,
        status=ending.status,
        error=ending.error,
        ended_ns=time.time_ns(),
        inputs=_inputs(cellar, run, session) if ending.status is RunStatus.SUCCEEDED else (),
        key=call.key,
        key_parts=call.key_parts,
        detail=detail,
    )


def _left_running(threads: Sequence[JSON], waited_s: float) -> str:
    """Why the kernel was killed at its end."""
    named = f"{count_text(len(threads), 'thread')} still running ({', '.join(map(str, threads))})"
    what = named if threads else "what it does at its exit still running"
    return f"{what}; its kernel was killed {waited_s:g} s after its last cell"


def _reported(session: Session, what: str) -> list[JSON]:
    """What the kernel said at its end."""
    match session.report:
        case {**report} if isinstance(found := report.get(what), list):
            return found
    return []


def _inputs(cellar: Cellar, run: Run, session: Session) -> tuple[Input, ...]:
    """What the notebook read outside of its tasks, and what its tasks read."""
    reads = _reported(session, "reads")
    tasks = cellar.runs(RunQuery(parent=run.id, kinds=(RunKind.TASK,)))
    found = [*inputs_from_json(reads), *(each for task in tasks for each in task.inputs)]
    return tuple({(each.kind, each.path, each.digest): each for each in found}.values())


def _publish(cellar: Cellar, run: Run, output: Path) -> Run:
    """Close the run, with the executed notebook as its asset where there is one.

    Raises:
        NbcellarError: The notebook cannot be saved, and lies where the error says.
    """
    if run.status is not RunStatus.SUCCEEDED:
        cellar.abandon()  # tasks of a kernel that died
    if not output.exists():
        return cellar.publish(run)
    try:
        closed, _saved = archive(cellar, run, [FileSource(os.fsencode(output.name), output)])
    except Exception as problem:
        for other in output.parent.iterdir():
            if other != output:
                shutil.rmtree(other) if other.is_dir() else other.unlink()
        return give_up(cellar, run, output.parent, problem)
    return closed


def _relative(path: Path, home: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
