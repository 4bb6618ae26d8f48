"""Task functions that are submitted: each call in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.errors import EncodingError, ExecutionError, ExecutionTerminated, TaskTimeout
from nbcellar.model import RunStatus
from nbcellar.store import RunQuery, current
from tests.tasks.conftest import module_of

MODULE = """
import os, time
from pathlib import Path
import nbcellar as cellar

@cellar.task
def square(n):
    Path("n.txt").write_text(str(n))
    return {"square": n * n, "pid": os.getpid()}

@cellar.task
def fails(kind):
    raise {"key": KeyError, "os": OSError, "own": Own, "value": ValueError}[kind]("mine")

class Own(Exception):
    pass

@cellar.task
def sleeps():
    Path("begun.txt").touch()
    time.sleep(60)

@cellar.task
def dies():
    os.kill(os.getpid(), 9)

@cellar.task(timeout="200ms")
def late():
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def jobs(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A module of task functions that a child can import."""
    with module_of(MODULE, "jobs_of_this_test", project, monkeypatch) as module:
        yield module


def test_a_submitted_call_runs_in_its_own_process_and_folder(jobs: object) -> None:
    execution = jobs.square.submit(5)  # type: ignore[attr-defined]
    value = execution.result()
    assert value["square"] == 25 and value["pid"] != os.getpid()
    assert execution.done and execution.poll() == value
    assert not Path("n.txt").exists()
    assert Asset(current(), execution.run)["n.txt"].read() == b"5"


@pytest.mark.parametrize(("kind", "original"), [("key", KeyError), ("os", OSError), ("value", ValueError)])
def test_an_error_keeps_its_type(jobs: object, kind: str, original: type[Exception]) -> None:
    with pytest.raises(ExecutionError, match="mine") as caught:
        jobs.fails.submit(kind).result()  # type: ignore[attr-defined]
    assert isinstance(caught.value, original)
    assert "In the process of fails" in caught.value.__notes__[0]


def test_an_error_of_the_projects_own_keeps_its_type(jobs: object) -> None:
    with pytest.raises(jobs.Own) as caught:  # type: ignore[attr-defined]
        jobs.fails.submit("own").result()  # type: ignore[attr-defined]
    assert isinstance(caught.value, ExecutionError)


def test_a_cancelled_call_is_interrupted_and_recorded(jobs: object) -> None:
    execution = jobs.sleeps.submit()  # type: ignore[attr-defined]
    assert execution.poll(default="not yet") == "not yet"
    begun = current().folder / "work" / "sleeps-1" / "begun.txt"
    while not begun.exists():
        assert not execution.done
    assert execution.cancel() and not execution.cancel()
    with pytest.raises(ExecutionTerminated, match="was cancelled"):
        execution.result()
    assert current().runs(RunQuery(name="sleeps"))[0].status is RunStatus.INTERRUPTED


def test_a_process_that_dies_says_how(jobs: object) -> None:
    with pytest.raises(ExecutionTerminated, match="killed by signal 9"):
        jobs.dies.submit().result()  # type: ignore[attr-defined]


def test_a_timeout_holds_in_the_other_process(jobs: object) -> None:
    with pytest.raises(TaskTimeout, match="took longer"):
        jobs.late.submit().result()  # type: ignore[attr-defined]


def test_an_argument_that_cannot_be_sent_is_refused(jobs: object) -> None:
    with pytest.raises(EncodingError, match="cannot be sent to a process"):
        jobs.square.submit(n for n in range(3))  # type: ignore[attr-defined]
