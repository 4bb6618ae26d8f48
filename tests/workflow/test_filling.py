"""Parameters in the places where a step says what it looks at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.documents.mapped import DBMappedParameter, FileMappedParameter
from nbcellar.workflow.loading.document import read_document
from nbcellar.workflow.runs.runner import run_workflow

Write = Callable[..., Path]

FLOW = """
    cellar: 1
    name: flow
    parameters: {year: 2024}
    steps:
      made: {notebook: made.ipynb, parameters: {year: "${parameters.year}"}, inputs: ["data/${parameters.year}.csv"]}
      used:
        notebook: used.ipynb
        mapped_parameters:
          file: {map_type: file, from: made.t, path: "o-${parameters.year}.txt"}
          score: {map_type: db, from: made.r, attribute_index: [outputs, "${parameters.year}"]}
"""


@pytest.fixture
def flow(project: Path, write_notebook: Write, write_workflow: Write) -> Path:
    (project / "data").mkdir()
    for year in (2024, 2025):
        (project / f"data/{year}.csv").write_text(f"{year}")
    write_notebook(
        "made.ipynb",
        "#parameters\nyear = 0",
        "%%task t\nopen(f'o-{year}.txt', 'w').write(str(year))",
        "import nbcellar as cellar\ncellar.record('r', outputs={'2024': 1, '2025': 2})",
    )
    write_notebook("used.ipynb", "#parameters\nfile = ''\nscore = 0", "%%task u\n[open(file).read(), score]")
    return write_workflow(FLOW)


@pytest.mark.slow
def test_inputs_and_mappings_follow_the_parameters_of_the_run(flow: Path, project: Path) -> None:
    assert run_workflow(flow)["used"].result == ["2024", 1]
    assert run_workflow(flow, {"year": 2025})["used"].result == ["2025", 2]
    (project / "data/2025.csv").write_text("changed")
    assert run_workflow(flow).steps["made"].reason.startswith("nothing it depends on changed")
    (project / "data/2024.csv").write_text("changed")
    assert run_workflow(flow).steps["made"].reason == "data/2024.csv is changed"


def test_those_of_an_inner_workflow_are_filled_by_the_outer_one(
    flow: Path, project: Path, write_workflow: Write
) -> None:
    step = "{workflow: flow.yaml, parameters: {year: '${parameters.first}'}}"
    outer = write_workflow(f"cellar: 1\nname: o\nparameters: {{first: 2025}}\nsteps: {{f: {step}}}\n", "outer.yaml")
    steps = validate(read_document(outer)).document.steps
    assert steps["f.made"].inputs == ("data/${parameters.first}.csv",)
    assert steps["f.used"].mapped_parameters == {
        "file": FileMappedParameter("f.made", "t", "o-${parameters.first}.txt"),
        "score": DBMappedParameter("f.made", "r", "", "outputs", ("${parameters.first}",)),
    }
    read = cellar.Workflow.from_yaml(outer)
    assert read.compose().document.steps == steps


def test_what_a_step_looks_at_is_known_before_it_starts(flow: Path, write_workflow: Write) -> None:
    steps = "m: {notebook: made.ipynb}\n  f: {workflow: flow.yaml, mapped_parameters: {year: {from: m.t}}}"
    outer = write_workflow(f"cellar: 1\nname: o\nsteps:\n  {steps}\n", "outer.yaml")
    with pytest.raises(InvalidWorkflow, match=r"is mapped, so it cannot be a part of 'made'"):
        validate(read_document(outer))
