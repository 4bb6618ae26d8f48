"""A workflow with another one in it, and what is said where it cannot be composed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import read_document

Write = Callable[..., Path]

INNER = """
    cellar: 1
    name: inner
    parameters:
      table: {type: str}
      n: {type: int, default: 5}
      title: a ${dollar}
    steps:
      fit:
        notebook: fit.ipynb
        parameters: {table: "${parameters.table}", n: "${parameters.n}"}
        inputs: [data/*.csv]
      page:
        notebook: page.ipynb
        parameters: {title: "T ${parameters.title}"}
        mapped_parameters: {v: {map_type: db, from: fit.score, attribute: outputs}}
        when: parameters.n > 3 and steps.fit.score.v > 1
    publish: {fit/table.csv: "out/${parameters.title}.csv", report/page.html: out/}
"""

OUTER = """
    cellar: 1
    name: outer
    parameters: {year: 2024}
    steps:
      clean: {notebook: clean.ipynb}
      sub:
        workflow: lib/inner.yaml
        parameters: {n: "${parameters.year}", title: "x ${parameters.year}"}
        mapped_parameters: {table: {map_type: file, from: clean.tidy, path: t.csv}}
        when: steps.clean.tidy > 0
        cache: 2h
      last:
        notebook: page.ipynb
        mapped_parameters: {v: {from: sub.report}}
        needs: [sub]
"""


@pytest.fixture
def files(project: Path, write_notebook: Write, write_workflow: Write) -> Path:
    (project / "lib").mkdir()
    write_notebook("clean.ipynb", "%%task tidy\n1")
    for folder in ("", "lib/"):
        write_notebook(
            f"{folder}fit.ipynb",
            "#parameters\ntable = ''\nn = 1",
            "%%task fitted\n1",
            "import nbcellar as cellar\ncellar.record(name='score', outputs={})",
        )
        write_notebook(f"{folder}page.ipynb", "#parameters\nv = None\ntitle = ''", "%%task report\n1")
    write_workflow(INNER, "lib/inner.yaml")
    return write_workflow(OUTER)


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(InvalidWorkflow) as caught:
        validate(read_document(path))
    return caught.value.problems
