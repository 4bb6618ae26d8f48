"""Values that are given to a workflow, or stand in it, and that no notebook can get."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.model import JSON
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import read_document
from tests.workflow.checks.conftest import problems

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((1, 2), "it is a tuple, which JSON does not have."),
        ([1, math.nan], "[1] is nan, which JSON does not have."),
        ({"a": b"x"}, "['a'] is a bytes, which JSON does not have."),
        ({1: 2}, "it has the key 1, and JSON's keys are text."),
        ("half \ud800", "it is a text with half a character in it."),
        (functools.reduce(lambda inner, _: [inner], range(100_000), 1), "it is nested deeper than 100 levels."),
        ("x" * 10 * 2**20, "its value takes 10.0 MiB, and at most 1 MiB is passed as a parameter."),
        (Path("x"), "it is a PosixPath, which JSON does not have."),
    ],
    ids=["tuple", "nan", "bytes", "key", "half", "deep", "large", "path"],
)
def test_a_given_value_that_no_notebook_can_get_is_named(
    write_workflow: Write, notebooks: None, value: object, message: str
) -> None:
    step = "{notebook: fit.ipynb, parameters: {base: '${parameters.x}'}}"
    text = f"cellar: 1\nname: f\nparameters: {{x: null}}\nsteps: {{fit: {step}}}\n"
    assert message in "\n".join(problems(write_workflow(text), x=value))


def test_a_large_value_is_refused(write_workflow: Write, notebooks: None) -> None:
    text = f"cellar: 1\nname: f\nsteps: {{clean: {{notebook: clean.ipynb, parameters: {{name: {'x' * 10**6}}}}}}}\n"
    assert not validate(read_document(write_workflow(text))).source.problems
    source = read_document(write_workflow(text))
    step = source.document.steps["clean"]
    step.parameters["name"] = "x" * (10 * 2**20)  # type: ignore[index]
    with pytest.raises(InvalidWorkflow, match=r"its value takes 10\.0 MiB, and at most 1 MiB is passed"):
        validate(source)


@pytest.mark.parametrize("given", ["é" * 300_000, ["é" * 10] * 60_000], ids=["text", "list"])
def test_a_value_is_as_large_as_it_is_written(write_workflow: Write, notebooks: None, given: JSON) -> None:
    text = "cellar: 1\nname: f\nparameters: {x: null}\nsteps: {clean: {notebook: clean.ipynb}}\n"
    (said,) = problems(write_workflow(text), x=given)
    assert "parameters.x: its value takes" in said


def test_what_grows_with_its_parameters_counts(write_workflow: Write, notebooks: None) -> None:
    text = "cellar: 1\nname: f\nparameters: {x: ''}\nsteps: {clean: {notebook: clean.ipynb, STEP}}\n"
    twice = write_workflow(text.replace("STEP", "parameters: {name: '${parameters.x}${parameters.x}'}"))
    (said,) = problems(twice, x="x" * 600_000)
    assert "steps.clean.parameters.name: its value takes 1.1 MiB, and at most 1 MiB is passed" in said


def test_each_item_of_a_list_is_a_value(project: Path, notebooks: None) -> None:
    flow = cellar.Workflow("f", folder=project)
    flow.notebook("clean.ipynb", id="many", for_each={"name": ["x" * 700_000] * 3})
    flow.validate()
    flow.notebook("clean.ipynb", id="large", for_each={"name": ["x" * 1_100_000]})
    with pytest.raises(InvalidWorkflow, match=r"steps\.large\.for_each\.name: its value takes 1\.0 MiB"):
        flow.validate()
