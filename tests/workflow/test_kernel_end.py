"""The end of a kernel when all of its cells are done: what goes wrong then is nobody's failure."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.model import RunKind
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.runner import run_workflow
from tests.workflow.conftest import gone_within

Write = Callable[..., Path]
pytestmark = pytest.mark.slow

ABORTS = """
    import atexit, os
    def fail():
        open("aborted", "w").close()
        os.write(2, b"Assertion failed: what libzmq says of its own end\\n")
        os.abort()
    atexit.register(fail)
"""


@pytest.mark.parametrize("kernels", ["cold", "forked"])
def test_a_kernel_that_aborts_at_its_end_fails_nothing_and_nobody_hears_of_it(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch, kernels: str
) -> None:
    monkeypatch.setenv("NBCELLAR_KERNELS", kernels)
    write_notebook("a.ipynb", ABORTS)
    write_notebook("b.ipynb", "1")
    write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}, b: {notebook: b.ipynb, needs: a}}\n")
    line = [sys.executable, "-m", "nbcellar", "run", "flow.yaml"]
    done = subprocess.run(line, cwd=project, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (project / "aborted").exists()
    assert "Assertion" not in done.stdout + done.stderr
    (run,) = Cellar.open(project).runs(RunQuery(name="flow-a", kinds=(RunKind.NOTEBOOK,)))
    assert run.error == "" and run.detail["kernel"] == kernels


LEAVES = """
    import atexit, subprocess
    atexit.register(lambda: open("ended", "w").close())
    print(subprocess.Popen(["sleep", "600"]).pid)
"""


@pytest.mark.parametrize("kernels", ["cold", "forked"])
def test_a_kernel_whose_notebook_left_a_process_ends_in_order(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch, kernels: str
) -> None:
    monkeypatch.setenv("NBCELLAR_KERNELS", kernels)
    write_notebook("a.ipynb", LEAVES)
    run = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n")).check()
    notebook = json.loads(run["a"].notebook.read())
    assert gone_within(int("".join(notebook["cells"][0]["outputs"][0]["text"])), 10)
    assert (project / "ended").exists()  # it was not ended by force


THREAD = """
    import threading
    threading.Thread(target=threading.Event().wait, name="waits-for-ever").start()
"""
HANDLER = """
    import atexit, threading
    atexit.register(threading.Event().wait)
"""


@pytest.mark.parametrize("kernels", ["cold", "forked"])
@pytest.mark.parametrize(
    ("cell", "left"),
    [(THREAD, "1 thread still running (waits-for-ever)"), (HANDLER, "what it does at its exit still running")],
)
def test_what_keeps_a_kernel_from_its_end_is_said(
    project: Path,
    write_notebook: Write,
    write_workflow: Write,
    monkeypatch: pytest.MonkeyPatch,
    kernels: str,
    cell: str,
    left: str,
) -> None:
    monkeypatch.setenv("NBCELLAR_KERNELS", kernels)
    write_notebook("a.ipynb", cell)
    write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n")
    line = [sys.executable, "-m", "nbcellar", "run", "flow.yaml"]
    done = subprocess.run(line, cwd=project, text=True, capture_output=True)
    note = f"{left}; its kernel was killed 5 s after its last cell"
    assert done.returncode == 0 and f"; {note}\n" in done.stderr
    (run,) = Cellar.open(project).runs(RunQuery(kinds=(RunKind.NOTEBOOK,)))
    assert run.detail["left_running"] == note
