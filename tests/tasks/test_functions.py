"""Task functions, called, cached and retried."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.assets.asset import Asset
from nbcellar.errors import TaskTimeout, UsageError
from nbcellar.model import RunStatus
from nbcellar.store import RunQuery, current
from nbcellar.tasks.cache.caching import Cache
from nbcellar.tasks.calls.definition import task
from nbcellar.tasks.taskline.retries import Retries

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
        ({"alias": "a b"}, "'a b' is not a usable alias"),
        ({"alias": "latest"}, "'latest' is not a usable alias"),
        ({"tags": ["a b"]}, "'a b' is not a usable tag"),
        ({"tags": {"a": "x" * 9000}}, "The value of the tag a has 9,000 characters"),
        ({"note": "x" * 9000}, "The note has 9,000 characters"),
        ({"note": " "}, "The note is empty"),
    ],
)
def test_times_and_labels_that_cannot_be_meant_are_refused_where_they_are_given(
    options: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        cellar.task(**options)
