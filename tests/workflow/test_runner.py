"""Workflows run for real: what runs, what is taken from earlier, and what is on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import NotFoundError
from nbcellar.model import RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.history import find_run, workflow_runs, workflow_status
from nbcellar.workflow.runs.planning import Action, plan_workflow
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun
from nbcellar.workflow.views.events import CellStarted, Event, Published, StepFinished, StepTaken
from nbcellar.workflow.views.progress import describe, line

pytestmark = pytest.mark.slow

Write = Callable[..., Path]

CLEAN = (
    "#markdown\n# Clean",
    "#parameters\nfactor = 1",
    "%load_ext nbcellar\nfrom helper import total",
    """
    %%task tidy -> cleaned
    from pathlib import Path
    numbers = [int(word) for word in Path("data/raw.txt").read_text().split()]
    Path("clean.txt").write_text(str(total(numbers) * factor))
    {"count": len(numbers)}
    """,
)
FIT = (
    "#parameters\ntable = 'clean.txt'\ncount = {}",
    "import nbcellar as cellar\nscore = int(open(table).read()) / max(1, count['count'])",
    "cellar.record(name='score', inputs={'count': count}, outputs={'val': {'mean': [score]}})",
)
REPORT = (
    "#parameters\nmean: float = 0.0\ntitle = ''",
    """
    %%task report
    from pathlib import Path
    Path("out").mkdir(exist_ok=True)
    Path("out/report.html").write_text(f"{title} {mean}")
    """,
    "import nbcellar as cellar\ncellar.result('title', title)",
)
FLOW = """
    cellar: 1
    name: study
    parameters:
      factor: {type: int, default: 1}
      title: Means
    steps:
      clean: {notebook: nb/clean.ipynb, parameters: {factor: "${parameters.factor}"}}
      fit:
        notebook: nb/fit.ipynb
        mapped_parameters:
          table: {map_type: file, from: clean.tidy, path: clean.txt}
          count: {map_type: raw, from: clean.tidy}
      report:
        notebook: nb/report.ipynb
        parameters: {title: "${parameters.title}: factor ${parameters.factor}"}
        mapped_parameters:
          mean: {map_type: db, from: fit.score, attribute: outputs, attribute_index: [val, mean, 0]}
    publish: {report/out/report.html: "public/${parameters.factor}.html"}
    notebooks_to: executed/
"""


@pytest.fixture
def study(project: Path, write_notebook: Write, write_workflow: Write) -> Path:
    """A chain of three notebooks: a file and a result go from the first to the second, a record to the third."""
    (project / "nb/data").mkdir(parents=True)
    (project / "nb/data/raw.txt").write_text("1 2 3")
    (project / "nb/helper.py").write_text("def total(numbers):\n    return sum(numbers)\n")
    write_notebook("nb/clean.ipynb", *CLEAN)
    write_notebook("nb/fit.ipynb", *FIT)
    write_notebook("nb/report.ipynb", *REPORT)
    return write_workflow(FLOW)


def ran(run: WorkflowRun) -> dict[str, str]:
    """The steps that ran, with their reasons; a step that failed fails the test."""
    assert run.succeeded, run.run.error
    return {name: step.reason for name, step in run.steps.items() if step.status is not RunStatus.CACHED}


def test_a_chain_runs_once_and_then_only_what_an_edit_reaches(
    study: Path, project: Path, write_notebook: Write
) -> None:
    sources = {path: path.read_bytes() for path in (project / "nb").glob("*.ipynb")}
    events: list[Event] = []
    run = run_workflow(study, listener=events.append)
    assert ran(run) == dict.fromkeys(("clean", "fit", "report"), "it never ran")

    # what it made
    store = Cellar.open(project)
    assert run["clean"].results == {"tidy": {"count": 3}}
    assert run["fit"].results["score"] == {"val": {"mean": [2.0]}}
    assert run["report"].results["title"] == "Means: factor 1"
    assert (project / "public/1.html").read_text() == "Means: factor 1 2.0"
    assert {path: path.read_bytes() for path in (project / "nb").glob("*.ipynb")} == sources
    executed = json.loads(run["fit"].notebook.read())
    assert executed["metadata"]["papermill"]["input_path"] == "nb/fit.ipynb"
    assert json.loads((project / "executed/fit.ipynb").read_text()) == executed

    # what is on record: workflow, notebooks below it, tasks below those
    (notebook,) = run["clean"].runs
    assert (notebook.kind, notebook.parent, notebook.name) == (RunKind.NOTEBOOK, run.id, "study-clean")
    (task,) = run["clean"].tasks
    assert (task.kind, task.parent, task.name) == (RunKind.TASK, notebook.id, "tidy")
    assert {each.path for each in notebook.inputs} == {"nb/data/raw.txt", "nb/helper.py"}
    assert [type(event).__name__ for event in events[:3]] == ["WorkflowStarted", "StepStarted", "CellStarted"]
    assert [event.step for event in events if isinstance(event, StepFinished)] == ["clean", "fit", "report"]
    assert any(isinstance(event, Published) for event in events)
    assert all(describe(event) for event in events) and not line(next(e for e in events if isinstance(e, CellStarted)))

    # nothing changed: nothing runs
    events.clear()
    assert ran(run_workflow(study, listener=events.append)) == {}
    assert [type(event) for event in events[1:-1]] == [StepTaken] * 3

    # markdown, outputs and metadata do not count
    write_notebook("nb/clean.ipynb", "#markdown\n# Another title", *CLEAN[1:])
    assert ran(run_workflow(study)) == {}

    # a byte of the raw file: the step runs; its dependants only if what they get differs
    (project / "nb/data/raw.txt").write_text("1 2  3")
    assert ran(run_workflow(study)) == {"clean": "nb/data/raw.txt changed"}
    (project / "nb/data/raw.txt").write_text("1 2 9")
    reasons = ran(run_workflow(study))
    assert list(reasons) == ["clean", "fit", "report"]
    assert reasons["fit"].startswith("table clean.txt ") and reasons["report"] == "mean 2.0 → 4.0"

    # a line of an imported module that changes no result
    (project / "nb/helper.py").write_text("def total(numbers):\n    return sum(numbers)  # added\n")
    assert ran(run_workflow(study)) == {"clean": "nb/helper.py changed"}

    # a parameter, and back again
    assert ran(run_workflow(study, {"title": "Other"})) == {"report": "title 'Means: factor 1' → 'Other: factor 1'"}
    assert ran(run_workflow(study)) == {}

    # a code cell
    write_notebook("nb/report.ipynb", *REPORT[:2], REPORT[2] + "\n2 + 2")
    assert ran(run_workflow(study)) == {"report": "code cell 3 changed"}

    # what is published comes back; what was edited since is not overwritten
    (project / "public/1.html").unlink()
    assert ran(run_workflow(study)) == {}
    assert (project / "public/1.html").read_text() == "Means: factor 1 4.0"
    (project / "public/1.html").write_text("edited by hand")
    run = run_workflow(study)
    assert run.status is RunStatus.FAILED and "was edited since it was published" in run.run.error
    assert (project / "public/1.html").read_text() == "edited by hand"
    (project / "public/1.html").unlink()

    # what it made is in the trash
    store.remove(store.find("report"))
    reasons = ran(run_workflow(study))
    assert list(reasons) == ["report"] and "which it made, was removed" in reasons["report"]

    # wanted in any case
    assert list(plan(study, start_from="fit").values()) == [Action.TAKE, Action.RUN, Action.RUN]
    assert list(plan(study, force=True).values()) == [Action.RUN] * 3
    assert list(plan(study).values()) == [Action.TAKE] * 3
    assert list(plan(study, {"factor": 2}).values()) == [Action.RUN, Action.DEPENDS, Action.DEPENDS]

    # listed, and found
    runs = workflow_runs(store)
    assert len(runs) == runs[0].number == find_run(store).number
    assert find_run(store, "study@2") == find_run(store, "2") == runs[-2]
    status = workflow_status(store, runs[-1])
    assert [step.outcome.status for step in status.steps] == [RunStatus.SUCCEEDED] * 3
    assert [task.name for step in status.steps for task in step.products] == ["tidy", "report"]


def plan(path: Path, parameters: dict[str, object] | None = None, **options: object) -> dict[str, Action]:
    planned = plan_workflow(path, parameters, **options)  # type: ignore[arg-type]
    return {step.step: step.action for step in planned.steps}


def test_a_run_in_which_nothing_changed_imports_no_papermill_and_no_nbformat(
    write_notebook: Write, write_workflow: Write, python: Callable[..., str]
) -> None:
    write_notebook("a.ipynb", "print(1)")
    path = write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n")
    assert run_workflow(path).succeeded
    code = """
        import sys
        from nbcellar.workflow.runs.runner import run_workflow
        run = run_workflow(sys.argv[1])
        heavy = {"papermill", "nbformat", "nbclient", "jupyter_client", "zmq", "IPython", "fsspec", "pandas"}
        print(run.steps["a"].status, sorted(heavy & set(sys.modules)))
    """
    assert python(code, path) == "cached []\n"


def test_independent_branches_finish_the_rest_is_skipped_and_running_again_goes_on(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("a.ipynb", "before = 1", "1 / 0", "never = 1")
    write_notebook("ok.ipynb", "1")
    path = write_workflow(
        """
        cellar: 1
        name: flow
        steps:
          a: {notebook: a.ipynb}
          b: {notebook: ok.ipynb}
          c: {notebook: ok.ipynb, needs: [a, b]}
          d: {notebook: ok.ipynb, needs: c}
        """
    )
    run = run_workflow(path, jobs=2)
    assert run.status is RunStatus.FAILED
    assert {name: step.status.value for name, step in run.steps.items()} == {
        "a": "failed",
        "b": "succeeded",
        "c": "skipped",
        "d": "skipped",
    }
    assert run.steps["c"].reason == "a failed" and run.steps["d"].reason == "c skipped"
    assert run.run.error == "a: cell 2: ZeroDivisionError: division by zero"
    partial = json.loads(run["a"].notebook.read())
    assert "#papermill-error-cell" in "".join(partial["cells"][0]["source"])
    assert partial["cells"][-1]["metadata"]["papermill"]["status"] == "pending"
    with pytest.raises(NotFoundError, match=r"It is a step of flow@1: name that first, as in `nbcellar logs flow@1 a`"):
        find_run(Cellar.open(project), "a")

    write_notebook("a.ipynb", "before = 1", "1", "never = 1")
    again = run_workflow(path)
    assert ran(again) == {"a": "it never succeeded", "c": "it never ran", "d": "it never ran"}


def test_a_step_is_tried_again_as_often_as_it_may_be(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    once = "first = not os.path.exists('tried')\nopen('tried', 'w').close()\nassert not first"
    write_notebook("a.ipynb", "import os", once)
    path = write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb, retries: 2}}\n")
    run = run_workflow(path)
    assert run.succeeded
    runs = Cellar.open(project).runs(RunQuery(parent=run.id))
    assert [(each.status.value, each.detail["attempt"]) for each in runs] == [("succeeded", 2), ("failed", 1)]
