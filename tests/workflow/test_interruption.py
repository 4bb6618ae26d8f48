"""Runs that are cut off: kernels end, the record says what happened, and running again goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.history import find_run, workflow_status
from nbcellar.workflow.runs.runner import run_workflow, start_workflow
from tests.workflow.conftest import gone_within

pytestmark = pytest.mark.slow

Write = Callable[..., Path]

HANGS = """
    %%task slow
    import os, time
    open("begun.txt", "w").write(str(os.getpid()))
    while not os.path.exists("go"):
        time.sleep(0.05)
"""


@pytest.fixture
def flow(write_notebook: Write, write_workflow: Write) -> Path:
    """A step that is quick, one that waits until there is a file ``go``, and one behind it."""
    write_notebook("quick.ipynb", "1")
    write_notebook("slow.ipynb", "print('working')", HANGS)
    return write_workflow(
        """
        cellar: 1
        name: flow
        steps:
          quick: {notebook: quick.ipynb}
          slow: {notebook: slow.ipynb, needs: quick}
          after: {notebook: quick.ipynb, needs: slow}
        """
    )


def started(folder: Path, process: subprocess.Popen[str] | None = None) -> int:
    """Wait until the slow cell runs; the pid of its kernel."""
    deadline = time.monotonic() + 240
    while not (folder / "begun.txt").exists() or not (folder / "begun.txt").read_text():
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None
        time.sleep(0.02)
    return int((folder / "begun.txt").read_text())


def launch(path: Path) -> subprocess.Popen[str]:
    code = """
        import sys
        from nbcellar.workflow.runs.runner import run_workflow
        try:
            run_workflow(sys.argv[1])
        except KeyboardInterrupt:
            sys.exit(130)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(path)], cwd=path.parent, text=True, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_kernels_and_is_on_record(flow: Path, project: Path, number: signal.Signals) -> None:
    process = launch(flow)
    kernel = started(project, process)
    process.send_signal(number)
    _, words = process.communicate(timeout=30)
    assert process.returncode == 130, words
    assert gone_within(kernel, 10)

    store = Cellar.open(project)
    run = find_run(store)
    assert run.status is RunStatus.INTERRUPTED
    steps = run.detail["steps"]
    assert isinstance(steps, dict)
    assert {name: step["status"] for name, step in steps.items() if isinstance(step, dict)} == {
        "quick": "succeeded",
        "slow": "interrupted",
        "after": "skipped",
    }
    (slow,) = store.runs(RunQuery(name="flow-slow"))
    assert slow.status is RunStatus.INTERRUPTED and slow.asset is not None
    (task,) = store.runs(RunQuery(name="slow"))
    assert task.status is RunStatus.INTERRUPTED

    (project / "go").touch()
    again = run_workflow(flow)
    assert again.succeeded
    assert {name: step.reason for name, step in again.steps.items() if step.status is RunStatus.SUCCEEDED} == {
        "slow": "flow-slow@1 was interrupted",
        "after": "it never ran",
    }


STUBBORN = """
    import os, time

    def stubborn():
        try:
            open("begun.txt", "w").write(str(os.getpid()))
            while True:
                time.sleep(0.05)
        except KeyboardInterrupt:
            open("caught.txt", "w").close()
            while not os.path.exists("go"):
                time.sleep(0.05)
            raise
"""


def test_a_second_interrupt_leaves_no_step_out_of_the_record(project: Path, write_workflow: Write) -> None:
    (project / "stubborn.py").write_text(textwrap.dedent(STUBBORN))
    steps = "{slow: {function: stubborn.stubborn}, after: {function: stubborn.stubborn, needs: slow}}"
    process = launch(write_workflow(f"cellar: 1\nname: flow\nsteps: {steps}\n"))
    started(project, process)
    process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 60
    while not (project / "caught.txt").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)  # it waits for the step; somebody does not
    (project / "go").touch()
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130, words

    store = Cellar.open(project)
    status = workflow_status(store, find_run(store))
    assert status.run.status is RunStatus.INTERRUPTED
    assert [(each.outcome.step, each.outcome.status.value) for each in status.steps] == [
        ("slow", "interrupted"),
        ("after", "skipped"),
    ]


def test_a_killed_runner_leaves_no_kernel_and_an_abandoned_run_and_the_next_one_sweeps(
    flow: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = launch(flow)
    kernel = started(project, process)
    process.kill()
    process.communicate()
    assert gone_within(kernel, 10)
    store = Cellar.open(project)
    assert find_run(store).status is RunStatus.ABANDONED
    assert {run.name: run.status for run in store.runs(RunQuery(statuses=(RunStatus.ABANDONED,)))}.keys() == {
        "flow",
        "flow-slow",
        "slow",
    }
    assert [name for name in os.listdir(temporary) if name.startswith("nbcellar-")]
    (project / "go").touch()
    again = launch(flow)
    _, words = again.communicate()
    assert again.returncode == 0, words
    assert workflow_status(store, find_run(store)).steps[0].outcome.status is RunStatus.CACHED
    assert not [name for name in os.listdir(temporary) if name.startswith("nbcellar-")]


def test_a_killed_kernel_fails_its_step_and_says_how(flow: Path, project: Path) -> None:
    run = start_workflow(flow)
    os.kill(started(project), signal.SIGKILL)
    run.wait(60)
    assert run.status is RunStatus.FAILED
    assert run.steps["slow"].error == "cell 2: the kernel died (signal 9; out of memory?)"
    assert run.steps["after"].reason == "slow failed"
    assert b"working" in run["slow"].notebook.read()
    (task,) = run["slow"].tasks
    assert task.status is RunStatus.ABANDONED


def test_a_run_in_the_background_is_cancelled(flow: Path, project: Path) -> None:
    run = start_workflow(flow)
    kernel = started(project)
    assert run.status is RunStatus.RUNNING
    run.cancel()
    run.wait(60)
    assert run.status is RunStatus.INTERRUPTED
    assert gone_within(kernel, 10)
    assert not [path for path in (project / ".cellar/work").iterdir() if path.name != "claims"]


def test_a_kernel_that_dies_when_its_run_is_cancelled_did_not_fail(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("slow.ipynb", "import os, signal\nsignal.signal(signal.SIGINT, lambda *_: os._exit(3))", HANGS)
    run = start_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {slow: {notebook: slow.ipynb}}\n"))
    started(project)
    run.cancel()
    run.wait(60)
    assert (run["slow"].status, run["slow"].error) == (RunStatus.INTERRUPTED, "interrupted")


def test_a_step_that_takes_too_long_fails_and_says_so(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("slow.ipynb", HANGS)
    path = write_workflow("cellar: 1\nname: flow\nsteps: {slow: {notebook: slow.ipynb, timeout: 2s}}\n")
    run = run_workflow(path)
    assert run.steps["slow"].error == "it took longer than 2.0 s (timeout)"
    assert run.status is RunStatus.FAILED
    assert gone_within(started(project), 10)
