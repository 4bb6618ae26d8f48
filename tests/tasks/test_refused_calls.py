"""What cannot be sent to another process, and what cannot be a task, is refused at once and by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import EncodingError, UsageError
from nbcellar.store import current
from nbcellar.tasks.calls.functions import TaskFunction

pytestmark = pytest.mark.slow


REFUSED = {
    "argument 1": (lambda: ((lock(),), {}), "argument 1 is a _thread.lock, which cannot be pickled"),
    "part of one": (lambda: (({"a": [1, lock()]},), {}), r"argument 1, in \['a'\]\[1\], is a _thread.lock"),
    "by name": (lambda: ((), {"n": lock()}), "the argument n is a _thread.lock"),
}


def lock() -> object:
    import threading

    return threading.Lock()


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_sent_is_named(jobs: object, what: str) -> None:
    make, words = REFUSED[what]
    args, kwargs = make()
    with pytest.raises(EncodingError, match=words):
        jobs.double.submit(*args, **kwargs)  # type: ignore[attr-defined]
    assert not list((current().folder / "tmp").glob("execution-*")) if current().exists else True


def test_a_name_that_a_function_uses_and_that_cannot_be_sent_is_named(project: Path) -> None:
    held = lock()

    def uses() -> object:
        return held

    with pytest.raises(EncodingError, match=r"the name held is a _thread\.lock"):
        cellar.task(uses).submit()


async def coroutine() -> None: ...


def generator() -> Iterator[int]:
    yield 1


NO_TASKS = {
    "a coroutine": (coroutine, "coroutine is a coroutine, and would still run when its task has ended"),
    "a generator": (generator, "generator yields, and would run only when its task has ended"),
    "a class": (Path, "the class Path is no function"),
    "a number": (3, "3 is no function"),
    "without a name": (lambda: None, "has no name of its own. Give it one"),
}


@pytest.mark.parametrize("what", NO_TASKS)
def test_what_cannot_be_a_task_is_refused_where_it_is_decorated(what: str) -> None:
    value, words = NO_TASKS[what]
    with pytest.raises(UsageError, match=words):
        cellar.task(value)  # type: ignore[call-overload]


def test_a_function_without_a_name_can_be_given_one(project: Path) -> None:
    task = cellar.task(name="three")(lambda: 3)
    assert isinstance(task, TaskFunction) and task() == 3
    assert current().find("three").result == 3
