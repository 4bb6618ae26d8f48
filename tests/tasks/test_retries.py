from __future__ import annotations

import pytest

from nbcellar.errors import UsageError
from nbcellar.tasks.taskline.retries import Retries, as_retries, parse_retries


def test_a_number_alone_waits_for_nothing() -> None:
    assert parse_retries("3") == Retries(3, (0.0, 0.0))
    assert parse_retries("3:10s") == Retries(3, (10.0, 10.0))


def test_waits_grow_evenly_from_the_shortest_to_the_longest() -> None:
    retries = Retries(4, (10.0, 40.0))
    assert [retries.wait_s(number) for number in (1, 2, 3, 4)] == [10.0, 20.0, 30.0, 40.0]


def test_without_a_limit_waits_lie_between_the_bounds() -> None:
    retries = Retries(None, (1.0, 2.0))
    assert all(1.0 <= retries.wait_s(number) <= 2.0 for number in range(1, 50))


def test_after_the_limit_there_is_no_other_attempt() -> None:
    assert [Retries(2).again(number, ValueError()) for number in (1, 2, 3)] == [True, True, False]


def test_interrupts_are_never_retried() -> None:
    assert not Retries(5).again(1, KeyboardInterrupt())
    assert not Retries(5).again(1, SystemExit())


def test_when_chooses_by_type_or_by_function() -> None:
    assert Retries(5, when=OSError).again(1, TimeoutError())
    assert not Retries(5, when=(OSError, KeyError)).again(1, ValueError())
    assert Retries(5, when=lambda error: "busy" in str(error)).again(1, ValueError("busy"))


def test_what_when_raises_is_raised() -> None:
    def broken(error: BaseException) -> bool:
        raise RuntimeError("no idea")

    with pytest.raises(RuntimeError, match="no idea"):
        Retries(5, when=broken).again(1, ValueError())


def test_plain_values_become_retries() -> None:
    assert as_retries(False) == Retries(0, (0.0, 0.0))
    assert as_retries(2) == Retries(2, (0.0, 0.0))
    assert as_retries(True).limit is None


@pytest.mark.parametrize("text", ["", "x", "-1", "3:", "3:x", "3:2m..10s"])
def test_nonsense_is_refused(text: str) -> None:
    if text == "3:":
        assert parse_retries(text) == Retries(3, (0.0, 0.0))
    else:
        with pytest.raises(UsageError):
            parse_retries(text)
