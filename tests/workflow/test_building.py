"""Workflows made in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import ConflictError, InvalidWorkflow, NotFoundError, RunError, UsageError
from nbcellar.lightclasses import replace
from nbcellar.model import JSON, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.documents.document import CachePolicy, Document, NotebookBody, ParameterDeclaration
from nbcellar.workflow.runs.history import find_run
from nbcellar.workflow.runs.planning import Action

Write = Callable[..., Path]


@pytest.fixture
def notebooks(write_notebook: Write) -> None:
    write_notebook(
        "01_clean.ipynb",
        "#parameters\nyear = 0",
        "%%task tidy\nopen('clean.txt', 'w').write(str(year))\nyear + 1",
    )
    write_notebook(
        "02_train.ipynb",
        "#parameters\ntable = ''\nn_rows = 0\nbase = 0.0",
        "import nbcellar as cellar\ncellar.result('sum', int(open(table).read()) + n_rows + base)",
    )


def made(project: Path) -> cellar.Workflow:
    flow = cellar.Workflow("survey", parameters={"year": 2024}, folder=project)
    clean = flow.notebook("01_clean.ipynb", year=flow.p.year)
    flow.notebook(
        "02_train.ipynb",
        retries=1,
        timeout="30m",
        table=cellar.file(clean, "tidy", path="clean.txt"),
        n_rows=cellar.raw(clean, "tidy"),
        base=cellar.db(record="baseline", attribute="outputs", attribute_index=["val", "rmse"]),
    )
    flow.publish("clean/clean.txt", "out/${parameters.year}.txt")
    return flow


def test_python_and_yaml_make_the_same_document(project: Path, notebooks: None) -> None:
    flow = made(project)
    assert list(flow.steps) == ["clean", "train"]
    flow.to_yaml(project / "survey.yaml")
    again = cellar.Workflow.from_yaml(project / "survey.yaml")
    assert again.document == flow.document
    assert cellar.Workflow.from_json(json.loads(json.dumps(flow.to_json())), project).document == flow.document
    assert repr(again) == "<Workflow survey: clean, train>"
    assert again.to_yaml() == (project / "survey.yaml").read_text()
    flow.notebook("01_clean.ipynb", id="more")
    assert flow.to_yaml(project / "survey.yaml") != again.to_yaml()
    with pytest.raises(ConflictError, match="exists and is not this workflow"):
        made(project).to_yaml(project / "survey.yaml")


def test_comments_of_a_file_survive_reading_and_writing(project: Path, notebooks: None) -> None:
    text = "# the survey\ncellar: 1\nname: survey  # its name\nsteps:\n  a: {notebook: 01_clean.ipynb}\n"
    (project / "a.yaml").write_text(text)
    cellar.Workflow.from_yaml(project / "a.yaml").to_yaml(project / "b.yaml")
    assert (project / "b.yaml").read_text() == text


def test_what_cannot_be_meant_is_refused_at_once(project: Path, notebooks: None) -> None:
    flow = made(project)
    with pytest.raises(UsageError, match="has a step 'clean' already"):
        flow.notebook("01_clean.ipynb")
    with pytest.raises(UsageError, match=r"no parameter 'yaer'\. Did you mean 'year'\?"):
        flow.notebook("01_clean.ipynb", id="more", year=flow.p.yaer)
    with pytest.raises(UsageError, match="not a duration"):
        flow.notebook("01_clean.ipynb", id="more", timeout="soon")
    with pytest.raises(UsageError, match=r"'9{59} is longer than 300 years\."):
        flow.notebook("01_clean.ipynb", id="more", cell_timeout=int("9" * 400))
    with pytest.raises(UsageError, match="one of the two"):
        cellar.db()
    with pytest.raises(UsageError, match="not a usable workflow name"):
        cellar.Workflow("a b")
    assert dir(flow.p) == ["year"]


def test_a_workflow_of_python_is_validated_with_keys_and_without_lines(project: Path, notebooks: None) -> None:
    flow = cellar.Workflow(
        "survey", parameters={"year": ParameterDeclaration("", "int", required=True)}, folder=project
    )
    flow.notebook("01_clean.ipynb", yaer=flow.p.year)
    with pytest.raises(InvalidWorkflow) as caught:
        flow.validate()
    assert caught.value.problems == (
        "parameters.year: it has no default and no value was given. "
        "Give it one: `-p year=VALUE`, or year=VALUE in Python.",
        "steps.clean.parameters.yaer: 01_clean.ipynb has no parameter 'yaer'. Did you mean 'year'?",
    )


def test_what_stands_twice_in_python_is_meant_once_and_auto_is_as_in_files(project: Path, notebooks: None) -> None:
    flow = cellar.Workflow("survey", folder=project)
    clean = flow.notebook("01_clean.ipynb", cache="auto")
    flow.notebook("02_train.ipynb", needs=[clean, "clean"], inputs=["a", "a"], depends_on_env=["A", "A"])
    flow.validate()
    step = flow.steps["train"]
    assert (step.needs, step.inputs, step.depends_on_env) == (("clean",), ("a",), ("A",))
    assert flow.steps["clean"].cache == CachePolicy()
    again = cellar.Workflow.from_json(flow.to_json(), project)
    assert again.document == flow.document


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cache": 0}, "steps.clean.cache: an age must be more than 0; `false` is what never takes an earlier run."),
        ({"cache": "0d"}, "steps.clean.cache: an age must be more than 0"),
        ({"retries": True}, "steps.clean.retries: it must be a number from 0 to 1000, and is True."),
        ({"retries": 1.0}, "steps.clean.retries: it must be a number from 0 to 1000, and is 1.0."),
    ],
)
def test_an_option_that_means_nothing_is_named(
    project: Path, notebooks: None, options: dict[str, bool], message: str
) -> None:
    flow = cellar.Workflow("survey", folder=project)
    flow.notebook("01_clean.ipynb", **options)
    with pytest.raises(InvalidWorkflow) as caught:
        flow.validate()
    assert message in caught.value.problems[0]


def test_a_workflow_without_steps_is_refused(project: Path) -> None:
    with pytest.raises(InvalidWorkflow, match="the workflow has no steps"):
        cellar.Workflow("empty", folder=project).run()


def test_it_runs_in_the_background_and_its_steps_are_looked_at(project: Path, notebooks: None) -> None:
    flow = made(project)
    Cellar.open(project).record("baseline", {}, {"other": 1})
    run = flow.run(year=3).wait()
    assert run["clean"].result == 4
    assert run["clean"].assets["tidy"]["clean.txt"].read() == b"3"
    assert (project / "out/3.txt").read_text() == "3"
    assert run.steps["train"].error.startswith("Record 'baseline': outputs has no 'val'")
    with pytest.raises(RunError, match="survey@1 failed: train: Record 'baseline'"):
        run.check()
    with pytest.raises(NotFoundError, match=r"no step 'trian'\. Did you mean 'train'\?"):
        run["trian"]
    with pytest.raises(NotFoundError, match="has no executed notebook: failed"):
        run["train"].notebook

    Cellar.open(project).record("baseline", {}, {"val": {"rmse": 0.5}})
    again = flow.run({"year": 3}).wait().check()
    assert again["train"].result == 7.5
    assert [step.action for step in flow.plan(year=3).steps] == [Action.TAKE, Action.TAKE]
    assert repr(again) == "<WorkflowRun survey@2 succeeded: 2 of 2 steps done>"
    assert repr(again["train"]) == "<StepRun train succeeded: it never ran>"


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


def test_a_record_is_mapped_alike_however_it_is_written(project: Path, notebooks: None) -> None:
    flow = cellar.Workflow("f", folder=project)
    step = flow.notebook("01_clean.ipynb")
    index: list[str | int] = ["outputs", "val", 0]
    by_fields = cellar.DBMappedParameter("clean", "r", attribute_index=index)  # type: ignore[arg-type]  # LUME's is a list
    assert by_fields == cellar.db(step, "r", attribute_index=index)
    assert by_fields == cellar.db(step, "r", attribute="outputs", attribute_index=["val", 0])
    flow.notebook("02_train.ipynb", base=by_fields)
    assert cellar.Workflow.from_json(flow.to_json(), project).document == flow.document
    flow.notebook("02_train.ipynb", id="wrong", base=cellar.db(step, "r", attribute="output"))
    with pytest.raises(InvalidWorkflow, match=r"a record has no attribute 'output'\. Did you mean 'outputs'\?"):
        flow.validate()


def test_a_dict_is_read_as_a_file_is(project: Path, notebooks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    whole: dict[str, JSON] = {"cellar": 1, "name": "f", "steps": {"clean": {"notebook": "01_clean.ipynb"}}}
    assert cellar.Workflow.from_yaml(whole).document == cellar.Workflow.from_json(whole).document
    for wrong, reason in ((float("nan"), "it is nan|is nan"), (Path("x"), "PosixPath"), ((1,), "tuple")):
        with pytest.raises(InvalidWorkflow, match=reason):
            cellar.Workflow.from_yaml({**whole, "parameters": {"x": wrong}})  # type: ignore[dict-item]
    flows: dict[str, JSON] = {"name": "f", "composing_flows": [{"name": "clean"}]}
    assert cellar.Workflow.from_yaml(flows).steps["clean"].body == NotebookBody("01_clean.ipynb")


def test_a_run_is_asked_for_by_its_number_and_nothing_else_is_one(project: Path) -> None:
    store = Cellar.open(project)
    run = store.publish(replace(store.open_run(RunKind.WORKFLOW, "f"), status=RunStatus.SUCCEEDED))
    assert find_run(store, 1).id == find_run(store, "1").id == run.id
    with pytest.raises(UsageError, match=r"is no reference to a run\. Write latest, a number, survey@3"):
        find_run(store, run)  # type: ignore[arg-type]


def test_a_record_that_nobody_can_have_is_told_before_anything_runs(
    project: Path, notebooks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    flow = cellar.Workflow("f", folder=project)
    flow.notebook("02_train.ipynb", base=cellar.db(record="baselin", attribute_index=["outputs", "value"]))
    with pytest.raises(InvalidWorkflow, match=r"base: the project 'study' has no record 'baselin', and no step here"):
        flow.run()
    with cellar.Runner(flow) as runner, pytest.raises(InvalidWorkflow, match="no record 'baselin'"):
        runner.process()
    assert not Cellar.open(project).exists
    cellar.record("baseline", outputs={"value": 1})
    with pytest.raises(InvalidWorkflow, match="Did you mean 'baseline'"):
        flow.plan()
    later = cellar.Workflow("g", folder=project)
    later.notebook("02_train.ipynb", base=cellar.db(record="sum"))  # it makes one itself
    later.plan()
    perhaps = cellar.Workflow("h", folder=project, parameters={"go": False})
    perhaps.notebook("02_train.ipynb", base=cellar.db(record="nowhere"), when="parameters.go")
    perhaps.plan()
