"""Each bad mapping, and those of which only running tells."""

# ruff: noqa: E501 (a table of one line each)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import read_document
from tests.workflow.checks.conftest import problems

Write = Callable[..., Path]

BAD_MAPPINGS = [
    ("{map_type: raw, from: claen.n}", "there is no step 'claen'. Did you mean 'clean'?"),
    ("{map_type: raw, from: clean.m}", "clean.ipynb has no task, result or record 'm'."),
    ("{map_type: raw, from: clean}", "'clean' is not STEP.NAME."),
    ("{map_type: raw}", "it says not where the value comes from."),
    ("{map_type: rwa, from: clean.n}", "unknown map_type 'rwa'. Did you mean 'raw'?"),
    ("{map_type: raw, from: clean.n, path: x}", "unknown key 'path'."),
    ("{map_type: file, from: clean.tidyy, path: x}", "clean.ipynb has no task 'tidyy'. Did you mean 'tidy'?"),
    ("{map_type: file, from: clean.n, path: x}", "clean.ipynb has no task 'n'. It has tidy."),
    ("{map_type: file, from: clean.tidy, path: ../x}", "'../x' is not a path inside an asset."),
    ("{map_type: file, from: clean.tidy, as: link}", "'link' is not known. Write path or asset."),
    ("{map_type: db, from: clean.tidy}", "clean.ipynb has no record 'tidy'."),
    ("{map_type: db}", "it names no record and no step."),
    ("{map_type: db, from: clean.score, record: x}", "it names both a record of the project and a step."),
    ("{map_type: db, from: clean.score, attribute: output}", "a record has no attribute 'output'. Did you mean 'outputs'?"),
    ("{map_type: db, from: clean.score, attribute: outputs, attribute_index: [[1]]}", "each item must be a key or a position"),
    ("{map_type: db, from: clean.plain, attribute_index: [outputs, val, rmes]}", "record 'plain': outputs.val has no 'rmes'. Did you mean 'rmse'?"),
    ("{map_type: db, from: clean.plain, attribute_index: [inputs, val]}", "record 'plain': inputs has no 'val'. It has nothing."),
    ("{map_type: file, from: clean.tidy, path: '../${parameters.year}'}", "'../2024' is not a path inside an asset."),
    ("{map_type: file, from: clean.tidy, path: '${parameters.all}'}", "${parameters.all} must be text here, and is [1]."),
    ("{map_type: db, from: clean.plain, attribute_index: [outputs, val, '${parameters.year}']}", "record 'plain': outputs.val has no '2024'."),
    ("{map_type: db, record: a b}", "no record can be called 'a b'."),
    ("5", "it must be a mapping of keys to values, and is 5."),
    ("{map_type: raw, from: fit.n}", "the step 'fit' would wait for itself."),
]  # fmt: skip

GOOD_MAPPINGS = [
    "{map_type: db, from: clean.plain, attribute_index: [outputs, val, all, 0, x]}",
    "{map_type: db, from: clean.score, attribute_index: [outputs, other]}",
    "{map_type: db, from: clean.more, attribute_index: [outputs, other, 3]}",
    "{map_type: db, from: clean.plain}",
    "{map_type: db, from: clean.plain, attribute_index: [outputs, 2024]}",
]


@pytest.mark.parametrize(("mapping", "message"), BAD_MAPPINGS)
def test_a_bad_mapping_is_named(write_workflow: Write, notebooks: None, mapping: str, message: str) -> None:
    step = f"fit: {{notebook: fit.ipynb, mapped_parameters: {{n: {mapping}}}}}"
    head = "cellar: 1\nname: flow\nparameters: {year: 2024, all: [1]}"
    said = problems(write_workflow(f"{head}\nsteps:\n  clean: {{notebook: clean.ipynb}}\n  {step}\n"))
    assert message in "\n".join(said)
    assert said[0].startswith("flow.yaml:6: steps.fit.mapped_parameters.n")


@pytest.mark.parametrize("mapping", GOOD_MAPPINGS)
def test_what_only_running_tells_of_a_record_is_let_through(
    write_workflow: Write, notebooks: None, mapping: str
) -> None:
    step = f"fit: {{notebook: fit.ipynb, mapped_parameters: {{n: {mapping}}}}}"
    validate(
        read_document(write_workflow(f"cellar: 1\nname: f\nsteps:\n  clean: {{notebook: clean.ipynb}}\n  {step}\n"))
    )


def test_names_that_only_running_tells_are_let_through(write_notebook: Write, write_workflow: Write) -> None:
    write_notebook("clean.ipynb", "%%task $name\n1", "for n in names:\n    cellar.result(n, 1)")
    write_notebook("fit.ipynb", "#parameters\nn = 1")
    path = write_workflow(
        """
        cellar: 1
        name: flow
        steps:
          clean: {notebook: clean.ipynb}
          fit: {notebook: fit.ipynb, mapped_parameters: {n: {from: clean.anything}}}
        """
    )
    validate(read_document(path))
