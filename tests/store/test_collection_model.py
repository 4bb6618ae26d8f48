"""The collection scheme searched exhaustively: safe in every state, and each of its rules is needed."""

from __future__ import annotations

import pytest

from tests.conftest import Counted

from .collection_model import RULES, Model, search


def test_the_scheme_is_safe_in_every_state_within_small_bounds(counted: Counted) -> None:
    found = search(Model(packs=3, assets=2, collectors=1))
    assert found.lost == ()
    assert found.states > 5_000
    counted("states of the collection scheme, all safe", found.states)


@pytest.mark.long
def test_the_scheme_is_safe_in_every_state(counted: Counted) -> None:
    found = search(Model())
    assert found.lost == ()
    assert found.states > 1_000_000
    counted("states of the collection scheme, all safe", found.states)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_leaving_out_a_rule_loses_something_within_a_few_steps(rule: str, counted: Counted) -> None:
    found = search(Model(rules=RULES - {rule}, packs=3))
    assert found.lost, f"nothing notices that {rule} is missing ({found.states:,} states)"
    assert len(found.lost) < 12, found.lost
    counted(f"steps lose something where the collection scheme is without {rule}", len(found.lost))
