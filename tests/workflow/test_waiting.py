"""Steps that wait for a free thread."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import nbcellar as cellar


@pytest.mark.slow
def test_how_long_a_step_took_does_not_count_that_it_waited_for_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    workflow = cellar.Workflow("turns")
    for number in range(3):
        workflow.function(lambda: time.sleep(0.5), id=f"s{number}", cache=False)
    started_s = time.monotonic()
    run = workflow.run(jobs=1).wait()
    whole_s = time.monotonic() - started_s
    assert run.succeeded, run.run.error
    assert 1.5 <= sum(step.seconds for step in run.steps.values()) <= whole_s


@pytest.mark.slow
def test_ten_thousand_steps_that_do_nothing_all_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    workflow = cellar.Workflow("many")
    called: list[int] = []

    def note(number: int) -> None:
        called.append(number)

    for number in range(10_000):
        workflow.function(note, id=f"s{number}", cache=False, number=number)
    run = workflow.run(jobs=2).wait()
    assert run.succeeded, run.run.error
    assert sorted(called) == list(range(10_000))
