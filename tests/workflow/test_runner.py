"""Workflows run for real: what runs, what is taken from earlier, and what is on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_a_value_that_cannot_be_had_fails_its_step_before_a_kernel_starts(
    write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook(
        "made.ipynb",
        "%%task thing\nopen('x.txt', 'w').write('x')\nobject()",
        "%%task empty\n1",
        "import nbcellar as cellar\ncellar.result('text', 'abc')",
        "cellar.record(name='r', inputs={}, outputs=dict(a=[1]))",
    )
    write_notebook("use.ipynb", "#parameters\nx: int = 0", "raise SystemExit('must not run')")
    steps = {
        "no-json": ("{map_type: raw, from: made.thing}", "gave no JSON: object: <object object"),
        "no-file": ("{map_type: file, from: made.thing, path: y.txt}", "has no file 'y.txt'. Did you mean 'x.txt'?"),
        "no-glob": ("{map_type: file, from: made.thing, path: '*.csv'}", "has no file '*.csv'. It holds x.txt."),
        "no-files": ("{map_type: file, from: made.empty, path: y}", "Task 'empty' of step 'made' wrote no files."),
        "no-key": ("{map_type: db, from: made.r, attribute_index: [outputs, b]}", "outputs has no 'b'; it has 'a'"),
        "no-place": ("{map_type: db, from: made.r, attribute_index: [outputs, a, 1]}", "outputs.a is a list of 1"),
        "no-record": ("{map_type: db, record: nowhere}", "has no record 'nowhere'"),
        "misfit": (
            "{map_type: raw, from: made.text}",
            "'x' expects int (use.ipynb, cell 1, line 1), and 'abc' is str.",
        ),
    }
    lines = [
        f"  {name}: {{notebook: use.ipynb, mapped_parameters: {{x: {mapping}}}}}"
        for name, (mapping, _) in steps.items()
    ]
    path = write_workflow("cellar: 1\nname: flow\nsteps:\n  made: {notebook: made.ipynb}\n" + "\n".join(lines) + "\n")
    run = run_workflow(path)
    assert run.steps["made"].status is RunStatus.SUCCEEDED, run.run.error
    for name, (_, message) in steps.items():
        assert run.steps[name].status is RunStatus.FAILED and not run.steps[name].runs
        assert message in run.steps[name].error


def test_for_each_goes_through_a_list_a_result_and_the_files_of_an_asset(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook(
        "made.ipynb",
        "#parameters\nnames = []",
        "%%task parts\nfrom pathlib import Path\nfor name in names:\n    Path(f'{name}.txt').write_text(name)\nnames",
    )
    write_notebook(
        "one.ipynb", "#parameters\nname = ''", "import nbcellar as cellar\ncellar.result('upper', name.upper())"
    )
    write_notebook(
        "read.ipynb", "#parameters\nfile = ''", "import nbcellar as cellar\ncellar.result('text', open(file).read())"
    )
    write_notebook("all.ipynb", "#parameters\nuppers = []\ntexts = []", "print(uppers, texts)")
    path = write_workflow(
        """
        cellar: 1
        name: flow
        parameters: {names: {type: list, default: [a, b]}}
        steps:
          made: {notebook: made.ipynb, parameters: {names: "${parameters.names}"}}
          one: {notebook: one.ipynb, for_each: {name: {map_type: raw, from: made.parts}}}
          read: {notebook: read.ipynb, for_each: {file: {map_type: file, from: made.parts, path: "*.txt"}}}
          all:
            notebook: all.ipynb
            mapped_parameters: {uppers: {from: one.upper}, texts: {from: read.text}}
        """
    )
    run = run_workflow(path, jobs=2)
    assert run.succeeded, run.run.error
    assert run["all"].runs[0].params == {"uppers": ["A", "B"], "texts": ["a", "b"]}
    assert [each.detail["item"] for each in run["one"].runs] == ["name=a", "name=b"]

    more = run_workflow(path, {"names": ["a", "b", "c"]}, jobs=2)
    assert more.steps["one"].reason.endswith("(1 of 3 ran)")
    assert more["all"].runs[0].params["uppers"] == ["A", "B", "C"]

    none = run_workflow(path, {"names": []})
    assert none.steps["one"].status is RunStatus.SUCCEEDED and not none.steps["one"].runs


def test_a_notebook_whose_kernel_cannot_tell_what_it_reads_always_runs_unless_an_age_is_given(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    (project / "broken").mkdir()
    (project / "broken/nbcellar.py").write_text("raise ImportError('not here')")
    spec = project / "share/kernels/bare"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.joinpath("kernel.json").write_text(
        json.dumps({"argv": argv, "language": "python", "env": {"PYTHONPATH": str(project / "broken")}})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(project / "share"))
    write_notebook("a.ipynb", "print(1)", kernel="bare")
    text = "cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb, cache: CACHE}}\n"
    path = write_workflow(text.replace("CACHE", "auto"))
    assert run_workflow(path).succeeded
    again = run_workflow(path)
    assert "it is not known what flow-a@1 read: its kernel has no nbcellar" in again.steps["a"].reason
    write_workflow(text.replace("CACHE", "1h"))
    assert ran(run_workflow(path)) == {}
    write_workflow(text.replace("CACHE", "false"))
    assert ran(run_workflow(path)) == {"a": "cache: false"}


@pytest.mark.parametrize("count", [6, pytest.param(100, marks=pytest.mark.long)])
def test_notebooks_at_once_run_each_in_its_own_folder(
    project: Path, write_notebook: Write, write_workflow: Write, count: int
) -> None:
    names = [f"n{number}" for number in range(count)]
    for name in names:
        write_notebook(
            f"{name}/a.ipynb", "import os, nbcellar as cellar\ncellar.result('where', os.path.basename(os.getcwd()))"
        )
    lines = "".join(f"  {name}: {{notebook: {name}/a.ipynb}}\n" for name in names)
    run = run_workflow(write_workflow(f"cellar: 1\nname: flow\nsteps:\n{lines}"), jobs=count)
    assert run.succeeded, run.run.error
    assert {name: run[name].result for name in names} == {name: name for name in names}


def test_variables_and_declared_files_count(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "data").mkdir()
    (project / "data/a.csv").write_text("1")
    write_notebook("a.ipynb", "!cat data/*.csv")
    path = write_workflow(
        "cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb, inputs: ['data/*.csv'], depends_on_env: [SEASON]}}\n"
    )
    monkeypatch.setenv("SEASON", "spring")
    assert ran(run_workflow(path)) == {"a": "it never ran"}
    assert ran(run_workflow(path)) == {}
    (project / "data/b.csv").write_text("2")
    assert ran(run_workflow(path)) == {"a": "data/b.csv is new"}
    monkeypatch.setenv("SEASON", "autumn")
    assert ran(run_workflow(path)) == {"a": "environment variable SEASON changed"}
