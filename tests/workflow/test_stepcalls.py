"""The calls of steps: what they get, how many they are, and what of them may be taken later."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun

pytestmark = pytest.mark.slow

Write = Callable[..., Path]


def ran(run: WorkflowRun) -> dict[str, str]:
    """The steps that ran, with their reasons; a step that failed fails the test."""
    assert run.succeeded, run.run.error
    return {name: step.reason for name, step in run.steps.items() if step.status is not RunStatus.CACHED}


def test_a_value_that_cannot_be_had_fails_its_step_before_a_kernel_starts(
    write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook(
        "made.ipynb",
        "%%task thing\nopen('x.txt', 'w').write('x')\nobject()",
        "%%task empty\n1",
        "%%task large\n'x' * 100_000",
        "import nbcellar as cellar\ncellar.result('text', 'abc')",
        "cellar.record(name='r', inputs={}, outputs=dict(a=[1]))",
    )
    write_notebook("use.ipynb", "#parameters\nx: int = 0", "raise SystemExit('must not run')")
    write_notebook("read.ipynb", "#parameters\nx = ''", "raise SystemExit('must not run')")
    steps = {
        "no-json": ("{map_type: raw, from: made.thing}", "gave no JSON of at most 64 KiB: object: <object object"),
        "large": ("{map_type: raw, from: made.large}", "of at most 64 KiB: str of more than 64 KiB: 'xxx"),
        "no-file": ("{map_type: file, from: made.thing, path: y.txt}", "has no file 'y.txt'. Did you mean 'x.txt'?"),
        "no-glob": ("{map_type: file, from: made.thing, path: '*.csv'}", "has no file '*.csv'. It holds x.txt."),
        "no-files": ("{map_type: file, from: made.empty, path: y}", "Task 'empty' of step 'made' wrote no files."),
        "no-key": ("{map_type: db, from: made.r, attribute_index: [outputs, b]}", "outputs has no 'b'; it has 'a'"),
        "no-place": ("{map_type: db, from: made.r, attribute_index: [outputs, a, 1]}", "outputs.a is a list of 1"),
        "misfit": (
            "{map_type: raw, from: made.text}",
            "'x' expects int (use.ipynb, cell 1, line 1), and 'abc' is str.",
        ),
    }
    lines = [
        f"  {name}: {{notebook: {'read' if 'file' in mapping else 'use'}.ipynb, mapped_parameters: {{x: {mapping}}}}}"
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
    assert [each.detail["item"] for each in run["read"].runs] == ["file=a.txt", "file=b.txt"]

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
