"""Calls in processes of their own: what goes there, what comes back, and that nothing of them is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import ExecutionError, ExecutionTerminated
from nbcellar.model import RunStatus
from nbcellar.store import RunQuery, current
from nbcellar.tasks.calls.carried import State, carried

pytestmark = pytest.mark.slow


def pids(tmp_path: Path) -> list[int]:
    """Of the task and its child, when they have begun."""
    while not (tmp_path / "pids").exists() or " " not in (tmp_path / "pids").read_text():
        time.sleep(0.02)
    return [int(text) for text in (tmp_path / "pids").read_text().split()]


def until_gone(numbers: list[int]) -> None:
    """Wait until no process of these is left; the suite's own limit of time ends a wait in vain."""
    while any(_lives(pid) for pid in numbers):
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_it_prints_is_in_its_log_and_nowhere_else(jobs: object, capfd: pytest.CaptureFixture[str]) -> None:
    execution = jobs.double.submit(4)  # type: ignore[attr-defined]
    assert execution.result() == 8
    assert execution.log == "doubling 4\nto stderr\n"
    assert capfd.readouterr() == ("", "")
    assert execution.run.result == 8
    assert repr(execution) == "<Execution double: done>"


def test_assets_go_there_and_come_back_also_nested_and_are_inputs(jobs: object) -> None:
    Path("t.csv").write_text("table")
    table = cellar.asset("t.csv", name="table")
    execution = jobs.looks.submit({"first": [table]})  # type: ignore[attr-defined]
    value = execution.result()
    assert value == {"same": table, "entry": b"table"}
    assert value["same"].ref == "table@1"
    assert [one.path for one in execution.run.inputs if one.run] == ["table@1/t.csv"]


def test_an_asset_that_is_only_handed_on_is_an_input_too(project: Path) -> None:
    Path("t.csv").write_text("table")
    table = cellar.asset("t.csv", name="table")
    cellar.task(name="takes")(_takes)({"k": (table,)})
    assert [one.path for one in current().find("takes").inputs] == ["table@1"]


def _takes(given: object) -> None:
    pass


def test_equal_content_under_another_name_is_taken_from_the_cache(project: Path) -> None:
    cached = cellar.task(cache=True)(_size)
    Path("t.csv").write_text("table")
    one, other = cellar.asset("t.csv", name="one"), cellar.asset("t.csv", name="other")
    assert cached(one) == cached(other) == 1
    assert len(current().runs(RunQuery(name="_size"))) == 1


def _size(given: cellar.Asset) -> int:
    return len(given)


@pytest.mark.parametrize(
    ("kind", "original", "facts"),
    [
        ("own", "Own", {"code": 7, "why": "mine", "args": ("mine (7)",)}),
        ("os", FileNotFoundError, {"errno": 2, "filename": "/there/is/none"}),
        ("decode", UnicodeDecodeError, {"start": 0, "object": b"\xff"}),
        ("process", subprocess.CalledProcessError, {"returncode": 1, "cmd": ["false"]}),
        ("usage", cellar.UsageError, {"exit_code": 2}),
        ("key", KeyError, {"args": ("x",)}),
    ],
)
@pytest.mark.parametrize("how", ["raises", "nests"])
def test_an_error_keeps_its_type_and_fields_however_many_processes_it_went_through(
    jobs: object, kind: str, original: type[Exception] | str, facts: dict[str, object], how: str
) -> None:
    expected = getattr(jobs, original) if isinstance(original, str) else original
    with pytest.raises(expected) as caught:
        getattr(jobs, how).submit(kind).result()
    error = caught.value
    assert isinstance(error, ExecutionError)
    assert {name: getattr(error, name) for name in facts} == facts
    assert f"In the process of {how}:" in error.__notes__[-1]
    assert "calling.py" not in error.__notes__[0]


def test_an_error_that_was_carried_can_be_pickled() -> None:
    import pickle

    error = carried(State.of(FileNotFoundError(2, "none", "x")))
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, FileNotFoundError) and isinstance(again, ExecutionError)
    assert (again.filename, str(again)) == ("x", "[Errno 2] none: 'x'")


def test_exit_is_no_answer(jobs: object) -> None:
    with pytest.raises(ExecutionTerminated, match=r"called exit\(3\), and returned nothing"):
        jobs.raises.submit("exit").result()  # type: ignore[attr-defined]


def test_the_cache_is_shared_by_calls_here_and_there(jobs: object, tmp_path: Path) -> None:
    assert jobs.cached.submit(1).result() == 2  # type: ignore[attr-defined]
    assert jobs.cached(1) == 2  # type: ignore[attr-defined]
    assert jobs.cached.submit(1).result() == 2  # type: ignore[attr-defined]
    assert (tmp_path / "pids").read_text() == "ran "


def test_one_that_nobody_holds_goes_on(jobs: object, tmp_path: Path) -> None:
    jobs.leaves.submit(None)  # type: ignore[attr-defined]
    numbers = pids(tmp_path)
    until_gone(numbers)
    runs = current().runs(RunQuery(name="leaves"))
    assert [run.result for run in runs] == ["done"]


def test_children_that_a_task_left_end_with_it(jobs: object, tmp_path: Path) -> None:
    assert jobs.leaves.submit(None).result() == "done"  # type: ignore[attr-defined]
    until_gone(pids(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("stubborn", [False, True])
def test_cancelling_ends_the_task_and_its_children(jobs: object, tmp_path: Path, stubborn: bool) -> None:
    execution = jobs.leaves.submit(stubborn)  # type: ignore[attr-defined]
    numbers = pids(tmp_path)
    assert execution.cancel()
    until_gone(numbers)
    with pytest.raises(ExecutionTerminated, match="leaves was cancelled"):
        execution.result()
    if not stubborn:
        assert current().runs(RunQuery(name="leaves"))[0].status is RunStatus.INTERRUPTED


def test_a_killed_task_takes_its_children_along_and_says_what_it_printed(jobs: object, tmp_path: Path) -> None:
    execution = jobs.leaves.submit(False)  # type: ignore[attr-defined]
    numbers = pids(tmp_path)
    os.kill(numbers[0], signal.SIGKILL)
    with pytest.raises(ExecutionTerminated, match="killed by signal 9"):
        execution.result()
    until_gone(numbers)


CALLER = """
import os, sys, time
sys.path.insert(0, os.getcwd())
import jobs_of_submission as jobs
running = jobs.leaves.submit(sys.argv[1] == "stubborn")
if sys.argv[2] == "ends":
    while not os.path.exists(os.environ["PIDS"]):
        time.sleep(0.02)
elif sys.argv[2] == "forks" and os.fork() == 0:
    time.sleep(20)
else:
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("stubborn", ["docile", "stubborn"])
@pytest.mark.parametrize("end", ["ends", "killed", "forks"])
def test_no_process_outlives_the_one_that_submitted_it(jobs: object, tmp_path: Path, stubborn: str, end: str) -> None:
    with subprocess.Popen([sys.executable, "-c", CALLER, stubborn, end]) as caller:
        numbers = pids(tmp_path)
        if end != "ends":
            caller.send_signal(signal.SIGKILL)
    until_gone(numbers)
