"""What a runner's resource depends on: the value that a step emits is what the next pass gets."""

from __future__ import annotations

from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.model import RunStatus


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def add(hist: list[int], data: int) -> list[int]:
    hist.append(data)
    return hist


def total(hist: list[int]) -> int:
    hist.append(1000)  # a later step changes its own object, not what is stored
    return sum(hist)


def stored(*, taken: bool) -> cellar.Workflow:
    """``update`` emits the list, which the next pass gets; ``after`` takes it and changes it."""
    workflow = cellar.Workflow(
        "loop",
        parameters={"data": 1},
        resources=[cellar.Resource(id="hist", type=list, scope="runner", depends="update.hist")],
    )
    update = workflow.function(add, id="update", use=["hist"], emits=["hist"], data=workflow.p.data)
    if taken:
        workflow.function(total, id="after", hist=cellar.object(update, "hist"))
    return workflow


def test_depends_carries_a_copy_to_the_next_pass() -> None:
    with cellar.Runner(stored(taken=True)) as runner:
        found = [run["after"].result for run in runner.iter(3)]
    assert found == [1001, 1002, 1003]  # 1, 1+1, 1+1+1, each with its own 1000


def test_depends_does_not_copy_what_nobody_else_takes() -> None:
    with cellar.Runner(stored(taken=False)) as runner:
        first, second = (run["update"].emitted["hist"] for run in runner.iter(2))
    assert first is second


def test_depends_copies_what_another_step_takes() -> None:
    with cellar.Runner(stored(taken=True)) as runner:
        first, second = (run["update"].emitted["hist"] for run in runner.iter(2))
    assert first is not second


def test_several_resources_may_hold_one_value() -> None:
    workflow = cellar.Workflow(
        "loop",
        resources=[
            cellar.Resource(id="a", type=list, scope="runner", depends="update.value"),
            cellar.Resource(id="b", type=list, scope="runner", depends="update.value"),
        ],
    )
    workflow.function(lambda a, b: [*a, *b, 1], id="update", use=["a", "b"])
    with cellar.Runner(workflow) as runner:
        assert [len(run["update"].emitted["value"]) for run in runner.iter(3)] == [1, 3, 7]  # type: ignore[arg-type]


def test_one_step_may_change_several_resources() -> None:
    def swap(a: list[int], b: list[int]) -> dict[str, object]:
        return {"a": [*b, 1], "b": [*a, 2]}

    workflow = cellar.Workflow(
        "loop",
        resources=[
            cellar.Resource(id="a", type=list, scope="runner", depends="swap.a"),
            cellar.Resource(id="b", type=list, scope="runner", depends="swap.b"),
        ],
    )
    workflow.function(swap, use=["a", "b"], emits=["a", "b"])
    with cellar.Runner(workflow) as runner:
        found = [run["swap"].emitted for run in runner.iter(3)]
    assert found == [{"a": [1], "b": [2]}, {"a": [2, 1], "b": [1, 2]}, {"a": [1, 2, 1], "b": [2, 1, 2]}]


def test_what_a_failed_step_would_emit_is_not_held() -> None:
    def update(hist: list[int], fails: bool) -> list[int]:
        if fails:
            raise ValueError("no data")
        return [*hist, 1]

    workflow = cellar.Workflow(
        "loop",
        parameters={"fails": False},
        resources=[cellar.Resource(id="hist", type=list, scope="runner", depends="update.value")],
    )
    workflow.function(update, use=["hist"], fails=workflow.p.fails)
    with cellar.Runner(workflow) as runner:
        runner.process()
        failed = runner.process(fails=True)
        last = runner.process()
    assert failed.status is RunStatus.FAILED
    assert last["update"].emitted["value"] == [1, 1]


def test_a_value_that_cannot_be_copied_fails_its_step() -> None:
    workflow = cellar.Workflow(
        "loop", resources=[cellar.Resource(id="gen", type=list, scope="runner", depends="update.value")]
    )
    update = workflow.function(lambda gen: (n for n in (1, 2)), id="update", use=["gen"])
    workflow.function(lambda gen: list(gen), id="after", gen=cellar.object(update, "value"))
    run = workflow.run().wait()
    assert run["update"].status is RunStatus.FAILED
    assert "cannot be copied" in run["update"].outcome.error
    assert run["after"].status is RunStatus.SKIPPED
