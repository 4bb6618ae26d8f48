"""How resources are closed: in reverse, to the last one, with what ended their scope."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import ResourceError
from nbcellar.model import RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.history import find_run, workflow_status
from nbcellar.workflow.runs.runner import run_workflow


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


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


def ends(how: BaseException) -> Callable[[], Iterator[int]]:
    def opened() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise how

    return opened


@pytest.mark.parametrize("scope", ["runner", "process", "node"])
def test_a_resource_that_exits_when_it_is_closed_is_one_that_cannot_be_closed(scope: str) -> None:
    said: list[str] = []

    def other() -> Iterator[int]:
        yield 1
        said.append("closed")

    workflow = cellar.Workflow(
        "loop",
        resources=[
            cellar.Resource(id="other", type=other, scope=scope),
            cellar.Resource(id="client", type=ends(SystemExit(3)), scope=scope),
        ],
    )
    workflow.function(lambda client, other: client, id="use", use=["client", "other"])
    run = workflow.run().wait()
    assert run.status is RunStatus.FAILED
    assert "'client' (SystemExit: 3) could not be closed. All others are closed." in run.run.error
    assert said == ["closed"]


def test_a_step_failed_with_its_own_error_also_where_what_it_used_exits() -> None:
    def fail(client: int) -> None:
        raise ValueError("wrong")

    workflow = cellar.Workflow("loop", resources=[cellar.Resource(id="client", type=ends(SystemExit(3)), scope="node")])
    workflow.function(fail, use=["client"])
    error = workflow.run().wait()["fail"].error
    assert error.startswith("ValueError: wrong. The resource 'client' (SystemExit: 3) could not be closed.")


def interrupted_when(what: str) -> Iterator[int]:
    if what == "made":
        raise KeyboardInterrupt
    yield 1
    if what == "closed":
        raise KeyboardInterrupt


@pytest.mark.parametrize("scope", ["runner", "process"])
@pytest.mark.parametrize(("what", "step"), [("made", RunStatus.SKIPPED), ("closed", RunStatus.SUCCEEDED)])
def test_an_interrupt_while_no_step_runs_is_on_record(scope: str, what: str, step: RunStatus, project: Path) -> None:
    workflow = cellar.Workflow(
        "loop", resources=[cellar.Resource(id="one", type=interrupted_when, scope=scope, params=[what])]
    )
    workflow.function(lambda one: one, id="use", use=["one"])
    with pytest.raises(KeyboardInterrupt):
        run_workflow(workflow.source)
    store = Cellar.open(project)
    run = find_run(store)
    assert run.status is RunStatus.INTERRUPTED
    assert [each.outcome.status for each in workflow_status(store, run).steps] == [step]


@pytest.mark.parametrize("scope", ["runner", "process"])
def test_an_interrupt_stays_one_where_a_resource_cannot_be_closed(scope: str, project: Path) -> None:
    def use(client: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            pass

    workflow = cellar.Workflow(
        "loop", resources=[cellar.Resource(id="client", type=ends(OSError("stuck")), scope=scope)]
    )
    workflow.function(use, use=["client"])
    with pytest.raises(KeyboardInterrupt):
        run_workflow(workflow.source)
    run = find_run(Cellar.open(project))
    assert run.status is RunStatus.INTERRUPTED
    assert "'client' (OSError: stuck) could not be closed" in run.error
