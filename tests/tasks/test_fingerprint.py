from __future__ import annotations

import datetime
import decimal
import enum
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbcellar.errors import EncodingError
from nbcellar.tasks.cache.fingerprint import fingerprint


@dataclass
class Point:
    x: int
    y: list[int]


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def loop() -> list[object]:
    made: list[object] = [1]
    made.append(made)
    return made


PAIRS = [
    (1, 2),
    (1, 1.0),
    (1, True),
    ("a", b"a"),
    ([1, 2], (1, 2)),
    ([1, 2], [2, 1]),
    ({"a": 1}, {"a": 2}),
    ({1, 2}, {1, 3}),
    (["ab", "c"], ["a", "bc"]),
    (None, "None"),
    (np.arange(3), np.arange(3.0)),
    (np.arange(4), np.arange(4).reshape(2, 2)),
    (np.array(["a", None], dtype=object), np.array(["a", 1], dtype=object)),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})),
    (pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": ["y"]})),
    (pd.Series([1], index=[0]), pd.Series([1], index=[1])),
    (pd.Series([1], name="a"), pd.Series([1])),
    (Path("a"), Path("b")),
    (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)),
    (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    (Point(1, [2]), Point(1, [3])),
    (Colour.RED, Colour.BLUE),
    (np.random.default_rng(1), np.random.default_rng(2)),
    (random.Random(1), random.Random(2)),
    (float("inf"), float("-inf")),
    (lambda x: x, lambda x: x + 1),
]


@pytest.mark.parametrize("at", range(len(PAIRS)))
def test_values_that_differ_have_other_fingerprints(at: int) -> None:
    one, other = PAIRS[at]
    assert fingerprint(one) == fingerprint(one)
    assert fingerprint(one) != fingerprint(other)


def test_equal_texts_have_one_fingerprint_whether_or_not_they_are_one_object() -> None:
    text = "".join(["some ", "text"])
    assert fingerprint([text, text]) == fingerprint([text, "".join(["some", " text"])])


def test_a_value_that_holds_itself_ends() -> None:
    assert fingerprint(loop()) == fingerprint(loop())


def test_what_cannot_be_compared_says_so() -> None:
    for value in (open, (x for x in ())):
        if value is open:
            assert fingerprint(value)
        else:
            with pytest.raises(EncodingError):
                fingerprint(value)
    with pytest.raises(EncodingError, match="too large"):
        fingerprint(np.zeros(10**6), most_bytes=1000)


def test_a_function_of_the_notebook_counts_with_what_it_calls() -> None:
    code = (
        "from nbcellar.tasks.cache.fingerprint import fingerprint\n"
        "def scale(x): return x * FACTOR\n"
        "def f(x): return scale(x) + 1\n"
        "FACTOR = {factor}\nprint(fingerprint(f), fingerprint(dict(s={{'b', 'a', 'c'}})))"
    )

    def printed(factor: int) -> str:
        run = subprocess.run(
            [sys.executable, "-c", code.format(factor=factor)], capture_output=True, text=True, check=True
        )
        return run.stdout

    assert printed(2) == printed(2)
    assert printed(2) != printed(3)
