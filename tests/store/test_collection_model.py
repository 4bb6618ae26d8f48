"""The collection scheme searched exhaustively: safe in every state, and each of its rules is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .collection_model import RULES, Model, search


def test_the_scheme_is_safe_in_every_state_within_small_bounds(record_property: Callable[[str, object], None]) -> None:
    found = search(Model(packs=3, assets=2, collectors=1))
    assert found.lost == ()
    assert found.states > 5_000
    record_property("states", found.states)
    print(f"safe in all {found.states:,} states")


@pytest.mark.long
def test_the_scheme_is_safe_in_every_state(record_property: Callable[[str, object], None]) -> None:
    found = search(Model())
    assert found.lost == ()
    assert found.states > 1_000_000
    record_property("states", found.states)
    print(f"safe in all {found.states:,} states")


@pytest.mark.parametrize("rule", sorted(RULES))
def test_leaving_out_a_rule_loses_something_within_a_few_steps(rule: str) -> None:
    found = search(Model(rules=RULES - {rule}, packs=3))
    assert found.lost, f"nothing notices that {rule} is missing ({found.states:,} states)"
    assert len(found.lost) < 12, found.lost
    print(f"without {rule}: " + " · ".join(found.lost))
