"""``make demo`` as somebody new runs it: twice, in a clone, with an empty home."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.conftest import ROOT, Project, open_project

pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path: Path) -> Project:
    """A folder with the notebooks of the project, and nothing made by a run."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "notebooks", source / "notebooks")
    (source / "pyproject.toml").touch()
    return open_project(tmp_path, source)


def demo(clone: Project) -> str:
    """What it prints."""
    done = subprocess.run(
        [sys.executable, "notebooks/demo.py"],
        cwd=clone.folder, env=clone.env, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_demo_runs_shows_what_came_out_and_the_second_time_starts_no_kernel(clone: Project) -> None:
    first = demo(clone)
    assert clone.kernels() == 3
    for name in ["tidy@1", "fit@1", "report@1", "reports/2009.html", "nbcellar show report"]:
        assert name in first
    made = clone.folder / "demo/penguins"
    assert (made / "reports/2009.html").stat().st_size > 10_000
    assert not (clone.folder / ".cellar").exists()

    second = demo(clone)
    assert clone.kernels() == 0
    assert "as you left it" in second


def test_the_commands_that_the_demo_names_work(clone: Project) -> None:
    text = demo(clone)
    there = Project(clone.folder / "demo/penguins", clone.env, clone.kernels_started)
    lines = [line.strip() for line in text.splitlines()]
    named = [line.split("  ")[0].split()[1:] for line in lines if line.startswith("nbcellar ")]
    assert len(named) >= 4
    for words in named:
        done = there.types(*words)
        assert done.returncode == 0, f"{words}\n{done.stderr}"
    assert (there.folder / "out/clean.csv").is_file()
