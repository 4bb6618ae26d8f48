"""Functions that are refused before anything is imported or run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.model import RunStatus
from nbcellar.workflow.runs.planning import plan_workflow
from nbcellar.workflow.runs.runner import run_workflow
from tests.workflow.resources.functionkit import CHAIN, Write


def test_a_plan_says_what_would_run_and_imports_nothing(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(CHAIN)
    sys.modules.pop("loopkit", None)
    plan = plan_workflow(path)
    assert [(each.step, each.action.value) for each in plan.steps] == [("load", "run"), ("score", "depends")]
    assert "loopkit" not in sys.modules


BAD = [
    ("function: loopkit.laod, parameters: {n: 1}", "loopkit.py has no 'laod'. Did you mean 'load'?"),
    ("function: lopkit.load", "there is no module 'lopkit'. Did you mean 'loopkit'?"),
    ("function: load", "'load' is no function's name."),
    ("function: os.system, parameters: {command: ls}", "'os.system' is not of this project, and nobody allowed it."),
    ("function: loopkit.load", "loopkit.load needs 'n'."),
    ("function: loopkit.load, parameters: {n: 1, m: 2}", "loopkit.load has no argument 'm'."),
    ("function: loopkit.load, parameters: {n: many}", "'n' of loopkit.load expects int, and 'many' is str."),
    ("function: loopkit.strange, parameters: {x: 1, y: 2}", "takes 'x' by position only"),
    ("function: loopkit.later", "'loopkit.later' is async"),
    ("function: loopkit.load, parameters: {n: 1}, emits: [a b]", "'a b' is not a Python identifier."),
    ("function: loopkit.load, parameters: {n: 1}, use: [hist]", "there is no resource 'hist'."),
    ("function: brokenkit.load", "brokenkit.py is no Python (line 1)"),
]


@pytest.mark.parametrize(("step", "message"), BAD)
def test_a_bad_function_step_is_refused_before_anything_is_imported(
    kit: Path, project: Path, write_workflow: Write, step: str, message: str
) -> None:
    (project / "brokenkit.py").write_text("def load(:\n")
    path = write_workflow(f"cellar: 1\nname: bad\nsteps:\n  one: {{{step}}}\n")
    sys.modules.pop("loopkit", None)
    with pytest.raises(InvalidWorkflow) as refused:
        run_workflow(path)
    assert message in str(refused.value)
    assert "flow.yaml:4" in str(refused.value)
    assert "loopkit" not in sys.modules


def test_a_mapping_of_what_no_function_emits_is_refused(kit: Path, write_workflow: Write) -> None:
    with pytest.raises(InvalidWorkflow, match=r"step 'load' emits no 'vlaue'.* Did you mean 'value'"):
        run_workflow(write_workflow(CHAIN.replace("load.value", "load.vlaue")))


def test_what_is_not_of_the_project_needs_leave(
    kit: Path, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_workflow("cellar: 1\nname: sep\nsteps:\n  one: {function: os.path.basename, parameters: {p: a/b}}\n")
    monkeypatch.setenv("NBCELLAR_ALLOWED_TYPES", "os.path.basename")
    assert run_workflow(path)["one"].result == "b"


def test_a_borrowed_function_is_not_of_the_project(kit: Path, write_module: Write, write_workflow: Write) -> None:
    write_module("from os.path import basename\n")
    path = write_workflow("cellar: 1\nname: sep\nsteps:\n  one: {function: loopkit.basename, parameters: {p: a/b}}\n")
    run = run_workflow(path)
    assert run["one"].status is RunStatus.FAILED
    assert "of somebody else" in run["one"].outcome.error


def test_a_type_of_the_project_needs_leave_too(
    kit: Path, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NBCELLAR_ALLOWED_TYPES")
    text = CHAIN + "    resources: [{id: hist, type: loopkit.Histogram, scope: runner}]\n"
    sys.modules.pop("loopkit", None)
    with pytest.raises(InvalidWorkflow, match=r"resources.hist.type: 'loopkit.Histogram' may not be imported"):
        run_workflow(write_workflow(text))
    assert "loopkit" not in sys.modules


def test_a_module_that_was_edited_after_its_import_is_told_before_anything_runs(
    project: Path, write_module: Callable[[str], Path]
) -> None:
    (project / "helpkit_edited.py").write_text("def double(n):\n    return 2 * n\n")
    write_module("from helpkit_edited import double\n\ndef load(n: int = 1):\n    return double(n)\n")
    flow = cellar.Workflow("edited", folder=project)
    flow.function("loopkit.load", id="load")
    assert flow.run().wait()["load"].result == 2

    (project / "helpkit_edited.py").write_text("def double(n):\n    return 2 * n + 1\n")
    with pytest.raises(InvalidWorkflow, match=r"helpkit_edited was edited after this process imported it") as caught:
        flow.run()
    assert "importlib.reload(sys.modules['helpkit_edited'])" in "\n".join(caught.value.problems)

    for name in ("helpkit_edited", "loopkit"):
        importlib.reload(sys.modules[name])
    step = flow.run().wait()["load"]
    assert (step.result, step.reason) == (3, "helpkit_edited.py changed")
    sys.modules.pop("helpkit_edited")
