"""Lifetimes: made in order, closed in reverse, always."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nbcellar.errors import ResourceError
from nbcellar.tasks.resources.lifetime import Lifetime
from nbcellar.tasks.resources.resource import Resource


class Diary:
    """Resources that write down what becomes of them."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def resource(self, name: str, *, fails: str = "") -> Resource:
        def opened() -> Iterator[str]:
            if fails == "open":
                raise OSError(f"{name} does not open")
            self.said.append(f"+{name}")
            try:
                yield name
            except BaseException as error:
                self.said.append(f"{name}: {error}")
                raise
            finally:
                self.said.append(f"-{name}")
                if fails == "close":
                    raise OSError(f"{name} does not close")
                if fails == "interrupt":
                    raise KeyboardInterrupt

        return Resource(name, opened, scope="process")


@pytest.fixture
def diary() -> Diary:
    return Diary()


def test_they_are_made_in_order_and_closed_in_reverse(diary: Diary) -> None:
    with Lifetime(map(diary.resource, "abc")) as objects:
        assert objects == {"a": "a", "b": "b", "c": "c"}
    assert diary.said == ["+a", "+b", "+c", "-c", "-b", "-a"]


def test_each_gets_the_error_and_it_goes_on(diary: Diary) -> None:
    with pytest.raises(ValueError, match="wrong"), Lifetime(map(diary.resource, "ab")):
        raise ValueError("wrong")
    assert diary.said == ["+a", "+b", "b: wrong", "-b", "a: wrong", "-a"]


def test_one_that_does_not_open_closes_those_before_it(diary: Diary) -> None:
    lifetime = Lifetime([diary.resource("a"), diary.resource("b", fails="open"), diary.resource("c")])
    with pytest.raises(OSError, match="b does not open"):
        lifetime.open()
    assert diary.said == ["+a", "a: b does not open", "-a"]
    assert lifetime.objects == {}


def test_one_that_does_not_close_keeps_no_other_open(diary: Diary) -> None:
    lifetime = Lifetime([diary.resource("a", fails="close"), diary.resource("b"), diary.resource("c", fails="close")])
    lifetime.open()
    with pytest.raises(ResourceError) as refused:
        lifetime.close()
    assert diary.said[3:] == ["-c", "-b", "-a"]
    assert "'c' (OSError: c does not close), 'a' (OSError: a does not close)" in str(refused.value)


def test_an_interrupt_while_closing_keeps_no_other_open(diary: Diary) -> None:
    lifetime = Lifetime([diary.resource("a"), diary.resource("b", fails="interrupt")])
    lifetime.open()
    with pytest.raises(KeyboardInterrupt):
        lifetime.close()
    assert diary.said[2:] == ["-b", "-a"]


def test_what_does_not_close_after_an_error_is_a_note_on_it(diary: Diary) -> None:
    with pytest.raises(ValueError, match="wrong") as raised, Lifetime([diary.resource("a", fails="close")]):
        raise ValueError("wrong")
    assert "could not be closed" in raised.value.__notes__[0]
