"""Notebooks that cannot be read, or have no parameters that can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.checks.conftest import problems

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is broken: it is not JSON (line 1). Restore the notebook."),
        ("[]", "is not a notebook of format 4."),
        ('{"worksheets": []}', "Open it in JupyterLab and save it."),
    ],
)
def test_a_broken_notebook_is_named(project: Path, write_workflow: Write, content: str, message: str) -> None:
    (project / "bad.ipynb").write_text(content)
    path = write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: bad.ipynb}}\n")
    assert message in problems(path)[0]


def test_a_parameters_cell_that_is_no_python_is_named(write_workflow: Write, write_notebook: Write) -> None:
    write_notebook("odd.ipynb", "print(1)", "#parameters\nx = = 1")
    path = write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: odd.ipynb, parameters: {x: 1}}}\n")
    assert "the parameters cell (cell 2) is not plain Python." in problems(path)[0]
