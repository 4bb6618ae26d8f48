"""What a parameters cell declares."""

from __future__ import annotations

import pytest

from nbcellar.workflow.sources.parameters import read_parameters


@pytest.mark.parametrize(
    ("code", "declared"),
    [
        ("a, b = 1, 'x'", {"a": 1, "b": "x"}),
        ("a = b = 2", {"a": 2, "b": 2}),
        ("[a, b] = [1, None]", {"a": 1, "b": None}),
        ("a, (b, c) = 1, (2, [3])", {"a": 1, "b": 2, "c": [3]}),
        ("a, b = f()", {"a": ..., "b": ...}),
        ("a, *b = 1, 2, 3", {"a": ..., "b": ...}),
        ("a, b = *c, 1", {"a": ..., "b": ...}),
        ("a, b = 1, 2, 3", {"a": ..., "b": ...}),
        ("a, b[0], c.d = 1, 2, 3", {"a": 1}),
    ],
)
def test_each_name_that_is_assigned_is_a_parameter(code: str, declared: dict[str, object]) -> None:
    found = read_parameters(code)
    assert found is not None
    assert {each.name: each.default if each.literal else ... for each in found} == declared
    assert all(each.line == 1 for each in found)


def test_a_type_is_that_of_the_own_value() -> None:
    found = read_parameters("a, b = 1, 'x'  # both")
    assert found is not None
    assert [(str(each.type), each.annotated, each.help) for each in found] == [
        (str(read("a = 1")), False, "both"),
        (str(read("b = 'x'")), False, "both"),
    ]


def read(code: str) -> object:
    found = read_parameters(code)
    assert found is not None
    return found[0].type
