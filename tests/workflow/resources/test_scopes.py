"""What noob's assets do in its nodes, resources do in function steps: the same values, pass after pass."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.workflow.documents.document import ParameterDeclaration


class Counter:
    """Counts how often it was used, and says how many there were before it."""

    made = itertools.count()

    def __init__(self, start: int = 0) -> None:
        self.value = start
        self.number = next(Counter.made)


def count(counter: Counter) -> int:
    counter.value += 1
    return counter.value


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def counted_twice(scope: str, **resource: object) -> cellar.Workflow:
    """Two steps, one after the other, that count with one resource."""
    workflow = cellar.Workflow("loop", resources=[cellar.Resource(id="counter", type=Counter, scope=scope, **resource)])
    first = workflow.function(count, id="first", use=["counter"])
    workflow.function(count, id="second", use=["counter"], needs=[first])
    return workflow


def values(workflow: cellar.Workflow, passes: int) -> list[tuple[object, object]]:
    with cellar.Runner(workflow) as runner:
        return [(run["first"].result, run["second"].result) for run in runner.iter(passes)]


def test_a_runner_resource_lives_through_all_passes() -> None:
    assert values(counted_twice("runner"), 3) == [(1, 2), (3, 4), (5, 6)]


def test_a_process_resource_is_new_for_each_pass() -> None:
    assert values(counted_twice("process"), 3) == [(1, 2), (1, 2), (1, 2)]


def test_a_node_resource_is_new_for_each_call() -> None:
    workflow = counted_twice("node")
    with cellar.Runner(workflow, force=True) as runner:
        assert [(run["first"].result, run["second"].result) for run in runner.iter(2)] == [(1, 1), (1, 1)]


def test_a_node_resource_is_made_only_for_those_that_name_it() -> None:
    made: list[str] = []

    def opened(name: str) -> Iterator[str]:
        made.append(name)
        yield name

    resources = [cellar.Resource(id=name, type=opened, scope="node", params=[name]) for name in ("one", "two")]
    workflow = cellar.Workflow("loop", resources=resources)
    workflow.function(lambda one: one, id="first", use=["one"], cache=False)
    workflow.function(lambda: None, id="second", cache=False)
    workflow.run().wait().check()
    assert made == ["one"]


def test_a_run_without_a_runner_is_one_pass_of_one() -> None:
    workflow = counted_twice("runner")
    assert [workflow.run().wait()["second"].result for _ in range(2)] == [2, 2]


def test_parameters_stand_in_those_of_resources() -> None:
    workflow = cellar.Workflow(
        "loop",
        parameters={"start": 10},
        resources=[
            cellar.Resource(id="counter", type=Counter, scope="process", params={"start": "${parameters.start}"})
        ],
    )
    workflow.function(count, use=["counter"])
    with cellar.Runner(workflow) as runner:
        assert [runner.process()["count"].result, runner.process(start=20)["count"].result] == [11, 21]


def test_a_runner_resource_needs_its_parameters_before_any_pass() -> None:
    workflow = cellar.Workflow(
        "loop",
        parameters={"start": ParameterDeclaration("start", "int", required=True)},
        resources=[cellar.Resource(id="counter", type=Counter, scope="runner", params=["${parameters.start}"])],
    )
    workflow.function(count, use=["counter"])
    with pytest.raises(cellar.UsageError, match="is made before any pass, and needs the parameter 'start'"):
        cellar.Runner(workflow).init()
    with cellar.Runner(workflow, {"start": 5}) as runner:
        assert runner.process()["count"].result == 6


def test_an_argument_may_have_another_name_than_the_resource() -> None:
    workflow = cellar.Workflow("loop", resources=[cellar.Resource(id="hist", type=Counter, scope="node")])
    workflow.function(count, use={"counter": "hist"})
    assert workflow.run().wait()["count"].result == 1
