"""A resource that several steps share is used by one of them at a time, and let go whatever happens."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.model import RunStatus
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.resources.holding import Holding
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.views.events import Event, StepFinished, StepStarted


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


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


def test_a_step_begins_when_what_it_shares_is_free() -> None:
    events: list[Event] = []
    workflow = cellar.Workflow("loop", resources=[cellar.Resource(id="one", type=list, scope="process")])
    for name in "abcd":
        workflow.function(lambda one: sum(range(10_000)), id=name, use=["one"], timeout=60)
    run_workflow(workflow.source, jobs=4, listener=events.append)
    told = [type(event) for event in events if isinstance(event, StepStarted | StepFinished)]
    assert told == [StepStarted, StepFinished] * 4  # so that no limit of time counts the waiting


@pytest.mark.parametrize("scope", ["runner", "process"])
def test_a_step_that_is_cancelled_while_it_waits_holds_nothing(scope: str) -> None:
    begun, loops = threading.Event(), [True]

    def use(one: list[int], n: int) -> str:
        begun.set()
        while loops[0]:
            pass
        return "done"

    workflow = cellar.Workflow("loop", resources=[cellar.Resource(id="one", type=list, scope=scope)])
    workflow.function(use, id="step", use=["one"], for_each={"n": list(range(8))})
    with cellar.Runner(workflow, jobs=8) as runner:
        canceller = threading.Thread(target=lambda: (begun.wait(60), runner.cancel()))
        canceller.start()
        cancelled = runner.process()
        canceller.join()
        assert cancelled.status is RunStatus.INTERRUPTED
        loops[0] = False
        assert runner.process()["step"].result == ["done"] * 8


def test_one_that_waits_for_what_is_held_hears_of_a_stop() -> None:
    holding, stop, heard = Holding(), Stop(), queue.SimpleQueue[bool]()

    def wait() -> None:
        with holding.held(frozenset("ab"), stop) as mine:
            heard.put(mine)

    with holding.held(frozenset("bc"), Stop()):
        waiting = threading.Thread(target=wait)
        waiting.start()
        stop.ask()
        assert heard.get(timeout=60) is False
        waiting.join()
        with holding.held(frozenset("a"), Stop()) as mine:
            assert mine
    with holding.held(frozenset("abc"), Stop()) as mine:
        assert mine
