"""Steps that do not end when they are asked to: they are named, and a second interrupt waits no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbcellar.frontends.commands.runstatus import cancel
from nbcellar.model import RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.history import find_run, workflow_status
from nbcellar.workflow.runs.planning import plan_workflow
from nbcellar.workflow.runs.runner import start_workflow
from nbcellar.workflow.views.events import Event, StepsAwaited
from nbcellar.workflow.views.progress import describe

Write = Callable[..., Path]

BLOCKED = """
    def slow():
        open("begun.txt", "w").close()
        open("gate").close()  # waits until somebody opens it to write; nothing interrupts that

    def quick():
        return 1
"""


@pytest.fixture
def flow(project: Path, write_workflow: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A step that hangs until the gate is opened, one that needs it, and one that does not."""
    (project / "blocked.py").write_text(textwrap.dedent(BLOCKED))
    os.mkfifo(project / "gate")
    monkeypatch.chdir(project)
    return write_workflow(
        """
        cellar: 1
        name: flow
        steps:
          slow: {function: blocked.slow}
          after: {function: blocked.quick, needs: slow}
          other: {function: blocked.quick}
        """
    )


def open_gate() -> None:
    os.close(os.open("gate", os.O_WRONLY))


def await_begin(process: subprocess.Popen[str] | None = None) -> None:
    until = time.monotonic() + 120
    while not Path("begun.txt").exists():
        assert process is None or process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)


def outcomes(folder: Path) -> dict[str, tuple[str, str]]:
    store = Cellar.open(folder)
    steps = workflow_status(store, find_run(store)).steps
    return {one.outcome.step: (one.outcome.status.value, one.outcome.error or one.outcome.reason) for one in steps}


@pytest.mark.slow
def test_who_is_waited_for_is_said_and_a_second_interrupt_ends_the_run_without_it(flow: Path) -> None:
    line = [sys.executable, "-m", "nbcellar", "run", flow.name, "--jobs", "1"]
    with subprocess.Popen(line, text=True, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        await_begin(process)
        process.send_signal(signal.SIGINT)
        said = next(line for line in process.stderr if "waiting" in line)
        assert said.strip().startswith("waiting for slow: a function ends when what it calls")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130  # the gate was never opened

    assert outcomes(flow.parent) == {
        "slow": ("interrupted", "the run was interrupted again before it ended"),
        "after": ("skipped", "slow interrupted"),
        "other": ("interrupted", "the run was interrupted again before it ended"),
    }
    store = Cellar.open(flow.parent)
    (slow, _, other) = workflow_status(store, find_run(store)).steps
    assert slow.outcome.refs == ("flow-slow@1",) and other.outcome.refs == ()
    assert store.run(slow.outcome.runs[0]).status is RunStatus.ABANDONED
    assert [one.reason for one in plan_workflow(flow).steps if one.step == "slow"] == ["flow-slow@1 was abandoned"]


@pytest.fixture
def awaited() -> Iterator[tuple[Callable[[Event], None], threading.Event, list[Event]]]:
    happened, waits = list[Event](), threading.Event()

    def listen(event: Event) -> None:
        happened.append(event)
        if isinstance(event, StepsAwaited):
            waits.set()

    yield listen, waits, happened


@pytest.mark.slow
def test_steps_that_had_not_begun_are_skipped_when_a_run_is_stopped(
    flow: Path, awaited: tuple[Callable[[Event], None], threading.Event, list[Event]]
) -> None:
    listen, waits, happened = awaited
    run = start_workflow(flow, jobs=1, listener=listen)
    await_begin()
    run.cancel()
    assert waits.wait(60)
    open_gate()
    run.wait(60)
    assert outcomes(flow.parent) == {
        "slow": ("interrupted", "interrupted"),
        "after": ("skipped", "slow interrupted"),
        "other": ("skipped", "the run was stopped"),
    }
    lines = [describe(event) for event in happened]
    assert not [line for line in lines if line.startswith("▸ other")]
    assert "- other  skipped: the run was stopped" in lines


@pytest.mark.slow
def test_a_run_in_the_background_is_cancelled_from_elsewhere_without_a_signal(
    flow: Path, awaited: tuple[Callable[[Event], None], threading.Event, list[Event]]
) -> None:
    listen, waits, _ = awaited
    signals: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: signals.append(number))
    try:
        run = start_workflow(flow, listener=listen)
        await_begin()
        opening = threading.Thread(target=lambda: (waits.wait(60), open_gate()))
        opening.start()
        said = cancel(cellar=Cellar.open(flow.parent))
        opening.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    run.wait(60)
    assert said.run.status is run.status is RunStatus.INTERRUPTED
    assert signals == []
    assert not list((flow.parent / ".cellar/work").glob("*.stop"))


WAITING = """
    import nbcellar as cellar
    cellar.Workflow.from_yaml("flow.yaml").run().wait()
"""


@pytest.mark.slow
@pytest.mark.parametrize("twice", [False, True])
def test_an_interrupt_of_waiting_ends_the_run(flow: Path, twice: bool) -> None:
    line = [sys.executable, "-c", textwrap.dedent(WAITING)]
    with subprocess.Popen(line, text=True, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        await_begin(process)
        process.send_signal(signal.SIGINT)
        next(line for line in process.stderr if line.startswith("waiting for slow"))
        if twice:
            process.send_signal(signal.SIGINT)
        else:
            open_gate()
        _, words = process.communicate(timeout=60)
    assert words.rstrip().endswith("KeyboardInterrupt")
    assert find_run(Cellar.open(flow.parent)).status is RunStatus.INTERRUPTED
    assert outcomes(flow.parent)["slow"][0] == "interrupted"
