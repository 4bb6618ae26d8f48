"""``when:`` expressions: what they mean, and what they may not hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbcellar.errors import RunError, UsageError
from nbcellar.workflow.documents.conditions import Condition, holds, references
from nbcellar.workflow.documents.mapped import RawMappedParameter

VALUES = {
    "parameters.year": 2024,
    "parameters.mode": "full",
    "parameters.none": None,
    "steps.clean.tidy": {"rows": 3, "names": ["a", "b"], "steps": {"x": 1}},
    "steps.sub.fit.n": 7,
}


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("parameters.year > 2020", True),
        ("${parameters.year} > 2024", False),
        ("2020 < parameters.year <= 2024", True),
        ("2020 < parameters.year < 2024", False),
        ("parameters.mode == 'full' and parameters.year != 1", True),
        ("parameters.mode in ['fast', 'full']", True),
        ("'z' not in steps.clean.tidy.names", True),
        ("'rows' in steps.clean.tidy", True),
        ("'ul' in parameters.mode", True),
        ("steps.clean.tidy.rows >= 3 or false", True),
        ("steps.clean.tidy['names'][-1] == 'b'", True),
        ("steps.clean.tidy.steps.x == 1", True),
        ("not steps.clean.tidy.names", False),
        ("steps['sub.fit'].n == 7", True),
        ("parameters.none == null", True),
        ("parameters.none == None", True),
        ("parameters.year > -1", True),
        ("parameters.mode < 'g'", True),
        ("true", True),
        ("False", False),
    ],
)
def test_a_condition_means_what_it_says(text: str, true: bool) -> None:
    assert holds(Condition(text), VALUES) is true


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "parameters.year.__class__()",
        "(lambda: 1)()",
        "[x for x in parameters.list]",
        "open",
        "os.environ",
        "parameters",
        "parameters.year + 1",
        "2 ** 99999999",
        "f'{parameters.year}'",
        "parameters.year is None",
        "parameters[parameters.year]",
        "b'x' == parameters.mode",
        "1j == 1",
        "a := 1",
        "{1: 2}",
        "import os",
        "",
        "parameters.year >",
        "(" * 300 + ")" * 300,
        "not " * 100 + "true",
        "1 == 1 and " * 200 + "true",
        "${os.environ}",
    ],
)
def test_nothing_else_is_let_in(text: str) -> None:
    with pytest.raises(UsageError):
        references(Condition(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parameters.mode > 3", "'full' and 3 have no order"),
        ("1 in parameters.year", "nothing can be in 2024"),
        ("steps.clean.tidy.row == 3", "has no 'row'; it has 'rows'"),
        ("steps.clean.tidy.names[5] == 'a'", "a list of 2, which has no '5'"),
        ("-parameters.mode == 1", "'full' has no negative"),
    ],
)
def test_what_is_not_there_is_named(text: str, message: str) -> None:
    with pytest.raises(RunError, match=message):
        holds(Condition(text), VALUES)


def test_references_are_mappings_and_templates_and_may_be_bound_to_others() -> None:
    condition = Condition("parameters.a == steps.clean.n", {"parameters.a": RawMappedParameter("x", "y")})
    assert references(condition) == {
        "parameters.a": RawMappedParameter("x", "y"),
        "steps.clean.n": RawMappedParameter("clean", "n"),
    }


VOCABULARY = "parameters.a steps.b.c and or not in == < ( ) [ ] , 'x' 1 .__class__ lambda :"
WORDS = st.lists(st.sampled_from(VOCABULARY.split(" ")), max_size=12).map(" ".join)


@given(WORDS | st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_or_has_a_value(text: str) -> None:
    try:
        found = references(Condition(text))
    except UsageError:
        return
    try:
        assert holds(Condition(text), dict.fromkeys(found, 1)) in (True, False)
    except RunError as error:
        assert error.message
