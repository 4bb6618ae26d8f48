"""What is wrong with a step that is a workflow, or with the workflow that it is."""

# ruff: noqa: E501 (a table of one line each)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow, ParameterNotInFlow, ParentFlowNotInFlows, TaskNotInFlow
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import read_document
from tests.workflow.composition.conftest import INNER, OUTER, problems

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("before", "after", "message", "kind"),
    [
        ("lib/inner.yaml", "lib/iner.yaml", "flow.yaml:7: steps.sub.workflow: there is no workflow file 'lib/iner.yaml'. Did you mean 'inner.yaml'?", InvalidWorkflow),
        ("lib/inner.yaml", "../inner.yaml", "leads out of the project", InvalidWorkflow),
        ("lib/inner.yaml", "http://x/inner.yaml", "leads out of the project", InvalidWorkflow),
        ("lib/inner.yaml", "lib/fit.ipynb", "lib/fit.ipynb:", InvalidWorkflow),
        ("lib/inner.yaml", "5", "it must be a workflow file, and is 5.", InvalidWorkflow),
        ("{n: ", "{m: ", "flow.yaml:8: steps.sub.parameters.m: the workflow 'inner' has no parameter 'm'. It has table, n, title.", ParameterNotInFlow),
        ("n: \"${parameters.year}\"", "n: soon", "flow.yaml:8: steps.sub.parameters.n: it expects int, and 'soon' is str.", InvalidWorkflow),
        ("mapped_parameters: {table: {map_type: file, from: clean.tidy, path: t.csv}}", "description: x", "flow.yaml:8: steps.sub.parameters: the workflow 'inner' needs its parameter 'table', which has no default. Add table to the step's parameters.", InvalidWorkflow),
        ("from: clean.tidy, path", "from: clan.tidy, path", "there is no step 'clan'. Did you mean 'clean'?", ParentFlowNotInFlows),
        ("from: clean.tidy, path", "from: clean.tiddy, path", "flow.yaml:9: steps.sub.mapped_parameters.table: clean.ipynb has no task 'tiddy'. Did you mean 'tidy'?", TaskNotInFlow),
        ("from: sub.report", "from: sub.nothing", "the workflow 'sub' has no single task, result or record 'nothing'. Name the step in it: sub.fit.nothing, sub.page.nothing.", TaskNotInFlow),
        ("from: sub.report", "from: sub.fit.report", "fit.ipynb has no task, result or record 'report'.", TaskNotInFlow),
        ("cache: 2h", "retries: 2", "steps.sub.retries: 'retries' is for a notebook or a function", InvalidWorkflow),
        ("cache: 2h", "for_each: {n: [1]}", "Say it at the steps of the inner workflow.", InvalidWorkflow),
        ("cache: 2h", "notebook: a.ipynb", "it names a workflow and a notebook", InvalidWorkflow),
        ("tidy > 0", "tidy.__class__()", "flow.yaml:10: steps.sub.when: `steps.clean.tidy.__class__()` is not allowed", InvalidWorkflow),
        ("tidy > 0", "tydi > 0", "clean.ipynb has no task, result or record 'tydi'.", TaskNotInFlow),
    ],
)  # fmt: skip
def test_what_is_wrong_with_such_a_step_is_named(
    files: Path, write_workflow: Write, before: str, after: str, message: str, kind: type[InvalidWorkflow]
) -> None:
    assert before in OUTER
    with pytest.raises(kind) as caught:
        validate(read_document(write_workflow(OUTER.replace(before, after))))
    assert message in "\n".join(caught.value.problems)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("fit.ipynb", "fti.ipynb", "lib/inner.yaml:9: steps.fit.notebook: there is no notebook 'fti.ipynb'. Did you mean 'fit.ipynb'?"),
        ("from: fit.score", "from: fit.scor", "lib/inner.yaml:15: steps.page.mapped_parameters.v: fit.ipynb has no record 'scor'."),
        ("from: fit.score", "from: clean.tidy", "lib/inner.yaml:15: steps.page.mapped_parameters.v: there is no step 'sub.clean'."),
        ("{title: ", "{titel: ", "lib/inner.yaml:14: steps.page.parameters.titel: page.ipynb has no parameter 'titel'. Did you mean 'title'?"),
        ("cellar: 1", "cellar: 7", "lib/inner.yaml:1: cellar: this nbcellar reads version 1, not 7."),
        ("name: inner", "nme: inner", "lib/inner.yaml:2: nme: unknown key 'nme'. Did you mean 'name'?"),
        ("table: \"${parameters.table}\"", "table: \"at ${parameters.table}\"", "step 'fit' of it: 'table' is mapped, so it cannot be a part of 'table'."),
        ("fit/table.csv", "fitt/table.csv", "there is no step or task 'sub.fitt'."),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_inner_document_is_named_there(
    files: Path, write_workflow: Write, before: str, after: str, message: str
) -> None:
    assert before in INNER
    write_workflow(INNER.replace(before, after), "lib/inner.yaml")
    assert message in "\n".join(problems(files))


def test_an_error_is_of_each_kind_that_one_of_its_problems_is(files: Path, write_workflow: Write) -> None:
    path = write_workflow(OUTER.replace("{n: ", "{m: ").replace("from: sub.report", "from: sub.nothing"))
    for kind in (ParameterNotInFlow, TaskNotInFlow, InvalidWorkflow):
        with pytest.raises(kind, match="2 problems"):
            validate(read_document(path))
