"""Functions and resources of a workflow that is a step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.workflow.loading.document import parse_document

Write = Callable[..., Path]


def test_functions_and_resources_of_an_inner_workflow_come_along(
    project: Path, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "lib").mkdir()
    (project / "lib/innerkit.py").write_text(
        "class Tally:\n    def __init__(self, start=0):\n        self.total = start\n"
        "def add(n, tally):\n    tally.total += n\n    return {'tally': tally, 'total': tally.total}\n"
        "def twice(n):\n    return 2 * n\n"
    )
    monkeypatch.setenv("NBCELLAR_ALLOWED_TYPES", "innerkit.Tally")
    write_workflow(
        """
        cellar: 1
        name: inner
        parameters: {n: {type: int}, start: 10}
        resources:
          - {id: tally, type: innerkit.Tally, scope: runner, params: {start: "${parameters.start}"}, depends: add.tally}
        steps:
          add: {function: innerkit.add, use: [tally], emits: [tally, total], parameters: {n: "${parameters.n}"}}
          twice: {function: innerkit.twice, mapped_parameters: {n: {from: add.total}}}
        """,
        "lib/inner.yaml",
    )
    path = write_workflow(
        """
        cellar: 1
        name: outer
        steps:
          one: {workflow: lib/inner.yaml, parameters: {n: 1}}
          two: {workflow: lib/inner.yaml, parameters: {start: 100}, mapped_parameters: {n: {from: one.twice.value}}}
        """
    )
    flow = cellar.Workflow.from_yaml(path)
    flat = flow.compose()
    assert flat.steps["one.add"].use == {"tally": "one_tally"}
    assert flat.resources["two_tally"].depends == "two.add.tally"
    assert parse_document(flat.to_yaml(), project).document == flat.document
    assert flow.run_and_return(task_name="total") == [11, 122]
    assert flow.run_and_return(task_name="two.twice.value") == 244
    run = flow.run().wait().check()
    with pytest.raises(cellar.NotFoundError, match=r"The workflow 'one' has one\.add, one\.twice"):
        run["one"]
