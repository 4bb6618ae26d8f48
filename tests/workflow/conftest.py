"""Workflows made of small notebooks in a folder of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PARAMETERS = "#parameters\n"


def notebook_json(*cells: str, kernel: str = "python3", language: str = "python") -> str:
    """A notebook; a cell that begins with ``#parameters`` gets that tag, one with ``#markdown`` is markdown."""
    return json.dumps(
        {
            "cells": [_cell(textwrap.dedent(cell).strip("\n"), index) for index, cell in enumerate(cells)],
            "metadata": {
                "kernelspec": {"name": kernel, "display_name": kernel, "language": language},
                "language_info": {"name": language},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def _cell(source: str, index: int) -> dict[str, object]:
    if source.startswith("#markdown\n"):
        text = source.removeprefix("#markdown\n")
        return {"cell_type": "markdown", "id": f"c{index}", "metadata": {}, "source": text}
    tags = ["parameters"] if source.startswith(PARAMETERS) else []
    return {
        "cell_type": "code",
        "id": f"c{index}",
        "metadata": {"tags": tags} if tags else {},
        "source": source.removeprefix(PARAMETERS),
        "outputs": [],
        "execution_count": None,
    }


@pytest.fixture(autouse=True)
def no_modules_of_other_tests(tmp_path: Path) -> Iterator[None]:
    """What a test imported from its own folder is forgotten after it."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(f"{tmp_path}/"):
            del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.nbcellar]\nproject = "study"\n')
    return folder


@pytest.fixture
def write_notebook(project: Path) -> Callable[..., Path]:
    """Write a notebook into the project."""

    def write(name: str, *cells: str, **spec: str) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook_json(*cells, **spec))
        return path

    return write


@pytest.fixture
def write_workflow(project: Path) -> Callable[..., Path]:
    """Write a workflow file into the project."""

    def write(text: str, name: str = "flow.yaml") -> Path:
        path = project / name
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    return write


@pytest.fixture
def python(project: Path) -> Callable[..., str]:
    """Run code in a Python of its own, in the project's folder."""

    def run(code: str, *arguments: object) -> str:
        command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
        return subprocess.run(command, cwd=project, check=True, text=True, stdout=subprocess.PIPE).stdout

    return run


def gone_within(pid: int, seconds: float) -> bool:
    """Whether a process ends in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not os.path.exists(f"/proc/{pid}/cwd"):
            return True
        time.sleep(0.02)
    return False
