"""What a step takes may have been damaged in the store since: the step fails, and the way back is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.display import html_text
from nbcellar.frontends.commands.running import Ran, run
from nbcellar.frontends.commands.runstatus import status
from nbcellar.model import RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.execution import BROKEN
from nbcellar.workflow.runs.planning import Action, plan_workflow
from nbcellar.workflow.runs.runner import run_workflow, start_workflow
from nbcellar.workflow.views.events import Event, StepTaken
from nbcellar.workflow.views.progress import describe

FLOW = """
    cellar: 1
    name: flow
    steps:
      make: {function: steps.make}
      read:
        function: steps.read
        mapped_parameters: {table: {map_type: file, from: make.value}}
      other: {function: steps.other, needs: make}
"""
STEPS = """
def make():
    import nbcellar as cellar

    path = cellar.current.dir / "a.txt"
    path.write_text("hello")
    return path


def read(table):
    from pathlib import Path

    return Path(table).read_text()


def other():
    return 1
"""


@pytest.fixture
def flow(project: Path, write_workflow: Callable[..., Path]) -> Path:
    (project / "steps.py").write_text(STEPS)
    path = write_workflow(FLOW)
    assert run_workflow(path).succeeded
    shutil.rmtree(project / ".cellar" / "cache" / "inputs")
    return path


def test_damage_fails_the_step_that_meets_it_and_from_its_maker_all_is_well_again(project: Path, flow: Path) -> None:
    for pack in (project / ".cellar" / "packs").iterdir():
        pack.unlink()
    run = run_workflow(flow)
    assert run.status is RunStatus.FAILED
    assert {name: step.status for name, step in run.steps.items()} == {
        "make": RunStatus.CACHED,
        "read": RunStatus.FAILED,
        "other": RunStatus.CACHED,
    }
    assert run.steps["read"].error.startswith("What it takes is damaged: The pack ")
    assert "Run `nbcellar repair packs`, and then the workflow with `--from make`" in run.steps["read"].error
    planned = {each.step: each for each in plan_workflow(flow).steps}
    assert planned["read"].action is Action.FAIL
    assert "--from make" in planned["read"].reason
    Cellar.open(project).repair_packs()
    again = run_workflow(flow, start_from="make")
    assert again.succeeded, again.run.error
    assert again["read"].result == "hello"


def test_a_place_for_files_that_cannot_be_written_ends_the_run_and_says_so(project: Path, flow: Path) -> None:
    inputs = project / ".cellar" / "cache" / "inputs"
    inputs.write_text("no folder")
    done = run(flow, quiet=True)
    assert isinstance(done, Ran)
    assert (done.exit_code, done.run.status) == (1, RunStatus.FAILED)
    assert f"Could not write to the store at {inputs}: Not a directory." in str(done)
    assert {step.outcome.step: step.outcome.reason for step in done.status.steps}["read"] == BROKEN
    inputs.unlink()
    assert run_workflow(flow).succeeded


def test_what_a_listener_raises_is_recorded_and_raised_where_somebody_waits(flow: Path) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, StepTaken):
            raise ZeroDivisionError("mine")

    begun = start_workflow(flow, listener=listen)
    with pytest.raises(ZeroDivisionError, match="mine"):
        begun.wait()
    assert (begun.status, begun.run.error) == (RunStatus.FAILED, "ZeroDivisionError: mine")
    with pytest.raises(ZeroDivisionError):
        run_workflow(flow, listener=listen)
    assert run_workflow(flow).succeeded


def test_why_a_copy_could_not_be_made_is_told_everywhere(flow: Path, write_workflow: Callable[..., Path]) -> None:
    path = write_workflow(FLOW.rstrip() + "\n    publish: {make/none.txt: out/}\n")
    told: list[Event] = []
    done = run_workflow(path, listener=told.append)
    words = "publish: step 'make' made no file 'none.txt'. Write it in a task cell of that step."
    assert done.run.error == words
    assert describe(told[-1]).endswith(f": {words}")
    assert words in str(run(path, quiet=True))
    assert words in str(status("flow", cellar=Cellar.open(path.parent)))
    forms = done._repr_mimebundle_()
    assert words in str(forms["text/plain"])
    assert html_text(words) in str(forms["text/html"])
