"""``run``, ``runs``, ``status``, ``logs``, ``cancel`` with real kernels."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.frontends.commands.conftest import Say

pytestmark = pytest.mark.slow
NBCELLAR = [sys.executable, "-m", "nbcellar"]
WORKFLOW = """\
cellar: 1
name: study
parameters:
  year: {type: int, default: 2024}
steps:
  first:
    notebook: first.ipynb
    parameters: {year: "${parameters.year}"}
  second:
    notebook: second.ipynb
    needs: [first]
"""


def notebook(path: Path, *cells: str, parameters: str = "") -> None:
    sources = [(parameters, ["parameters"])] * bool(parameters) + [(cell, []) for cell in cells]
    document = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{at}",
                "metadata": {"tags": tags},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for at, (source, tags) in enumerate(sources)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document))


@pytest.fixture
def study(project: Path) -> Path:
    (project / "study.yaml").write_text(WORKFLOW)
    notebook(
        project / "first.ipynb",
        "%load_ext nbcellar",
        "%%task table\nopen('t.txt', 'w').write(str(year))\nprint('wrote', year)",
        parameters="year = 1",
    )
    notebook(
        project / "second.ipynb", "print('second')", "if open('t.txt').read() == '13': raise ValueError('unlucky')"
    )
    return project


def test_a_workflow_is_planned_run_and_looked_at(study: Path, say: Say) -> None:
    plan = say("run", "study.yaml", "--dry-run", "--json").json["steps"]
    assert [(one["step"], one["action"]) for one in plan if isinstance(one, dict)] == [  # type: ignore[union-attr]
        ("first", "run"),
        ("second", "depends"),
    ]
    said = say("run", "study.yaml", "-p", "year=2025")
    assert said.code == 0, said
    assert "2 of 2 steps done" in said.out
    assert "table@1 (4 B)" in said.out
    assert "first  succeeded" in said.err
    assert say("cat", "table/t.txt").out == "2025"
    status = say("status", "--json").json
    assert (status["ref"], status["status"]) == ("study@1", "succeeded")
    assert "wrote 2025" in say("logs").out
    assert say("logs", "latest", "second").lines == ["── second", "second"]
    assert say("logs", "latest", "thrid").code == 3
    again = say("run", "study.yaml", "-p", "year=2025", "--json")
    assert {one["status"] for one in again.json["steps"] if isinstance(one, dict)} == {"cached"}  # type: ignore[union-attr]
    assert [line.split()[0] for line in say("runs").lines] == ["Run", "study@2", "study@1"]
    assert say("run", "study.yaml", "-p", "year=2025", "--quiet").err == ""


def test_a_step_that_fails_ends_with_1_and_its_error(study: Path, say: Say) -> None:
    said = say("run", "study.yaml", "-p", "year=13")
    assert said.code == 1
    assert "1 of 2 steps done" in said.out
    assert "ValueError: unlucky" in said.out
    assert say("status", "study@1", "--json").json["status"] == "failed"
    assert "ValueError: unlucky" in say("logs", "latest", "second").out
    assert "\x1b" not in say("logs", "latest", "second").out


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (("run", "none.yaml"), 3, "none.yaml"),
        (("run", "study.yaml", "--from", "frist"), 3, "Did you mean 'first'"),
        (("run", "study.yaml", "-p", "yeer=1"), 2, "yeer"),
        (("run", "study.yaml", "-p", "year=soon"), 2, "year"),
        (("run", "study.yaml", "--jobs", "0"), 2, "1 or more"),
        (("run", "study.yaml", "--jobs", "many"), 2, "takes a number"),
        (("status",), 3, "no workflow run"),
        (("status", "7"), 3, "no workflow run"),
        (("logs", "none"), 3, "no workflow run"),
        (("cancel",), 3, "no workflow run"),
    ],
)
def test_what_cannot_be_run_or_found_is_refused(
    study: Path, say: Say, words: tuple[str, ...], code: int, hint: str
) -> None:
    said = say(*words)
    assert said.code == code, said
    assert hint in said.err


@pytest.fixture
def endless(study: Path) -> Path:
    notebook(
        study / "first.ipynb",
        "import pathlib, time\npathlib.Path('started').touch()\nwhile True: time.sleep(0.05)",
        parameters="year = 1",
    )
    return study


def started(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*NBCELLAR, "run", "study.yaml"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not (folder / "started").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)
    return process


def test_a_run_is_watched_and_cancelled_from_elsewhere(endless: Path, say: Say) -> None:
    with started(endless) as process:
        assert say("status", "--json").json["status"] == "running"
        watching = subprocess.Popen(
            [*NBCELLAR, "status", "--watch"],
            cwd=endless,
            stdout=subprocess.DEVNULL,  # what it says at the end would be taken for what `cancel` says
            stderr=subprocess.PIPE,
            text=True,
        )
        assert watching.stderr is not None
        assert "first  running" in watching.stderr.readline()
        assert say("cancel").out == "study@1 is interrupted.\n"
        assert process.wait(30) == 130
        assert watching.wait(30) == 1
        watching.stderr.close()
    assert say("status", "--json").json["status"] == "interrupted"
    said = say("cancel")
    assert said.code == 4
    assert "is not running" in said.err


def test_ctrl_c_ends_a_run_with_130(endless: Path, say: Say) -> None:
    with started(endless) as process:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err.endswith("nbcellar: interrupted.\n")
    assert say("status", "--json").json["status"] == "interrupted"
