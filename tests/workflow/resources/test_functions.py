"""Functions as steps: what they get, what they give, and when they run again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.model import RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.runner import run_workflow
from tests.workflow.resources.functionkit import CHAIN, KIT, Write, again


def test_functions_pass_json_on(kit: Path, write_workflow: Write) -> None:
    run, statuses = again(write_workflow(CHAIN))
    assert statuses == {"load": "succeeded", "score": "succeeded"}
    assert run["load"].result == [0, 1, 2]
    assert run["score"].results == {"total": 3.0, "count": 3}


def test_a_step_that_failed_tells_its_error() -> None:
    wf = cellar.Workflow("failing")
    wf.function(lambda: 1 / 0, id="divide")
    step = wf.run().wait()["divide"]
    assert step.error == "ZeroDivisionError: division by zero"
    assert repr(step) == "<StepRun divide failed: ZeroDivisionError: division by zero>"


def test_a_function_without_a_name_of_its_own_is_called_something() -> None:
    workflow = cellar.Workflow("nameless")
    workflow.function(lambda: 1, id="step", emits=["a", "b"])
    assert workflow.run().wait()["step"].error.startswith("<lambda> emits a, b, and returned a int.")


def test_each_has_a_run_with_its_code_and_parameters(kit: Path, write_workflow: Write, project: Path) -> None:
    again(write_workflow(CHAIN))
    (recorded,) = Cellar.open(project).runs(RunQuery(kinds=(RunKind.FUNCTION,), name="chain-score"))
    assert recorded.params == {"data": [0, 1, 2]}
    assert recorded.code.startswith("def score(data, scale: float=1.0):")
    assert recorded.result == {"total": 3.0, "count": 3}
    assert recorded.status is RunStatus.SUCCEEDED


def test_an_unchanged_function_is_taken(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(CHAIN)
    again(path)
    run, statuses = again(path)
    assert statuses == {"load": "cached", "score": "cached"}
    assert run["score"].results == {"total": 3.0, "count": 3}
    assert "loopkit" not in sys.modules  # taking it imports nothing


def test_another_parameter_runs_it_and_what_is_behind_it(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(CHAIN)
    again(path)
    run, statuses = again(path, n=4)
    assert statuses == {"load": "succeeded", "score": "succeeded"}
    assert run["load"].reason == "n 3 → 4"


def test_changed_code_runs_it_and_a_comment_does_not(kit: Path, write_workflow: Write, write_module: Write) -> None:
    path = write_workflow(CHAIN)
    again(path)
    write_module(KIT.replace("* scale,", "* scale + 1,"))
    run, statuses = again(path)
    assert run["score"].reason == "the code of loopkit.score changed"
    assert run["score"].results["total"] == 4.0
    assert statuses["load"] == "succeeded"  # its module changed


def test_it_goes_through_a_list(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(
        """
        cellar: 1
        name: many
        steps:
          load: {function: loopkit.load, for_each: {n: [1, 2, 3]}}
          all: {function: loopkit.score, mapped_parameters: {data: {from: load.value}}}
        """
    )
    run = run_workflow(path)
    assert run["all"].outcome.error.startswith("TypeError")  # it got a list of lists
    assert [each.result for each in run["load"].runs] == [{"value": [0]}, {"value": [0, 1]}, {"value": [0, 1, 2]}]


def test_a_secret_is_seen_by_the_function_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("LAB_TOKEN", "swordfish-77")
    workflow = cellar.Workflow("secret")
    workflow.function(lambda token: token, id="one", token={"secret": "env:LAB_TOKEN"})
    workflow.function(lambda token: token, id="two", token={"secret": "env:LAB_TOKEN"}, cache=False)
    run = workflow.run().wait().check()
    assert run["one"].emitted["value"] == "swordfish-77"
    for path in (project / ".cellar").rglob("*"):
        assert not path.is_file() or b"swordfish" not in path.read_bytes(), path


def test_which_item_failed_is_said(project: Path) -> None:
    flow = cellar.Workflow("flow", folder=project)
    flow.function(lambda n: 1 / n, id="inverse", for_each={"n": [1, 0, 2]})
    run = flow.run().wait()
    assert run["inverse"].error == "[n=0] ZeroDivisionError: division by zero"


def test_a_node_resource_that_cannot_be_made_is_named_in_the_steps_line(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(
        """
        cellar: 1
        name: node
        resources: [{id: numbers, type: loopkit.load, scope: node, params: [many]}]
        steps: {use: {function: loopkit.score, use: {data: numbers}}}
        """
    )
    error = run_workflow(path)["use"].error
    assert error.startswith("TypeError: 'str' object") and "while the resource 'numbers' was made" in error
