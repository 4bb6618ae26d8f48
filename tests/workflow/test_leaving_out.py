"""Steps that a condition leaves out, and what is told where a run failed: with functions, so without a kernel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.model import RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs import failurecommand
from nbcellar.workflow.runs.history import find_run, workflow_status
from nbcellar.workflow.runs.planning import Action, plan_workflow
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.views.events import Event, FailureTold, StepSkipped
from nbcellar.workflow.views.progress import line

Write = Callable[..., Path]

KIT = """
def count(n): return {"rows": n, "names": ["a"] * n}
def same(x): return x
def fail(): raise ValueError("it's wrong; $HOME")
"""
FLOW = """
    cellar: 1
    name: flow
    parameters: {n: 3, mode: fast}
    steps:
      count: {function: leavekit.count, emits: [value], parameters: {n: "${parameters.n}"}}
      small: {function: leavekit.same, parameters: {x: 1}, when: steps.count.value.rows < 10}
      large:
        function: leavekit.same
        parameters: {x: 2}
        when: [steps.count.value.rows >= 10, parameters.mode != 'off']
      takes: {function: leavekit.same, mapped_parameters: {x: {from: large.value}}}
      joins: {function: leavekit.same, parameters: {x: 3}, needs: [small, large, takes]}
"""


@pytest.fixture
def flow(project: Path, write_workflow: Write) -> Path:
    (project / "leavekit.py").write_text(KIT)
    return write_workflow(FLOW)


def test_what_takes_from_a_step_that_was_left_out_is_left_out_too_and_what_needs_it_runs(
    flow: Path, project: Path
) -> None:
    events: list[Event] = []
    run = run_workflow(flow, listener=events.append)
    assert run.succeeded
    assert {name: step.status for name, step in run.steps.items()} == {
        "count": RunStatus.SUCCEEDED,
        "small": RunStatus.SUCCEEDED,
        "large": RunStatus.SKIPPED,
        "takes": RunStatus.SKIPPED,
        "joins": RunStatus.SUCCEEDED,
    }
    assert run.steps["large"].reason == "not when: steps.count.value.rows >= 10"
    assert run.steps["takes"].reason == "large was left out"
    told = [event for event in events if isinstance(event, StepSkipped)]
    assert [event.step for event in told] == ["large", "takes"]
    store = Cellar.open(project)
    recorded = workflow_status(store, find_run(store)).steps
    assert {step.outcome.step: step.outcome.reason for step in recorded}["takes"] == "large was left out"

    planned = {step.step: step.action for step in plan_workflow(flow).steps}
    assert planned["large"] == planned["takes"] == Action.SKIP
    assert planned["count"] == Action.TAKE

    again = run_workflow(flow, {"n": 20})
    assert again.steps["small"].status is RunStatus.SKIPPED
    assert again.steps["takes"].done
    assert run_workflow(flow, {"n": 20, "mode": "off"}).steps["large"].reason == "not when: parameters.mode != 'off'"


def test_a_condition_that_cannot_be_decided_fails_its_step_and_says_why(
    project: Path, flow: Path, write_workflow: Write
) -> None:
    path = write_workflow(FLOW.replace("value.rows < 10", "value.row < 10").replace("value.rows >= 10", "value > 1"))
    run = run_workflow(path)
    assert run.status is RunStatus.FAILED
    assert "steps.count.value.row < 10: the value has no 'row'; it has 'rows', 'names'." in run.steps["small"].error
    assert "have no order" in run.steps["large"].error
    assert run.steps["small"].reason == "when: steps.count.value.row < 10"
    assert run.steps["large"].reason.startswith("when: ")
    assert run.steps["joins"].status is RunStatus.SKIPPED


def failing(project: Path, command: str) -> cellar.Workflow:
    (project / "leavekit.py").write_text(KIT)
    flow = cellar.Workflow("broken", folder=project, on_failure=command)
    flow.function("leavekit.fail")
    return flow


def test_a_failure_is_told_by_a_command_that_no_value_becomes_part_of(project: Path) -> None:
    command = 'printf "%s|%s|%s" "$NBCELLAR_RUN_REF" "$NBCELLAR_WORKFLOW" "$NBCELLAR_ERROR" > told.txt'
    events: list[Event] = []
    failing(project, command).run(listener=events.append).wait()
    assert (project / "told.txt").read_text() == "broken@1|broken|fail: ValueError: it's wrong; $HOME"
    (told,) = [event for event in events if isinstance(event, FailureTold)]
    assert line(told) == f"on_failure: {command}"


def test_nothing_is_told_of_a_success(project: Path, flow: Path, write_workflow: Write) -> None:
    run = run_workflow(write_workflow(FLOW.rstrip() + "\n    on_failure: touch told.txt\n"))
    assert run.succeeded
    assert not (project / "told.txt").exists()


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("echo no mail >&2; exit 3", "exit code 3: no mail"),
        ("no-such-command-here", "exit code 127"),
        ("sleep 600 & wait", "it took longer than"),
        ("kill -9 $$", "exit code -9"),
    ],
)
def test_a_command_that_goes_wrong_is_said_and_changes_nothing_else(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str, problem: str
) -> None:
    if "longer" in problem:
        monkeypatch.setattr(failurecommand, "TIMEOUT_S", 0.2)
    events: list[Event] = []
    run = failing(project, command).run(listener=events.append).wait()
    assert run.status is RunStatus.FAILED
    (told,) = [event for event in events if isinstance(event, FailureTold)]
    assert told.problem.startswith(problem)
    assert "did not succeed" in (line(told) or "")
