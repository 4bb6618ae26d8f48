"""Runners: states, passes, inputs, and what cannot be meant."""

from __future__ import annotations

import gc
import itertools
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import ConflictError, InvalidWorkflow, RunError, UsageError
from nbcellar.model import RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.documents.document import ParameterDeclaration
from nbcellar.workflow.views.events import Event, StepFinished, WorkflowFinished, WorkflowStarted


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def workflow(function: Callable[..., object] = lambda n: 2 * n, *, required: bool = False) -> cellar.Workflow:
    made = cellar.Workflow("loop", parameters={"n": ParameterDeclaration("n", "int", 1, required)})
    made.function(function, id="step", n=made.p.n, cache=False)
    return made


def test_its_states_are_those_of_noob() -> None:
    states = []
    runner = cellar.Runner(workflow(lambda n: states.append(runner.state)))
    states.append(runner.state)
    runner.init()
    states.append(runner.state)
    runner.process()
    runner.deinit()
    states.append(runner.state)
    assert [state.value for state in states] == ["fresh", "inited", "running", "deinited"]


def test_a_pass_begins_the_runner_where_nobody_has() -> None:
    runner = cellar.Runner(workflow())
    assert runner.process(n=4)["step"].result == 8
    assert runner.state.value == "inited"
    runner.deinit()


def test_each_pass_is_a_run_of_the_workflow(project: Path) -> None:
    with cellar.Runner(workflow()) as runner:
        runs = runner.run(3)
    assert [run.ref for run in runs] == ["loop@1", "loop@2", "loop@3"]
    recorded = Cellar.open(project).runs(RunQuery(kinds=(RunKind.WORKFLOW,)))
    assert {run.status for run in recorded} == {RunStatus.SUCCEEDED}
    assert recorded[0].detail["steps"]["step"]["values"] == [{"value": 2}]  # type: ignore[index,call-overload]


def test_a_live_step_has_no_run_of_its_own(project: Path) -> None:
    with cellar.Runner(workflow()) as runner:
        runner.run(2)
    assert Cellar.open(project).runs(RunQuery(kinds=(RunKind.FUNCTION,))) == []


def test_inputs_of_a_pass_go_before_those_of_the_runner() -> None:
    with cellar.Runner(workflow(), {"n": 5}) as runner:
        assert [runner.process()["step"].result, runner.process(n=7)["step"].result] == [10, 14]


def test_iter_makes_a_pass_when_it_is_asked() -> None:
    with cellar.Runner(workflow()) as runner:
        passes = runner.iter()
        assert runner.epoch == 0
        assert [run["step"].result for run in itertools.islice(passes, 2)] == [2, 2]
        assert runner.epoch == 2


def test_required_inputs_must_be_given_with_the_pass() -> None:
    with cellar.Runner(workflow(required=True)) as runner:
        with pytest.raises(InvalidWorkflow, match="it has no default and no value was given"):
            runner.run(2)
        assert runner.process(n=3)["step"].result == 6
        assert [run["step"].result for run in runner.run(2, n=4)] == [8, 8]


@pytest.mark.parametrize(
    ("inputs", "message"), [({"m": 1}, "has no parameter 'm'"), ({"n": "x"}, "it expects int, and 'x' is str")]
)
def test_bad_inputs_start_nothing(project: Path, inputs: dict[str, object], message: str) -> None:
    with cellar.Runner(workflow()) as runner, pytest.raises(InvalidWorkflow, match=message):
        runner.process(**inputs)  # type: ignore[arg-type]
    assert not Cellar.open(project).exists


def test_a_failed_pass_is_told_and_the_runner_goes_on() -> None:
    def step(n: int) -> int:
        return 1 // n

    with cellar.Runner(workflow(step)) as runner:
        failed = runner.process(n=0)
        assert failed.status is RunStatus.FAILED
        assert failed["step"].outcome.error == "ZeroDivisionError: integer division or modulo by zero"
        assert runner.process(n=1)["step"].result == 1


def test_run_ends_at_the_first_failed_pass_with_what_was_raised() -> None:
    passes = itertools.count()

    def step(n: int) -> None:
        if next(passes) == 1:
            raise ValueError("the second")

    with cellar.Runner(workflow(step)) as runner:
        with pytest.raises(RunError, match="loop@2 failed: step: ValueError: the second") as raised:
            runner.run(5)
        assert isinstance(raised.value.__cause__, ValueError)
        assert runner.epoch == 2


def test_listeners_hear_of_every_pass() -> None:
    events: list[Event] = []
    with cellar.Runner(workflow(), listener=events.append) as runner:
        runner.run(2)
    kinds = [type(event) for event in events if not isinstance(event, StepFinished)]
    assert kinds.count(WorkflowStarted) == kinds.count(WorkflowFinished) == 2
    assert sum(isinstance(event, StepFinished) for event in events) == 2


def test_cancelling_ends_the_pass_under_way_and_not_the_next() -> None:
    begun, loops = threading.Event(), [True]

    def step(n: int) -> str:
        begun.set()
        while loops[0]:
            pass
        return "done"

    with cellar.Runner(workflow(step)) as runner:
        canceller = threading.Thread(target=lambda: (begun.wait(60), runner.cancel()))
        canceller.start()
        cancelled = runner.process()
        canceller.join()
        assert cancelled.status is RunStatus.INTERRUPTED
        loops[0] = False
        assert runner.process()["step"].result == "done"


def test_one_pass_at_a_time() -> None:
    def step(n: int) -> str:
        try:
            runner.process()
        except ConflictError as error:
            return str(error)
        return "two at once"

    with cellar.Runner(workflow(step)) as runner:
        assert runner.process()["step"].result == "A pass is under way. One runner makes one pass at a time."


def test_a_closed_runner_makes_no_pass_until_it_is_opened_again() -> None:
    with cellar.Runner(workflow()) as runner:
        runner.process()
    with pytest.raises(ConflictError, match="This runner is closed"):
        runner.process()
    runner.init()
    assert runner.process()["step"].result == 2
    runner.deinit()
    runner.deinit()  # a second time is nothing


def test_passes_cannot_be_negative() -> None:
    with cellar.Runner(workflow()) as runner:
        assert runner.run(0) == []
        with pytest.raises(UsageError, match="-1 passes cannot be made"):
            runner.run(-1)


def test_a_runner_that_is_forgotten_warns_for_its_resources() -> None:
    made = cellar.Workflow("loop", resources=[cellar.Resource("hist", dict, scope="runner")])
    made.function(lambda hist: 1, id="step", use=["hist"])
    runner = cellar.Runner(made)
    runner.process()
    with pytest.warns(ResourceWarning, match="'hist' was forgotten"):
        del runner
        gc.collect()


def test_a_runner_that_is_closed_warns_nobody() -> None:
    made = cellar.Workflow("loop", resources=[cellar.Resource("hist", list, scope="runner", params=[[1]])])
    made.function(lambda hist: 1, id="step", use=["hist"])
    with cellar.Runner(made) as runner:
        runner.process()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del runner
        gc.collect()


def test_its_repr_says_how_far_it_is() -> None:
    runner = cellar.Runner(workflow())
    assert repr(runner) == "<Runner loop, fresh: 0 passes>"
    runner.process()
    runner.deinit()
    assert repr(runner) == "<Runner loop, deinited: 1 pass>"


def test_a_cacheable_step_is_taken_in_the_second_pass(project: Path) -> None:
    made = cellar.Workflow("loop")
    made.function(square, id="step", n=3)
    with cellar.Runner(made) as runner:
        first, second = runner.run(2)
    assert (first["step"].status, second["step"].status) == (RunStatus.SUCCEEDED, RunStatus.CACHED)
    assert second["step"].result == 9


def square(n: int) -> int:
    return n * n
