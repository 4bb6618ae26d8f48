"""Kills at 20 points of a workflow of five steps: what is there parses, no kernel stays, and the next run goes on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.model import RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.history import find_run
from tests.workflow.conftest import gone_within

Write = Callable[..., Path]
pytestmark = pytest.mark.slow
STEPS, POINTS = 5, 20
EVENTS = 1 + STEPS * 8
"""The start, then of each step: its own start, three cells that begin and end, its end."""
KILLED = """
    import os, signal, sys
    from nbcellar.workflow.runs.runner import run_workflow
    count = 0
    def listener(event):
        global count
        count += 1
        if count == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
    run_workflow("flow.yaml", jobs=1, listener=listener)
"""
AGAIN = """
    import json
    from nbcellar.workflow.runs.runner import run_workflow
    run = run_workflow("flow.yaml", jobs=1)
    assert run.succeeded, run.run.error
    digests = {step: run[step].assets[f"task{step[1:]}"].digest for step in run}
    print(json.dumps([digests, [step for step, result in run.steps.items() if result.status.value == "cached"]]))
"""


def points() -> list[object]:
    """Evenly over the events; a few always, all of them where time does not count."""
    every = [1 + round(number * (EVENTS - 1) / (POINTS - 1)) for number in range(POINTS)]
    long = pytest.mark.long
    return [one if number % 4 == 1 else pytest.param(one, marks=long) for number, one in enumerate(every)]


_whole: dict[str, str] = {}


@pytest.fixture
def flow(project: Path, write_notebook: Write, write_workflow: Write) -> Path:
    lines = []
    for number in range(STEPS):
        write_notebook(
            f"s{number}.ipynb",
            f"%load_ext nbcellar\nimport os\nopen('pid{number}', 'w').write(str(os.getpid()))",
            f"%%task task{number}\nopen('out{number}.txt', 'w').write('{number}' * 1000)",
            "print('done')",
        )
        needs = f", needs: s{number - 1}" if number else ""
        lines.append(f"  s{number}: {{notebook: s{number}.ipynb{needs}}}")
    write_workflow("cellar: 1\nname: flow\nsteps:\n" + "\n".join(lines) + "\n")
    return project


def python(folder: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", textwrap.dedent(code), *words]
    return subprocess.run(line, cwd=folder, text=True, stdout=subprocess.PIPE, timeout=180)


@pytest.mark.parametrize("point", points())
def test_a_killed_workflow_leaves_what_parses_and_goes_on_where_it_was(flow: Path, point: int) -> None:
    assert python(flow, KILLED, str(point)).returncode == -9
    for pid in flow.glob("pid*"):
        assert gone_within(int(pid.read_text() or 0), 10), f"the kernel of {pid.name} lives"
    for notebook in (flow / ".cellar" / "work").glob("*/*.ipynb"):
        assert json.loads(notebook.read_text())["cells"]

    cellar = Cellar.open(flow)
    assert find_run(cellar).status is RunStatus.ABANDONED
    done = cellar.runs(RunQuery(kinds=(RunKind.NOTEBOOK,), statuses=(RunStatus.SUCCEEDED,)))
    digests, taken = json.loads(python(flow, AGAIN).stdout)
    assert set(taken) == {str(run.detail["step"]) for run in done}
    if not _whole:  # never killed, in another folder
        other = flow.parent / "whole"
        shutil.copytree(flow, other, ignore=shutil.ignore_patterns(".cellar", "out*", "pid*"))
        _whole.update(json.loads(python(other, AGAIN).stdout)[0])
    assert digests == _whole
    assert not cellar.runs(RunQuery(statuses=(RunStatus.RUNNING,)))
