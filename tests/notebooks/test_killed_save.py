"""``nbcellar save``, killed at 20 points from its first call to its last."""

from __future__ import annotations

import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.notebooks.conftest import EXAMPLE, ROOT, Project, open_project

pytestmark = pytest.mark.slow

POINTS = 20


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Preloaded, it kills its process at the k-th call that changes a file."""
    built = tmp_path_factory.mktemp("faults") / "killat.so"
    source = ROOT / "tests/faults/killat.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(built), str(source), "-ldl"], check=True)
    return built


@pytest.fixture
def saved(tmp_path: Path) -> Project:
    """A project with one asset."""
    project = open_project(tmp_path, EXAMPLE)
    assert project.types("save", "data", "--name", "raw").returncode == 0
    return project


def under(project: Project, library: Path, **variables: str) -> Project:
    """The same project for somebody whose process is killed."""
    return replace(
        project, env={**project.env, "LD_PRELOAD": str(library), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    )


def count_calls(project: Project, library: Path, report: Path) -> int:
    """How many calls the save makes when nothing goes wrong."""
    done = under(project, library, KILLAT="0", KILLCOUNT=str(report)).types("save", "--name", "whole")
    assert done.returncode == 0, done.stderr
    return int(report.read_text())


def test_a_killed_save_leaves_what_was_there_and_a_rerun_gives_the_same_asset(saved: Project, library: Path) -> None:
    parent = saved.folder.parent
    untouched = shutil.copytree(saved.folder, parent / "untouched")
    calls = count_calls(saved, library, parent / "calls")
    assert calls > POINTS
    digest = saved.lists("show", "whole")["asset"]
    raw = (EXAMPLE / "data/penguins-raw.csv").read_text()

    for point in range(POINTS):
        shutil.rmtree(saved.folder)
        shutil.copytree(untouched, saved.folder)
        at = 1 + point * (calls - 1) // (POINTS - 1)
        killed = under(saved, library, KILLAT=str(at)).types("save", "--name", "whole")
        assert killed.returncode == -signal.SIGKILL, f"call {at} of {calls}"
        assert saved.types("cat", "raw/data/penguins-raw.csv").stdout == raw
        assert saved.types("check", "--read-data").returncode == 0
        assert saved.types("save", "--name", "whole").returncode == 0
        assert saved.lists("show", "whole")["asset"] == digest, f"call {at} of {calls}"
