"""A run that goes on tells of the steps that need no run of their own too."""

from __future__ import annotations

import os
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.lightclasses import replace
from nbcellar.model import RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.history import find_run, workflow_status
from nbcellar.workflow.runs.midway import Midway
from nbcellar.workflow.runs.runner import run_workflow, start_workflow
from nbcellar.workflow.views.steps import StepResult

STEPS = """
    def made():
        return 1

    def waits():
        open("begun", "w").close()  # goes on when somebody reads it
        open("gate").close()  # and when somebody writes it
"""


UNDER_WAY = {"made": "cached", "never": "skipped", "waits": "running"}


def outcomes(folder: Path) -> dict[str, str]:
    store = Cellar.open(folder)
    return {one.outcome.step: one.outcome.status.value for one in workflow_status(store, find_run(store)).steps}


def test_a_run_under_way_tells_what_was_taken_and_left_out(
    project: Path, write_workflow: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "steps.py").write_text(textwrap.dedent(STEPS))
    monkeypatch.chdir(project)
    flow = write_workflow(
        """
        cellar: 1
        name: flow
        parameters: {wait: false}
        steps:
          made: {function: steps.made}
          never: {function: steps.made, when: parameters.wait == 5, needs: made}
          waits: {function: steps.waits, when: parameters.wait, needs: made}
        """
    )
    assert run_workflow(flow, {"wait": False}).run.status is RunStatus.SUCCEEDED
    for name in ("begun", "gate"):
        os.mkfifo(project / name)
    run = start_workflow(flow, {"wait": True})
    with open("begun"):
        pass
    until = time.monotonic() + 60
    while (under_way := outcomes(project)) != UNDER_WAY and time.monotonic() < until:
        time.sleep(0.02)  # the step may have begun before the others are told
    os.close(os.open("gate", os.O_WRONLY))
    run.wait()
    assert under_way == UNDER_WAY
    assert outcomes(project) == {"made": "cached", "never": "skipped", "waits": "succeeded"}
    assert "settled" not in find_run(Cellar.open(project)).detail


def test_what_is_told_of_a_run_that_was_closed_meanwhile_changes_nothing(project: Path) -> None:
    store = Cellar.open(project)
    run = store.open_run(RunKind.WORKFLOW, "flow")
    midway = Midway(store, run)
    midway.add(StepResult("made", RunStatus.SKIPPED, "left out"))
    store.remove(store.publish(replace(run, status=RunStatus.SUCCEEDED)))
    before = store.run(run.id)
    midway.keep()
    assert store.run(run.id) == before
