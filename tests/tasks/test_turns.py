"""Submitted calls wait for their turn: so many processes at once, whatever becomes of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.errors import ExecutionTerminated, TaskTimeout, UsageError
from nbcellar.store import RunQuery, current
from tests.tasks.conftest import module_of

pytestmark = pytest.mark.slow

MODULE = """
import os, time
from pathlib import Path
import nbcellar as cellar

@cellar.task(fresh=False)
def where():
    return os.getcwd()

@cellar.task
def waits(gate, name):
    log = Path(gate).with_name("log")
    log.open("a").write(f"+{name} ")
    while not Path(gate).exists():
        time.sleep(0.02)
    log.open("a").write(f"-{name} ")
    return name
"""


@pytest.fixture
def jobs(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A module of task functions that a child can import."""
    with module_of(MODULE, "jobs_of_turns", project, monkeypatch) as module:
        yield module


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The file that calls wait for; beside it the log of what began and ended."""
    return tmp_path / "gate"


def test_no_more_run_at_once_than_the_setting_says_and_all_are_run(
    jobs: object, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_PROCESSES", "2")
    waits = jobs.waits  # type: ignore[attr-defined]
    executions = [waits.submit(gate, number) for number in range(7)]
    gate.touch()
    assert [one.result() for one in executions] == list(range(7))
    under_way, most = 0, 0
    for word in gate.with_name("log").read_text().split():
        under_way += 1 if word[0] == "+" else -1
        most = max(most, under_way)
    assert under_way == 0 and most <= 2


def test_one_that_waits_says_so_and_begins_when_the_one_before_has_ended(
    jobs: object, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_PROCESSES", "1")
    waits = jobs.waits  # type: ignore[attr-defined]
    first, second = waits.submit(gate, "a"), waits.submit(gate, "b")
    assert repr(second) == "<Execution waits: waiting>"
    assert second.poll(default="none yet") == "none yet" and second.log == "" and second.run is None
    with pytest.raises(TaskTimeout, match=r"waits is not done after 0\.01 s"):
        second.result(timeout=0.01)
    gate.touch()
    assert (first.result(), second.result()) == ("a", "b")
    assert gate.with_name("log").read_text() == "+a -a +b -b "


def test_one_that_is_cancelled_while_it_waits_never_begins(
    jobs: object, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_PROCESSES", "1")
    waits = jobs.waits  # type: ignore[attr-defined]
    first, second, third = (waits.submit(gate, name) for name in "abc")
    assert second.cancel() and not second.cancel()
    assert repr(second) == "<Execution waits: cancelled>" and second.done and second.run is None
    with pytest.raises(ExecutionTerminated, match="waits was cancelled"):
        second.result()
    gate.touch()
    assert (first.result(), third.result()) == ("a", "c")
    assert len(current().runs(RunQuery(name="waits"))) == 2


def test_cancelling_the_one_that_runs_lets_the_next_begin(
    jobs: object, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_PROCESSES", "1")
    waits = jobs.waits  # type: ignore[attr-defined]
    first, second = waits.submit(gate, "a"), waits.submit(gate.with_name("other gate"), "b")
    gate.with_name("other gate").touch()
    first.cancel()
    assert second.result() == "b"


def test_one_that_cannot_begin_says_why_and_the_next_begins(
    jobs: object, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_PROCESSES", "1")
    waits, home = jobs.waits, os.getcwd()  # type: ignore[attr-defined]
    first = waits.submit(gate, "a")
    os.mkdir("gone")
    os.chdir("gone")
    second = waits.submit(gate, "b")
    os.chdir(home)
    third = waits.submit(gate, "c")
    shutil.rmtree("gone")
    gate.touch()
    assert (first.result(), third.result()) == ("a", "c")
    with pytest.raises(ExecutionTerminated, match=r"No process could be started for waits: .*No such file"):
        second.result()


def test_a_call_runs_in_the_folder_in_which_it_was_submitted(
    jobs: object, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_PROCESSES", "1")
    first = jobs.waits.submit(gate, "a")  # type: ignore[attr-defined]
    os.mkdir("inner")
    monkeypatch.chdir("inner")
    second = jobs.where.submit()  # type: ignore[attr-defined]
    monkeypatch.chdir("..")
    gate.touch()
    assert first.result() == "a"
    assert second.result() == str(Path("inner").resolve())


@pytest.mark.parametrize("value", ["-1", "many", "1.5"])
def test_a_setting_that_is_no_number_is_refused_before_anything_begins(
    jobs: object, gate: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("NBCELLAR_PROCESSES", value)
    with pytest.raises(UsageError, match=r"processes from NBCELLAR_PROCESSES is .*; it must be a number, 0 or more"):
        jobs.waits.submit(gate, "a")  # type: ignore[attr-defined]
