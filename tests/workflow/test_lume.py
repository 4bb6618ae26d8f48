"""LUME's files of flows, as they are, and its calls: what runs, what it gives, and what is said where it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import (
    EmptyResult,
    FlowFailed,
    InvalidWorkflow,
    NotFoundError,
    ParameterNotInFlow,
    ParentFlowNotInFlows,
    TaskNotCompleted,
    TaskNotInFlow,
    UsageError,
)
from nbcellar.model import RunKind
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.documents.mapped import DBMappedParameter, FileMappedParameter
from nbcellar.workflow.loading.document import parse_document, read_document

Write = Callable[..., Path]

FLOWS = """
    name: flow_of_flows
    project_name: test
    labels: [lume-services]
    composing_flows:
      - name: flow3
        project_name: test
        mapped_parameters:
          text1: {parent_flow_name: flow2, parent_task_name: save_db_result, map_type: db, attribute_index: [outputs, output1]}
      - {name: flow1, project_name: test}
      - name: flow2
        project_name: test
        mapped_parameters:
          file_rep: {parent_flow_name: flow1, parent_project_name: test, parent_task_name: save_text_file, map_type: file}
"""  # noqa: E501


@pytest.fixture
def flows(project: Path, write_notebook: Write, write_workflow: Write) -> Path:
    """A chain: a file, a recorded result of what is in it, and a comparison."""
    write_notebook(
        "flow1.ipynb",
        "#parameters\ntext1 = 'hey'\ntext2 = 'you'",
        "import nbcellar as cellar",
        "%%task save_text_file\ncellar.dump(f'{text1} {text2}', 'out.txt')\nNone",
    )
    write_notebook(
        "02_flow2.ipynb",
        "#parameters\nfile_rep = ''",
        "from pathlib import Path\nimport nbcellar as cellar\ntext = cellar.load(Path(file_rep))",
        "cellar.record('save_db_result', inputs={'file': file_rep}, outputs={'output1': text, 'none': None})",
    )
    write_notebook(
        "flow3.ipynb",
        "#parameters\ntext1 = ''\ntext2 = 'hey you'",
        "%%task check\nfrom pathlib import Path\nPath('same.txt').write_text(str(text1 == text2))\ntext1 == text2",
    )
    return write_workflow(FLOWS, "flows.yaml")


def in_python(folder: Path) -> cellar.Workflow:
    flow = cellar.Workflow("in_python", folder=folder)
    one = flow.notebook("flow1.ipynb")
    two = flow.notebook("02_flow2.ipynb", file_rep=cellar.file(one, "save_text_file", path="out.txt"))
    index = ["outputs", "output1"]
    flow.notebook("flow3.ipynb", text1=cellar.db(two, "save_db_result", attribute_index=index))
    return flow


def made(folder: Path) -> dict[str, str]:
    """The digests of what the tasks of a project wrote."""
    runs = Cellar.open(folder).runs(RunQuery(name=None))
    return {run.name: run.asset.digest.hex() for run in runs if run.kind.value == "task" and run.asset}


def test_flows_are_steps_in_any_order_and_find_their_notebooks(flows: Path, project: Path) -> None:
    checked = validate(read_document(flows))
    document = checked.document
    assert {name: step.body.path for name, step in document.steps.items()} == {  # type: ignore[union-attr]
        "flow1": "flow1.ipynb",
        "flow2": "02_flow2.ipynb",
        "flow3": "flow3.ipynb",
    }
    assert document.steps["flow2"].mapped_parameters == {
        "file_rep": FileMappedParameter("flow1", "save_text_file", "**/*")
    }
    assert document.steps["flow3"].mapped_parameters == {
        "text1": DBMappedParameter("flow2", "save_db_result", "", "outputs", ("output1",))
    }
    assert checked.values == {"flow1-text1": "hey", "flow1-text2": "you", "flow3-text2": "hey you"}
    again = parse_document(json.dumps(cellar.Workflow.from_yaml(flows).to_json()), project)
    assert not again.problems
    assert again.document == document
    assert cellar.Workflow.from_yaml(flows).tasks == ["flow3.check", "flow1.save_text_file", "flow2.save_db_result"]


@pytest.mark.parametrize(
    ("before", "after", "message", "kind"),
    [
        ("parent_flow_name: flow2", "parent_flow_name: flow9", "there is no step 'flow9'", ParentFlowNotInFlows),
        ("save_db_result", "save_results", "02_flow2.ipynb has no record 'save_results'", TaskNotInFlow),
        ("text1: {", "text9: {", "flow3.ipynb has no parameter 'text9'", ParameterNotInFlow),
        ("map_type: db", "map_type: dbb", "unknown map_type 'dbb'. Did you mean 'db'?", InvalidWorkflow),
        ("{name: flow1,", "{name: flow7,", "there is no notebook 'flow7.ipynb'", InvalidWorkflow),
        ("{name: flow1,", "{name: ../flow1,", "'../flow1' is not a usable name", InvalidWorkflow),
        ("{name: flow1,", "{name: flow2,", "the flow 'flow2' stands twice", InvalidWorkflow),
        ("labels:", "label:", "unknown key 'label'. Did you mean 'labels'?", InvalidWorkflow),
        ("[outputs, output1]", "[output, output1]", "no attribute 'output'. Did you mean 'outputs'?", InvalidWorkflow),
    ],
)
def test_what_is_wrong_with_flows_is_named(
    flows: Path, write_workflow: Write, before: str, after: str, message: str, kind: type[InvalidWorkflow]
) -> None:
    assert before in FLOWS
    with pytest.raises(kind) as caught:
        validate(read_document(write_workflow(FLOWS.replace(before, after), "flows.yaml")))
    assert message in str(caught.value)


def test_a_flow_that_may_be_two_files_is_named(flows: Path, project: Path, write_notebook: Write) -> None:
    write_notebook("01_flow2.ipynb", "1")
    with pytest.raises(InvalidWorkflow, match=r"'flow2' may be '01_flow2\.ipynb' and '02_flow2\.ipynb'\. Let one"):
        validate(read_document(flows))
    for name in ("01_flow2.ipynb", "02_flow2.ipynb"):
        (project / name).unlink()
    for ending in ("yaml", "yml"):
        (project / f"flow2.{ending}").write_text("cellar: 1\nname: f\nsteps: {a: {notebook: flow1.ipynb}}\n")
    with pytest.raises(InvalidWorkflow, match=r"'flow2' may be 'flow2\.yaml' and 'flow2\.yml'"):
        validate(read_document(flows))


@pytest.mark.parametrize("flows_node", ["{}", "[]", "5", "[5]", "[{}]"])
def test_a_list_that_is_none_is_named(write_workflow: Write, flows_node: str) -> None:
    with pytest.raises(InvalidWorkflow):
        validate(read_document(write_workflow(f"name: f\ncomposing_flows: {flows_node}\n")))


@pytest.mark.slow
def test_a_file_of_flows_and_python_make_the_same_assets_with_each_kind_of_kernel(
    flows: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = cellar.Workflow.from_yaml(flows)
    assert flow.run_and_return(task_name="check") is True
    digests = made(project)
    assert digests.keys() == {"save_text_file", "check"}

    other = tmp_path / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text("[tool.nbcellar]\n")
    for path in project.glob("*.ipynb"):
        (other / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("NBCELLAR_KERNELS", "cold")
    assert in_python(other).run_and_return() == {
        "flow1.save_text_file": None,
        "flow2.save_db_result": {"output1": "hey you", "none": None},
        "flow3.check": True,
    }
    assert made(other) == digests
    runs = [*Cellar.open(project).runs(), *Cellar.open(other).runs()]
    assert {run.detail.get("kernel") for run in runs if run.kind is RunKind.NOTEBOOK} == {"forked", "cold"}

    # what a run recorded, found by the run; the same content again is the same record
    (record,) = cellar.records.find(run="flow_of_flows@1", cellar=Cellar.open(project))
    assert record.outputs == {"output1": "hey you", "none": None}
    assert cellar.records.find(outputs={"output1": "hey you"}, cellar=Cellar.open(other)).one().digest

    # a parameter of a flow is one of the whole, and so are names that nothing has
    assert flow.run_and_return({"flow1-text1": "ho"}, "flow3.check") is False
    with pytest.raises(ParameterNotInFlow, match="no parameter 'flow1-text9'"):
        flow.run({"flow1-text9": "ho"})
    with pytest.raises(TaskNotInFlow, match=r"no task, result or record 'chek'.* Did you mean 'check'\?"):
        flow.run_and_return(task_name="chek")
    with pytest.raises(EmptyResult, match=r"'save_text_file' of step 'flow1' gave nothing\. End the cell"):
        flow.run_and_return(task_name="save_text_file")
    with pytest.raises(NotFoundError):
        flow.run().wait()["flow9"]


@pytest.mark.slow
def test_each_way_to_end_without_a_result_is_an_error_of_its_own(project: Path, write_notebook: Write) -> None:
    write_notebook("n.ipynb", "#parameters\nx = 1", "%%task t\nif x == 0: raise ValueError('zero')\nx")
    write_notebook("slow.ipynb", "import threading\nthreading.Event().wait()")
    flow = cellar.Workflow("f", parameters={"x": 1, "y": True}, folder=project, notebooks_to="ran")
    flow.notebook("n.ipynb", id="a", x=flow.p.x)
    flow.notebook("n.ipynb", id="b", for_each={"x": [2, 3]}, needs=["a"], when="parameters.y")
    assert flow.run_and_return(task_name="a.t") == 1
    assert sorted(path.name for path in (project / "ran").iterdir()) == ["a-n.ipynb", "b-n-0.ipynb", "b-n-1.ipynb"]
    assert flow.run_and_return(task_name="t") == [1, [2, 3]]
    assert flow.run_and_return() == {"a.t": 1, "b.t": [2, 3]}
    with pytest.raises(TaskNotCompleted, match=r"'b\.t' did not run: not when: parameters\.y"):
        flow.run_and_return(task_name="b.t", y=False)
    with pytest.raises(FlowFailed, match=r"f@\d failed: a: cell 3: ValueError: zero\. What its steps had made is kept"):
        flow.run_and_return(task_name="b.t", x=0)
    flow.notebook("slow.ipynb", id="c")
    with pytest.raises(FlowFailed, match=r"took longer than 0\.5 s and was ended"):
        flow.run_and_return(timeout=0.5)


def test_a_dockerfile_is_written_and_nothing_else_is_overwritten(flows: Path, project: Path) -> None:
    (project / "requirements.txt").write_text("numpy\n")
    flow = cellar.Workflow.from_yaml(flows)
    flow.compose(dockerfile=project / "Dockerfile", image="python:3.13")
    lines = (project / "Dockerfile").read_text().splitlines()
    assert lines[2] == "FROM python:3.13"
    assert lines[5] == "RUN pip install --no-cache-dir nbcellar -r requirements.txt"
    assert lines[-1] == 'ENTRYPOINT ["nbcellar", "run", "flows.yaml"]'
    flow.compose(dockerfile=project / "Dockerfile", image="python:3.13")
    with pytest.raises(cellar.ConflictError, match="exists and holds something else"):
        flow.compose(dockerfile=project / "Dockerfile")
    with pytest.raises(UsageError, match="is no image"):
        flow.compose(dockerfile=project / "D", image="a\nRUN evil")
    with pytest.raises(UsageError, match="is in no file"):
        in_python(project).compose(dockerfile=project / "D")
    assert not (project / "D").exists()
