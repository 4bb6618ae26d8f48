"""Steps that are workflows, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbcellar as cellar
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.conditions import Condition
from nbcellar.workflow.documents.document import NotebookBody, Publication, document_json
from nbcellar.workflow.documents.mapped import DBMappedParameter, FileMappedParameter, RawMappedParameter
from nbcellar.workflow.loading.composition import compose
from nbcellar.workflow.loading.document import parse_document, read_document
from tests.workflow.composition.conftest import OUTER

Write = Callable[..., Path]


def test_its_steps_take_its_place_and_get_what_it_was_given(files: Path) -> None:
    flat = validate(read_document(files)).document
    assert list(flat.steps) == ["clean", "sub.fit", "sub.page", "last"]
    fit, page, last = flat.steps["sub.fit"], flat.steps["sub.page"], flat.steps["last"]
    assert fit.body == NotebookBody("lib/fit.ipynb")
    assert fit.inputs == ("lib/data/*.csv",)
    assert fit.parameters == {"n": "${parameters.year}"}
    assert fit.mapped_parameters == {"table": FileMappedParameter("clean", "tidy", "t.csv")}
    assert page.parameters == {"title": "T x ${parameters.year}"}
    assert page.mapped_parameters == {"v": DBMappedParameter("sub.fit", "score", "", "outputs")}
    assert fit.cache.age_s == page.cache.age_s == 7200
    own = {"parameters.n": "${parameters.year}", "steps.fit.score": RawMappedParameter("sub.fit", "score")}
    assert page.when == (
        Condition("parameters.n > 3 and steps.fit.score.v > 1", own),
        Condition("steps.clean.tidy > 0"),
    )
    assert last.mapped_parameters == {"v": RawMappedParameter("sub.page", "report")}
    assert last.needs == ("sub.fit", "sub.page")
    assert flat.publish == (
        Publication("sub.fit/table.csv", "lib/out/x ${parameters.year}.csv"),
        Publication("sub.page.report/page.html", "lib/out/"),
    )
    assert graph.order(graph.edges(flat)) == ["clean", "sub.fit", "sub.page", "last"]


def test_a_default_of_the_inner_workflow_is_no_expression_of_the_outer_one(
    files: Path, project: Path, write_workflow: Write
) -> None:
    write_workflow(OUTER.replace(', title: "x ${parameters.year}"', ""))
    flat = validate(read_document(files)).document
    assert flat.steps["sub.page"].parameters == {"title": "T a $${dollar}"}


def test_a_composed_workflow_is_a_document_that_survives_yaml_and_json(files: Path, project: Path) -> None:
    flow = cellar.Workflow.from_yaml(files)
    flat = flow.compose()
    assert flat.document == compose(read_document(files)).document
    text = flat.to_yaml()
    again = parse_document(text, project)
    assert not again.problems
    assert again.document == flat.document
    assert cellar.Workflow.from_json(json.loads(json.dumps(flat.to_json())), project).document == flat.document
    assert flat.compose().document == flat.document
    validate(again)


def test_python_makes_the_same_as_the_file(files: Path, project: Path) -> None:
    made = cellar.Workflow("outer", parameters={"year": 2024}, folder=project)
    clean = made.notebook("clean.ipynb")
    sub = made.workflow(
        "lib/inner.yaml",
        id="sub",
        n=made.p.year,
        title=f"x {made.p.year}",
        table=cellar.file(clean, "tidy", path="t.csv"),
        when="steps.clean.tidy > 0",
        cache="2h",
    )
    made.notebook("page.ipynb", id="last", v=cellar.raw(sub, "report"), needs=[sub])
    read = cellar.Workflow.from_yaml(files)
    assert made.document == read.document
    assert parse_document(json.dumps(document_json(made.document)), project).document == made.document


def test_a_workflow_of_python_can_be_a_step_and_is_written_in_place(files: Path, project: Path) -> None:
    inner = cellar.Workflow.from_yaml(project / "lib/inner.yaml")
    made = cellar.Workflow("outer", folder=project)
    made.workflow(inner, table="t.csv")
    assert made.steps["inner"].body != inner.document
    again = parse_document(made.to_yaml(), project)
    assert not again.problems
    assert again.document == made.document
    flat = validate(again).document
    assert flat.steps["inner.fit"].body == NotebookBody("lib/fit.ipynb")
    assert flat.steps["inner.fit"].parameters == {"table": "t.csv", "n": 5}
