"""The example project as a user runs it: through the command line, in a folder of its own, with its kernels counted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "notebooks" / "penguins"
NBCELLAR = Path(sys.executable).parent / "nbcellar"

KERNEL = """#!/bin/sh
echo started >> "$KERNELS_STARTED"
exec {python} -m ipykernel_launcher "$@"
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder, the environment of whoever works in it, and the file that counts the kernels started there."""

    folder: Path
    env: dict[str, str]
    kernels_started: Path

    def types(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type ``nbcellar WORDS`` there."""
        return subprocess.run(
            [str(NBCELLAR), *words],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def lists(self, *words: str) -> dict[str, object]:
        """What ``nbcellar --json WORDS`` answers."""
        done = self.types("--json", *words)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer

    def kernels(self) -> int:
        """How many kernels were started since the last time that this was asked."""
        started = self.kernels_started.read_text().count("started") if self.kernels_started.exists() else 0
        self.kernels_started.unlink(missing_ok=True)
        return started

    def edit(self, file: str, old: str, new: str) -> None:
        """Put ``new`` for ``old``, which stands there once, and keep the rest byte for byte."""
        path = self.folder / file
        content = path.read_bytes()
        assert content.count(old.encode()) == 1, f"{old!r} stands {content.count(old.encode())} times in {file}"
        path.write_bytes(content.replace(old.encode(), new.encode()))

    def write_notebook(self, file: str, *cells: str) -> None:
        """A notebook of these code cells."""
        code = [nbformat.v4.new_code_cell(cell) for cell in cells]
        nbformat.write(nbformat.v4.new_notebook(cells=code), self.folder / file)


def counted_kernel(jupyter: Path) -> None:
    """A kernelspec ``python3`` that writes a line into a file and becomes the real kernel."""
    spec = jupyter / "kernels" / "python3"
    spec.mkdir(parents=True)
    start = spec / "start"
    start.write_text(KERNEL.format(python=sys.executable))
    start.chmod(0o755)
    argv = [str(start), "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))


def add_step_aside(folder: Path) -> None:
    """One more step, which depends on nothing that the others read or make."""
    cell = nbformat.v4.new_code_cell("2 + 2")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "aside.ipynb")
    workflow = folder / "survey.yaml"
    workflow.write_text(workflow.read_text().replace("steps:\n", "steps:\n  aside:\n    notebook: aside.ipynb\n"))


def open_project(parent: Path, source: Path) -> Project:
    """A copy of ``source`` in ``parent``, with a home, a kernelspec and a counter of its own."""
    folder = shutil.copytree(source, parent / "penguins")
    counted_kernel(parent / "jupyter")
    (parent / "home").mkdir()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NBCELLAR_", "JUPYTER_", "IPYTHON"))
    }
    started = parent / "kernels-started"
    env = {
        **kept,
        "HOME": str(parent / "home"),
        "JUPYTER_PATH": str(parent / "jupyter"),
        "KERNELS_STARTED": str(started),
        "NO_COLOR": "1",
    }
    return Project(folder, env, started)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example, with the step aside, after its first run; only read from it."""
    project = open_project(tmp_path_factory.mktemp("finished"), EXAMPLE)
    add_step_aside(project.folder)
    done = project.types("run", "survey.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.kernels() == 4
    return project


@pytest.fixture
def project(tmp_path: Path, finished: Project) -> Iterator[Project]:
    """A project of one's own in which everything has run once."""
    yield open_project(tmp_path, finished.folder)
