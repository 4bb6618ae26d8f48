"""Steps become ready when all that they wait for is done."""

from __future__ import annotations

from nbcellar.workflow.runs.frontier import Frontier


def test_steps_that_need_nothing_are_ready_in_the_order_of_the_document() -> None:
    frontier = Frontier({"c": frozenset(), "a": frozenset(), "b": frozenset({"a"})})
    assert list(frontier.ready) == ["c", "a"]


def test_a_step_is_ready_when_the_last_of_its_needs_is_done() -> None:
    needs = {"a": frozenset[str](), "b": frozenset[str](), "c": frozenset({"a", "b"}), "d": frozenset({"c", "a"})}
    frontier = Frontier(needs)
    frontier.ready.clear()
    frontier.done("a")
    assert not frontier.ready
    frontier.done("b")
    assert list(frontier.ready) == ["c"]
    frontier.done("c")
    assert list(frontier.ready) == ["c", "d"]


def test_what_waits_for_a_step_that_is_never_done_is_never_ready() -> None:
    frontier = Frontier({"a": frozenset(), "b": frozenset({"a"}), "c": frozenset({"b"})})
    frontier.ready.clear()
    frontier.done("c")
    assert not frontier.ready
