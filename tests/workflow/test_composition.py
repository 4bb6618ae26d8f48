"""Steps that are workflows: what becomes of them, and what is said where it cannot."""

# ruff: noqa: E501 (tables of one line each)

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow, ParameterNotInFlow, ParentFlowNotInFlows, TaskNotInFlow, UsageError
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.conditions import Condition
from nbcellar.workflow.documents.document import Document, NotebookBody, Publication, document_json
from nbcellar.workflow.documents.mapped import DBMappedParameter, FileMappedParameter, RawMappedParameter
from nbcellar.workflow.loading.composition import compose
from nbcellar.workflow.loading.document import parse_document, read_document

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


def test_a_ring_of_three_documents_is_named(project: Path, write_workflow: Write) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        path = write_workflow(f"cellar: 1\nname: {name}\nsteps:\n  s: {{workflow: {other}.yaml}}\n", f"{name}.yaml")
    assert problems(path) == (
        "b.yaml:4: steps.s.workflow: these workflows contain each other: c.yaml → a.yaml → b.yaml → c.yaml. Take one out.",
    )


def test_a_ring_of_steps_through_three_documents_is_named(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("n.ipynb", "#parameters\nx = 1", "%%task t\n1")
    step = "{notebook: n.ipynb, parameters: {x: '${parameters.x}'}}"
    write_workflow(f"cellar: 1\nname: c\nparameters: {{x: 1}}\nsteps: {{n: {step}}}\n", "c.yaml")
    write_workflow(
        "cellar: 1\nname: b\nparameters: {x: 1}\nsteps: {c: {workflow: c.yaml, parameters: {x: '${parameters.x}'}}}\n",
        "b.yaml",
    )
    path = write_workflow(
        """
        cellar: 1
        name: a
        steps:
          one: {workflow: b.yaml, mapped_parameters: {x: {from: two.t}}}
          two: {workflow: b.yaml, mapped_parameters: {x: {from: one.t}}}
        """,
        "a.yaml",
    )
    (said,) = problems(path)
    assert "these steps wait for each other:" in said
    assert "one.c.n" in said and "two.c.n" in said


@pytest.mark.parametrize(
    ("before", "after", "message", "kind"),
    [
        ("lib/inner.yaml", "lib/iner.yaml", "flow.yaml:7: steps.sub.workflow: there is no workflow 'lib/iner.yaml'. Did you mean 'inner.yaml'?", InvalidWorkflow),
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


def test_a_tree_of_documents_that_doubles_is_cut(project: Path, write_workflow: Write) -> None:
    for level in range(30):
        steps = f"a: {{workflow: l{level + 1}.yaml}}, b: {{workflow: l{level + 1}.yaml}}"
        write_workflow(f"cellar: 1\nname: l{level}\nsteps: {{{steps}}}\n", f"l{level}.yaml")
    write_workflow("cellar: 1\nname: l30\nsteps: {n: {notebook: n.ipynb}}\n", "l30.yaml")
    assert "more than 200 workflows lie in each other." in "\n".join(problems(project / "l0.yaml"))


def test_a_pipe_is_not_waited_for(project: Path, write_workflow: Write) -> None:
    os.mkfifo(project / "pipe.yaml")
    os.mkfifo(project / "pipe.ipynb")
    path = write_workflow("cellar: 1\nname: f\nsteps: {a: {workflow: pipe.yaml}, b: {notebook: pipe.ipynb}}\n")
    said = "\n".join(problems(path))
    assert "there is no workflow 'pipe.yaml'" in said
    assert "'pipe.ipynb' is not a file." in said


def test_conditions_and_defaults_of_python_are_checked_at_once(project: Path) -> None:
    flow = cellar.Workflow("f", folder=project, defaults={"retries": 2, "timeout": "30m"})
    flow.notebook("a.ipynb", when=["parameters.x > 1"])
    assert (flow.steps["a"].retries, flow.steps["a"].timeout_s) == (2, 1800)
    flow.notebook("b.ipynb", retries=0)
    assert flow.steps["b"].retries == 0
    with pytest.raises(UsageError, match="is not allowed in a condition"):
        flow.notebook("c.ipynb", when="exit()")
    with pytest.raises(UsageError, match=r"'retires' has no default\. Did you mean 'retries'\?"):
        cellar.Workflow("g", folder=project, defaults={"retires": 2})  # type: ignore[typeddict-unknown-key]
    assert isinstance(flow.document, Document)


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
