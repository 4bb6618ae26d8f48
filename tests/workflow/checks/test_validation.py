"""A good workflow, and all that can be wrong with it at once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

from nbcellar.workflow.checks.validation import Checked, validate
from nbcellar.workflow.documents.document import document_json
from nbcellar.workflow.loading.document import load_document, parse_document
from tests.workflow.checks.conftest import problems

Write = Callable[..., Path]

GOOD = """
    cellar: 1
    name: flow
    parameters:
      year: {type: int, default: 2024}
    steps:
      clean:
        notebook: clean.ipynb
        parameters: {year: "${parameters.year}"}
      fit:
        notebook: fit.ipynb
        mapped_parameters:
          table: {map_type: file, from: clean.tidy, path: clean.csv}
          n: {map_type: raw, from: clean.n}
          base: {map_type: db, from: clean.score, attribute: outputs, attribute_index: [val, rmse]}
    publish: {clean/clean.csv: "out/${parameters.year}.csv"}
    notebooks_to: "runs/${parameters.year}/"
"""


def test_a_good_document_is_checked_and_survives_json(write_workflow: Write, notebooks: None) -> None:
    source = load_document(write_workflow(GOOD))
    checked = validate(source, {"year": 2025})
    assert isinstance(checked, Checked)
    assert checked.values == {"year": 2025}
    again = parse_document(json.dumps(document_json(source.document)), source.document.folder)
    assert again.document == source.document
    assert not again.problems


def test_all_problems_are_said_at_once_in_the_order_of_lines(write_workflow: Write, notebooks: None) -> None:
    text = (
        GOOD.replace("clean.csv}", "clean.csv, pth: x}")
        .replace("from: clean.n}", "from: claen.n}")
        .replace("2024}", "abc}")
    )
    said = problems(write_workflow(text), colour="red")
    assert [line.split(":")[1] for line in said] == ["3", "4", "12", "13"]
    assert "'colour'" in said[0] and "'pth'" in said[2] and "'claen'" in said[3]


def test_a_given_parameter_is_checked(write_workflow: Write, notebooks: None) -> None:
    (said,) = problems(write_workflow(GOOD), year="soon")  # once, not also for each step that takes it
    assert "it expects int, and 'soon' is str." in said
    assert "which JSON does not have" in problems(write_workflow(GOOD), year=math.inf)[0]


def test_validation_imports_neither_papermill_nor_nbformat(
    write_workflow: Write, notebooks: None, python: Callable[..., str]
) -> None:
    code = """
        import sys
        from nbcellar.workflow.loading.document import read_document
        from nbcellar.workflow.checks.validation import validate
        validate(read_document(sys.argv[1]))
        print(sorted({"papermill", "nbformat", "nbclient", "jupyter_client", "IPython"} & set(sys.modules)))
    """
    assert python(code, write_workflow(GOOD)) == "[]\n"
