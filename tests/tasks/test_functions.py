"""Task functions and blocks, called, submitted, cached and retried."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.assets.asset import Asset
from nbcellar.errors import EncodingError, ExecutionError, ExecutionTerminated, TaskTimeout, UsageError
from nbcellar.model import RunStatus
from nbcellar.store import SMALL_BYTES, RunQuery, current
from nbcellar.tasks.cache.caching import Cache
from nbcellar.tasks.calls.definition import task
from nbcellar.tasks.taskline.retries import Retries
from tests.tasks.conftest import module_of

calls: list[object] = []


@pytest.fixture(autouse=True)
def nothing_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    calls.clear()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    yield


def write_square(n: int) -> int:
    calls.append(n)
    Path("square.txt").write_text(str(n * n))
    return n * n


def test_a_call_runs_in_a_fresh_folder_and_gives_its_value(project: Path) -> None:
    square = task(write_square)
    assert repr(square) == "<TaskFunction write_square(n: 'int') -> 'int'>"
    assert square(3) == 9
    assert Path.cwd() == project and not Path("square.txt").exists()
    run = current().find("write_square")
    assert run.result == 9 and run.params == {"n": 3}
    assert Asset(current(), run)["square.txt"].read() == b"9"


def test_a_cached_call_is_taken_while_arguments_and_source_are_the_same(project: Path) -> None:
    square = task(cache="1d")(write_square)
    assert [square(3), square(3), square(n=3), square(4)] == [9, 9, 9, 16]
    assert calls == [3, 4]
    assert square.options(force=True)(3) == 9
    assert calls == [3, 4, 3]


def test_only_chosen_arguments_count(project: Path) -> None:
    def add(a: int, verbose: bool) -> int:
        calls.append(a)
        return a + 1

    cached = task(cache=Cache(params=("a",)))(add)
    assert [cached(1, True), cached(1, False)] == [2, 2]
    assert calls == [1]
    with pytest.raises(UsageError, match="has no parameter 'b'"):
        task(cache=Cache(params=("b",)))(add)


def test_tasks_of_one_namespace_share_results(project: Path) -> None:
    first, second = (task(cache=Cache(namespace="squares"), name=name)(write_square) for name in ("first", "second"))
    assert (first(3), second(3), second(4), first(4)) == (9, 9, 16, 16)
    assert calls == [3, 4]
    assert task(cache=True, name="third")(write_square)(3) == 9
    assert calls == [3, 4, 3]


def test_another_version_or_variable_of_the_environment_makes_it_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "1", "2"):
        task(cache=Cache(version=version))(write_square)(3)
    assert calls == [3, 3]
    for region in ("north", "north", "south"):
        monkeypatch.setenv("REGION", region)
        task(cache=Cache(depends_on_env=("REGION",)), name="there")(write_square)(4)
    assert calls == [3, 3, 4, 4]


def test_values_that_are_no_json_come_back_as_they_were(project: Path) -> None:
    import numpy as np

    def make(n: int) -> object:
        calls.append(n)
        return {"array": np.arange(n), "pair": (1, None)}

    cached = task(cache=True)(make)
    cached(3)
    again = cached(3)
    assert calls == [3]
    assert isinstance(again, dict) and again["array"].tolist() == [0, 1, 2] and again["pair"] == (1, None)


def test_none_is_a_value_too(project: Path) -> None:
    def nothing() -> None:
        calls.append(1)

    cached = task(cache=True)(nothing)
    cached()
    cached()
    assert calls == [1]


def test_a_value_that_cannot_be_kept_makes_it_run_again(project: Path) -> None:
    def make() -> object:
        calls.append(1)
        return (n for n in range(3))

    cached = task(cache=True)(make)
    cached()
    cached()
    assert calls == [1, 1]


def test_memo_takes_the_value_of_this_session(project: Path) -> None:
    def make(n: int, label: str) -> object:
        calls.append(n)
        return object()

    memoised = task(memo=["n"])(make)
    assert memoised(1, "a") is memoised(1, "b")
    assert memoised(2, "a") is not memoised(1, "a")
    assert calls == [1, 2]


def test_retries_choose_by_the_error(project: Path) -> None:
    def flaky() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise OSError("busy")
        return "done"

    assert task(retries=Retries(5, backoff=(0, 0), when=OSError))(flaky)() == "done"
    assert len(calls) == 3
    calls.clear()
    with pytest.raises(OSError, match="busy"):
        task(retries=Retries(5, backoff=(0, 0), when=KeyError))(flaky)()
    assert len(calls) == 1


def test_what_a_when_function_raises_is_raised_and_recorded(project: Path) -> None:
    def flaky() -> None:
        raise KeyError("mine")

    with pytest.raises(ZeroDivisionError) as caught:
        task(retries=Retries(2, when=lambda error: bool(1 / 0)))(flaky)()
    assert isinstance(caught.value.__context__, KeyError)
    run = current().runs(RunQuery(name="flaky"))[0]
    assert (run.status, run.error) == (RunStatus.FAILED, "ZeroDivisionError: division by zero")


def test_a_timeout_ends_the_call(project: Path) -> None:
    with pytest.raises(TaskTimeout):
        task(timeout="100ms")(lambda_of_sleep)()


def lambda_of_sleep() -> None:
    time.sleep(30)


def test_delay_waits_before_it_begins(project: Path) -> None:
    started = time.monotonic()
    task(delay="50ms")(write_square)(2)
    assert time.monotonic() - started >= 0.05


def test_assets_are_arguments_and_results(project: Path) -> None:
    Path("t.csv").write_text("table")
    table = cellar.asset("t.csv", name="table")

    def count(asset: Asset) -> Asset:
        calls.append(1)
        length = len(asset["t.csv"].read())
        Path("n.txt").write_text(str(length))
        return cellar.asset("n.txt", name="count")

    cached = task(cache=True)(count)
    first, second = cached(table), cached(table)
    assert calls == [1]
    assert first == second and first["n.txt"].read() == b"5"
    assert [one.path for one in current().find("count").inputs if one.run == table.run.id] == ["table@1/t.csv"]


def test_unknown_options_are_refused_with_a_guess(project: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'retries'"):
        task(retris=3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 0}, "leaves no time"),
        ({"timeout": "0s"}, "leaves no time"),
        ({"timeout": -1}, "-1 is no duration"),
        ({"delay": -3}, "-3 is no duration"),
        ({"delay": timedelta(seconds=-3)}, "is no duration"),
        ({"delay": True}, "True is no duration"),
    ],
)
def test_times_that_cannot_be_meant_are_refused_where_they_are_given(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        cellar.task(**options)


def test_a_block_is_a_task(project: Path) -> None:
    with task("train", fresh=True, params={"alpha": 0.5}) as run:
        Path("model.txt").write_text(str(run.params["alpha"]))
    assert Path.cwd() == project
    assert cellar.last is not None and cellar.last["model.txt"].read() == b"0.5"


def test_a_large_file_of_a_fresh_folder_becomes_a_pack_without_a_copy_and_readers_go_on(project: Path) -> None:
    with task("train", fresh=True):
        made = Path("model.bin").absolute()
        made.write_bytes(os.urandom(SMALL_BYTES))
        inode = made.stat().st_ino
        reader = made.open("rb")
    packs = [pack for pack in (current().folder / "packs").iterdir() if pack.stat().st_ino == inode]
    assert len(packs) == 1 and packs[0].stat().st_mode & 0o222 == 0
    assert made.is_symlink() and made.resolve() == packs[0]
    with reader:
        assert cellar["train"]["model.bin"].read() == reader.read() == made.read_bytes()


def test_a_large_file_that_is_written_to_or_lies_beside_the_notebook_is_copied(project: Path) -> None:
    with task("open", fresh=True):
        held = Path("model.bin").absolute()
        writer = held.open("wb", buffering=0)
        writer.write(os.urandom(SMALL_BYTES))
    with task("here"):
        beside = Path("model.bin").absolute()
        beside.write_bytes(os.urandom(SMALL_BYTES))
    kept = {name: cellar[name]["model.bin"].read() for name in ("open", "here")}
    with writer:
        writer.write(b"more")
    beside.write_bytes(b"less")
    assert not held.is_symlink() and not beside.is_symlink()
    assert {name: cellar[name]["model.bin"].read() for name in kept} == kept


def test_a_with_block_refuses_retries_and_caches(project: Path) -> None:
    for given in ({"retries": 2}, {"cache": "1d"}):
        with pytest.raises(UsageError, match="for attempt in"), task("train", **given):
            pass


def test_a_block_that_raises_is_a_failed_run(project: Path) -> None:
    with pytest.raises(ZeroDivisionError), task("train"):
        Path("half.txt").write_text("1")
        1 / 0
    assert current().runs(RunQuery(name="train"))[0].status is RunStatus.FAILED


def test_a_loop_tries_again(project: Path) -> None:
    for attempt in task("train", retries=2):
        with attempt as run:
            calls.append(run.attempt)
            if run.attempt < 3:
                raise OSError("busy")
    assert calls == [1, 2, 3]


def test_a_cached_block_in_a_function_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match="cannot stand in a function"):
        for attempt in task("train", cache=True):
            with attempt:
                pass


def test_a_cached_block_of_a_script_is_skipped_the_second_time(project: Path) -> None:
    import runpy

    Path("script.py").write_text(
        "import nbcellar as cellar\n"
        "for attempt in cellar.task('train', cache='7d'):\n"
        "    with attempt:\n"
        "        print('ran')\n"
        "        x = 40\n"
        "        open('o.txt', 'w').close()\n"
        "print(x + 2)\n"
    )
    for _ in range(2):
        assert runpy.run_path("script.py")["x"] == 40
    assert len(current().runs(RunQuery(name="train"))) == 1


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
