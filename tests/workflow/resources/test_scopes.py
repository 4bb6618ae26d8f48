"""What noob's assets do in its nodes, resources do in function steps: the same values, pass after pass."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import ResourceError
from nbcellar.model import RunStatus
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


def test_a_shared_resource_is_used_by_one_step_at_a_time() -> None:
    class Alone:
        inside = 0
        most = 0

    def use(alone: Alone, n: int) -> None:
        alone.inside += 1
        alone.most = max(alone.most, alone.inside)
        for _ in range(1000):
            pass
        alone.inside -= 1

    shared = Alone()
    workflow = cellar.Workflow("loop", resources=[cellar.Resource(id="alone", type=lambda: shared, scope="process")])
    workflow.function(use, use=["alone"], for_each={"n": list(range(50))})
    workflow.run(jobs=4).wait().check()
    assert shared.most == 1


def test_a_generator_gets_the_error_of_the_step(project: Path) -> None:
    said: list[str] = []

    def opened(name: str) -> Iterator[str]:
        said.append(f"+{name}")
        try:
            yield name
        except BaseException as error:
            said.append(f"{name}: {error}")
            raise
        finally:
            said.append(f"-{name}")

    def fail(node: str, process: str, runner: str) -> None:
        raise ValueError("wrong")

    scopes = ("runner", "process", "node")
    workflow = cellar.Workflow(
        "loop", resources=[cellar.Resource(id=name, type=opened, scope=name, params=[name]) for name in scopes]
    )
    workflow.function(fail, use=scopes)
    run = workflow.run().wait()
    assert run["fail"].outcome.error == "ValueError: wrong"
    assert said == [
        *("+runner", "+process", "+node"),
        *("node: wrong", "-node", "process: wrong", "-process", "runner: wrong", "-runner"),
    ]


def test_the_end_of_the_block_is_the_end_of_the_runner() -> None:
    said: list[object] = []

    def opened() -> Iterator[int]:
        try:
            yield 1
        except KeyError as error:
            said.append(error.args[0])
            raise

    workflow = cellar.Workflow("loop", resources=[cellar.Resource(id="one", type=opened, scope="runner")])
    workflow.function(lambda one: one, id="use", use=["one"])
    with pytest.raises(KeyError), cellar.Runner(workflow) as runner:
        runner.process()
        raise KeyError("mine")
    assert said == ["mine"]


def failing(*, opens: bool = True) -> Callable[[], Iterator[int]]:
    def opened() -> Iterator[int]:
        if not opens:
            raise OSError("no route")
        yield 1
        raise OSError("does not close")

    return opened


def test_a_resource_that_cannot_be_made_runs_no_step_and_says_which() -> None:
    workflow = cellar.Workflow(
        "loop", resources=[cellar.Resource(id="client", type=failing(opens=False), scope="process")]
    )
    workflow.function(lambda client: client, id="use", use=["client"])
    run = workflow.run().wait()
    assert run.status is RunStatus.FAILED
    assert run["use"].status is RunStatus.SKIPPED
    assert "no route" in run.run.error
    assert "'client'" in run.run.error
    with pytest.raises(cellar.RunError) as raised:
        run.check()
    assert isinstance(raised.value.__cause__, ResourceError)


def test_a_resource_that_cannot_be_closed_fails_the_pass_and_closes_the_others() -> None:
    said: list[str] = []

    def other() -> Iterator[int]:
        yield 1
        said.append("closed")

    workflow = cellar.Workflow(
        "loop",
        resources=[
            cellar.Resource(id="other", type=other, scope="process"),
            cellar.Resource(id="client", type=failing(), scope="process"),
        ],
    )
    workflow.function(lambda client, other: client, id="use", use=["client", "other"])
    run = workflow.run().wait()
    assert run.status is RunStatus.FAILED
    assert run["use"].status is RunStatus.SUCCEEDED
    assert "'client' (OSError: does not close) could not be closed" in run.run.error
    assert said == ["closed"]


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
