from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from nbcellar.errors import EncodingError
from nbcellar.tasks.context.results import LIMIT_BYTES, Result, as_json, result_of


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (3, 3),
        (None, None),
        ("x", "x"),
        ((1, [2.5, True]), [1, [2.5, True]]),
        ({"a": {"b": None}}, {"a": {"b": None}}),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.array(7), 7),
        ({"n": np.int8(1)}, {"n": 1}),
    ],
)
def test_json_and_numpy_scalars_are_results(value: object, plain: object) -> None:
    assert as_json(value) == plain
    assert result_of(value) == Result(plain, "")


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        np.float64("nan"),
        [np.float32("inf")],
        {1: "a"},
        {"a": {2: 3}},
        {"a"},
        b"bytes",
        np.arange(3),
        pd.DataFrame({"a": [1]}),
        object(),
        "x" * (LIMIT_BYTES + 1),
        ["y" * 1000] * 100,
        list(range(10**6)),
    ],
)
def test_everything_else_is_null_with_words(value: object) -> None:
    with pytest.raises(EncodingError):
        as_json(value)
    result = result_of(value)
    assert result.value is None
    assert type(value).__name__ in result.words
    assert len(result.words) <= 300


def test_a_value_whose_repr_raises_is_still_recorded() -> None:
    class Awkward:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert "Awkward" in result_of(Awkward()).words


def test_a_list_in_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(EncodingError):
        as_json(loop)
