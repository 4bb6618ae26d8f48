"""The papermill engine, with real kernels: what it saves, what it says, and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from nbcellar.errors import RunError
from nbcellar.workflow.kernels.session import CellEnd, CellStart, KernelDied, Session, Stopped, TimedOut
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.notebooks.engine import CellarEngine
from nbcellar.workflow.notebooks.saving import Checkpoint, replace_file
from nbcellar.workflow.runs.runner import run_workflow

pytestmark = pytest.mark.slow

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def registered() -> None:
    papermill_engines.register("nbcellar", CellarEngine)


def run(path: Path, session: Session | None = None, **parameters: object) -> nbformat.NotebookNode:
    return papermill.execute_notebook(
        str(path),
        str(path.with_suffix(".out.ipynb")),
        parameters,
        engine_name="nbcellar",
        progress_bar=False,
        **({"session": session} if session else {}),
    )


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    return [output.text for cell in notebook.cells for output in cell.get("outputs", []) if "text" in output]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_alive(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("line", ["input('name? ')", "import getpass; getpass.getpass()"])
def test_a_cell_that_asks_somebody_fails_at_once(write_notebook: Write, line: str) -> None:
    with pytest.raises(PapermillExecutionError, match="does not support input requests"):
        run(write_notebook("asks.ipynb", line))


def test_papermill_runs_a_notebook_through_it_and_stops_at_an_error(write_notebook: Write) -> None:
    cells = [f"print({number})" for number in range(40)]
    path = write_notebook("many.ipynb", "#parameters\nx = 1", "print('x', x)", *cells, "1 / 0", "print('never')")
    before = path.read_bytes()
    with pytest.raises(PapermillExecutionError) as caught:
        asyncio.run(_within_a_loop(lambda: run(path, x=5)))  # as in a notebook that calls papermill
    assert caught.value.ename == "ZeroDivisionError"
    assert path.read_bytes() == before
    done = nbformat.read(path.with_suffix(".out.ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(done)
    assert texts(done)[:3] == ["x 5\n", "0\n", "1\n"]
    assert "An Exception was encountered" in done.cells[0].source
    assert done.cells[-1].metadata.papermill.status == "pending"
    assert done.metadata.papermill.exception is True
    assert not [name for name in os.listdir(path.parent) if name.endswith(".tmp")]


async def _within_a_loop(work: Callable[[], object]) -> None:
    work()


def test_a_checkpoint_is_written_at_most_once_a_second_and_is_whole(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])  # type: ignore[no-untyped-call]
    checkpoint = Checkpoint(tmp_path / "n.ipynb")
    for _ in range(200):
        checkpoint.save(notebook)
    assert checkpoint.count == 1
    checkpoint.finish(notebook)
    assert checkpoint.count == 2
    assert nbformat.reads((tmp_path / "n.ipynb").read_text(), as_version=4) == notebook  # type: ignore[no-untyped-call]


def test_replacing_a_file_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").mkdir()
    with pytest.raises(OSError):
        replace_file(tmp_path / "n.ipynb", b"x")
    assert os.listdir(tmp_path) == ["n.ipynb"]


def test_cells_are_told_the_prelude_is_silent_and_the_coda_reports(write_notebook: Write) -> None:
    path = write_notebook(
        "a.ipynb", "print(hidden, FROM)\nimport os; print(os.environ['FROM'])", "#markdown\ntext", "2"
    )
    heard: list[CellStart | CellEnd] = []
    session = Session(
        environment={"FROM": "outside"},
        prelude="print('not to be seen'); hidden = 'seen'; FROM = 1",
        coda="__import__('json').dumps([hidden, \"it's\"])",
        listener=heard.append,
        log=path.parent / "kernel.log",
    )
    done = run(path, session)
    assert texts(done) == ["seen 1\noutside\n"]
    assert [cell.execution_count for cell in done.cells if cell.cell_type == "code"] == [1, 2]
    assert session.report == ["seen", "it's"]
    assert [type(event).__name__ for event in heard] == ["CellStart", "CellEnd"] * 2
    assert [event.cell for event in heard] == [1, 1, 2, 2]


def test_a_kernel_that_dies_is_noticed_and_what_was_printed_is_kept(write_notebook: Write) -> None:
    path = write_notebook(
        "a.ipynb", "print('before', flush=True)", "import os\nos.kill(os.getpid(), 9)", "print('after')"
    )
    with pytest.raises(KernelDied, match=r"the kernel died \(signal 9; out of memory\?\)"):
        run(path, Session())
    done = nbformat.read(path.with_suffix(".out.ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    assert texts(done) == ["before\n"]
    assert [cell.metadata.papermill.status for cell in done.cells] == ["completed", "failed", "pending"]


HANGS = """
    import os, subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open("pids", "w").write(f"{os.getpid()} {child.pid}")
    try:
        time.sleep(600)
    finally:
        print("put in order")
"""


def test_a_notebook_that_takes_too_long_is_interrupted_and_nothing_of_it_stays(write_notebook: Write) -> None:
    path = write_notebook("a.ipynb", HANGS)
    with pytest.raises(TimedOut):
        run(path, Session(folder=path.parent, timeout_s=1.5))
    assert all(gone_within(int(pid), 10) for pid in (path.parent / "pids").read_text().split())
    done = nbformat.read(path.with_suffix(".out.ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    assert "put in order\n" in texts(done)


def test_a_cell_that_takes_too_long_is_interrupted_and_the_run_says_which(
    write_notebook: Write, write_workflow: Write
) -> None:
    path = write_notebook("a.ipynb", "import time\ntime.sleep(0.01)", HANGS, "print('never')")
    flow = "cellar: 1\nname: flow\ndefaults: {cell_timeout: 2s}\nsteps: {a: {notebook: a.ipynb, timeout: 5m}}\n"
    run = run_workflow(write_workflow(flow))
    assert run.steps["a"].error == "cell 2 took longer than 2.0 s (cell_timeout)"
    assert all(gone_within(int(pid), 10) for pid in (path.parent / "pids").read_text().split())
    done = nbformat.reads(run["a"].notebook.read().decode(), as_version=4)  # type: ignore[no-untyped-call]
    assert "put in order\n" in texts(done)
    assert [cell.metadata.papermill.status for cell in done.cells] == ["completed", "failed", "pending"]


def test_papermills_limit_for_a_cell_leaves_the_same_output_as_papermill(write_notebook: Write) -> None:
    path = write_notebook("a.ipynb", "print('begun', flush=True)\nwhile True: pass", "2")
    outputs = []
    for engine in (None, "nbcellar"):
        done = path.with_name(f"{engine}.ipynb")
        with pytest.raises(CellTimeoutError):
            papermill.execute_notebook(
                str(path), str(done), engine_name=engine, progress_bar=False, execution_timeout=1
            )
        outputs.append([cell.get("outputs") for cell in nbformat.read(done, as_version=4).cells])  # type: ignore[no-untyped-call]
    assert outputs[0] == outputs[1]
    assert outputs[1][0][1]["ename"] == "KeyboardInterrupt" and outputs[1][0][1]["traceback"]


def test_a_notebook_is_stopped_from_another_thread_even_if_it_resists(write_notebook: Write) -> None:
    stubborn = "while True:\n    try:\n        time.sleep(600)\n    except KeyboardInterrupt:\n        print('no')"
    path = write_notebook("a.ipynb", textwrap.dedent(HANGS).partition("try:")[0], stubborn)
    stop, heard = Stop(), []

    def listener(event: CellStart | CellEnd) -> None:
        heard.append(event)
        if isinstance(event, CellStart) and event.cell == 2:
            threading.Timer(0.3, stop.ask).start()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nbcellar.workflow.notebooks.client.GRACE_S", 1.0)
        with pytest.raises(Stopped):
            run(path, Session(folder=path.parent, listener=listener, stop=stop))
    assert all(gone_within(int(pid), 10) for pid in (path.parent / "pids").read_text().split())


def test_an_unknown_kernel_is_named(write_notebook: Write) -> None:
    path = write_notebook("a.ipynb", "1", kernel="nosuch")
    with pytest.raises(RunError, match=r"There is no kernel 'nosuch'\. `jupyter kernelspec list` names them\."):
        run(path)


def test_a_folder_for_temporary_files_that_takes_none_is_named(
    write_notebook: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    with pytest.raises(
        RunError, match=r"No folder for the sockets of a kernel could be made: .*Not a directory"
    ) as caught:
        run(write_notebook("a.ipynb", "1"))
    assert "TMPDIR" in caught.value.hint


SLOW = "import time\nprint('x' * 100_000)\ntime.sleep(0.05)"


@pytest.mark.parametrize("after_s", [1.0, 1.6, 2.3])
def test_a_killed_run_leaves_a_notebook_that_parses_and_no_kernel(
    project: Path, write_notebook: Write, after_s: float
) -> None:
    write_notebook("a.ipynb", "import os\nopen('pid', 'w').write(str(os.getpid()))", *[SLOW] * 100)
    code = """
        import sys, papermill
        from papermill.engines import papermill_engines
        from nbcellar.workflow.notebooks.engine import CellarEngine
        papermill_engines.register("nbcellar", CellarEngine)
        papermill.execute_notebook("a.ipynb", "out.ipynb", engine_name="nbcellar", progress_bar=False)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=project)
    deadline = time.monotonic() + 60
    while not (project / "pid").exists() or not (project / "pid").read_text():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    time.sleep(after_s)  # the moment of the kill, not a wait for something
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(json.loads((project / "out.ipynb").read_text())["cells"]) == 101
    assert gone_within(int((project / "pid").read_text()), 10)


@pytest.mark.parametrize("place", ["nowhere/out.ipynb", "many.ipynb/out.ipynb", "folder", "x" * 300])
def test_a_place_that_takes_no_notebook_is_told_before_the_first_cell(write_notebook: Write, place: str) -> None:
    path = write_notebook("many.ipynb", "open('ran', 'w').close()")
    (path.parent / "folder").mkdir()
    target = path.parent / place
    with pytest.raises(OSError) as told:
        papermill.execute_notebook(str(path), str(target), engine_name="nbcellar", progress_bar=False)
    assert told.value.filename == str(target)
    assert not (path.parent / "ran").exists()
    assert not [each for each in path.parent.iterdir() if each.name.endswith(".tmp")]
