from __future__ import annotations

import math
import struct
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbcellar.tasks.codecs import decode, encode
from nbcellar.tasks.codecs.encoding import Style, encoded
from nbcellar.tasks.codecs.sizes import Budget

BERLIN = ZoneInfo("Europe/Berlin")
KEPT = [
    None,
    True,
    0,
    -1,
    2**63 - 1,
    -(2**64),
    10**4000,
    0.1,
    -0.0,
    5e-324,
    math.inf,
    -math.inf,
    "",
    "Grüße 😀",
    "a lone \ud800 surrogate",
    "\ud83d\ude00",
    b"",
    b"\x00\xff",
    bytearray(b"x"),
    [],
    [1, [2, [None]]],
    (),
    (1, (2.5, "x")),
    {},
    {"a": {"b": [1]}},
    {"$": "list/1", "v": 3},
    {1: "a", (2, 3): "b", None: "c", 2.5: "d", True and "t": "e"},
    set(),
    {1, "a", (2, 3)},
    frozenset({frozenset({1}), 2}),
    1 + 2j,
    complex(-0.0, math.inf),
    range(0, 10, 3),
    range(10**30),
    slice(1, None, 2),
    ...,
    Decimal("1.10"),
    Decimal("-Infinity"),
    UUID(int=5),
    Path("a/b"),
    Path("/x/\udcff"),
    PurePosixPath("a"),
    PureWindowsPath("C:\\a"),
    date(2026, 2, 28),
    time(1, 2, 3, 4),
    time(1, 2, tzinfo=UTC),
    datetime(2026, 2, 28, 1, 2, 3, 4),
    datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
    datetime(2026, 1, 1, tzinfo=UTC),
    timedelta(-1, 5, 7),
    UTC,
    timezone(timedelta(hours=-3), "there"),
    BERLIN,
]


def codec_of(value: object) -> str:
    return encoded(value, "value", Budget(), Style.BY_VALUE).codec


@pytest.mark.parametrize("value", KEPT, ids=[f"{type(value).__name__}-{place}" for place, value in enumerate(KEPT)])
def test_a_plain_value_comes_back_as_itself_without_a_pickle(value: object) -> None:
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)
    assert not codec_of(value).startswith("pickle/")


def test_a_nan_keeps_its_bits_and_a_zero_its_sign() -> None:
    (odd,) = struct.unpack(">d", bytes.fromhex("7ff8000000000123"))
    assert struct.pack(">d", decode(encode(odd))).hex() == "7ff8000000000123"
    assert math.copysign(1, float(str(decode(encode(-0.0))))) == -1


def test_the_order_of_a_dict_is_kept() -> None:
    assert list(decode(encode({"b": 1, "a": 2, "": 3}))) == ["b", "a", ""]  # type: ignore[call-overload]


def test_a_moment_in_the_hour_that_comes_twice_keeps_which_one_it_was() -> None:
    second = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    back = decode(encode(second))
    assert isinstance(back, datetime)
    assert (back.fold, back.utcoffset()) == (1, timedelta(hours=1))


def test_two_places_that_hold_one_object_hold_one_object_afterwards() -> None:
    shared: list[object] = [1]
    back = decode(encode({"a": shared, "b": [shared, (shared,)]}))
    assert isinstance(back, dict)
    assert back["a"] is back["b"][0] is back["b"][1][0]


def test_a_list_that_holds_itself_comes_back_holding_itself() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    back = decode(encode(loop))
    assert isinstance(back, list)
    assert back[1] is back


def test_a_subclass_is_not_mistaken_for_its_base() -> None:
    class_of = type(decode(encode(OrderedDict(a=1))))
    assert class_of is OrderedDict
    assert codec_of(OrderedDict(a=1)) == "pickle/1"


def test_a_list_too_deep_for_json_is_refused_or_comes_back() -> None:
    deep: list[object] = []
    for _ in range(400):
        deep = [deep]
    assert decode(encode(deep)) == deep


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()) | st.binary()
)
keys = st.integers() | st.text() | st.tuples(st.integers(), st.text())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(values)
def test_any_nest_of_plain_values_comes_back_equal(value: object) -> None:
    assert decode(encode(value)) == value
