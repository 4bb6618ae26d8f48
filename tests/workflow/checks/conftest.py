"""Notebooks that a workflow may name, and what is said of one that names them wrongly."""

# ruff: noqa: E501 (a table of one line each)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import read_document

Write = Callable[..., Path]


@pytest.fixture
def notebooks(write_notebook: Write) -> None:
    write_notebook(
        "clean.ipynb",
        "#parameters\nyear = 2024  # the season\nname: str = 'a'\nmode: Literal['fast', 'slow'] = 'fast'",
        "%%task tidy -> cleaned\nopen('clean.csv', 'w').write('x')\n1",
        "import nbcellar as cellar\ncellar.result('n', 3)\ncellar.record(name='score', inputs={}, outputs={'val': {'rmse': 1, 'all': list('ab')}, **{}})\ncellar.record('plain', outputs={'val': {'rmse': 1, 'all': list('ab')}, '2024': 1})\nmore = {}\ncellar.record('more', outputs=more)",
    )
    write_notebook("fit.ipynb", "#parameters\ntable = 'clean.csv'\nn: int = 1\nbase = None", "print(n)")
    write_notebook("plain.ipynb", "print('no parameters here')")


def problems(path: Path, **given: object) -> tuple[str, ...]:
    with pytest.raises(InvalidWorkflow) as caught:
        validate(read_document(path), given)  # type: ignore[arg-type]
    assert "no step was run" in str(caught.value)
    return caught.value.problems
