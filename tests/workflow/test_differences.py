"""Why a step runs again, in words: what differs is shown, also in long values."""

from __future__ import annotations

import pytest

from nbcellar.model import JSON
from nbcellar.workflow.freshness.stepkey import differences


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (1, 2, "x 1 → 2"),
        ([1], [1, 2], "x [1] → [1, 2]"),
        ([7] * 40, [7] * 41, "the number of x 40 → 41"),
        ([{"a": 1}] * 30, [*([{"a": 1}] * 29), {"a": 2}], "x[29] {'a': 1} → {'a': 2}"),
        ({"a": "z" * 90, "b": 1}, {"a": "z" * 90, "b": 2}, "x['b'] 1 → 2"),
        ("y" * 100 + "1", "y" * 100 + "2", "x '…yyyyyyyyyy1' → '…yyyyyyyyyy2'"),
        ({"a": ["y" * 90, "y" * 91]}, {"a": ["y" * 90, "y" * 92]}, "x['a'][1] '…yyyyyyyyyy' → '…yyyyyyyyyyy'"),
    ],
)
def test_what_differs_is_what_is_shown(old: JSON, new: JSON, words: str) -> None:
    said = differences({"parameters": {"x": old}}, {"parameters": {"x": new}})
    assert said == [words]
