"""Resources in notebook steps: made in the kernel, or passed by value."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.model import RunStatus
from nbcellar.settings import set_for_session
from nbcellar.workflow.runs.runner import run_workflow

Write = Callable[..., Path]
pytestmark = pytest.mark.slow

KIT = """
    from pathlib import Path

    def opened(name):
        log = Path(__file__).with_name("log.txt")
        with log.open("a") as said:
            said.write(f"+{name} ")
        try:
            yield [name]
        except BaseException as error:
            with log.open("a") as said:
                said.write(f"({type(error).__name__}: {error}) ")
            raise
        finally:
            with log.open("a") as said:
                said.write(f"-{name} ")

    class Histogram:
        def __init__(self, bins=3):
            self.counts = [0] * bins

        def add(self, at):
            self.counts[at] += 1
            return self

    def read(hist):
        return hist.counts

    def lock():
        import threading
        return threading.Lock()
"""


@pytest.fixture
def kit(project: Path, write_module: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return write_module(KIT)


NODE = """
    cellar: 1
    name: node
    resources:
      - {id: one, type: loopkit.opened, scope: node, params: [one]}
      - {id: two, type: loopkit.opened, scope: node, params: {name: two}}
    steps:
      use: {notebook: nb/use.ipynb, use: {first: one, two: two}}
"""


def test_a_node_resource_is_made_and_closed_in_the_kernel(
    kit: Path, project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/use.ipynb", "import os, nbcellar as cellar\ncellar.result('both', [first, two, os.getpid()])")
    run = run_workflow(write_workflow(NODE)).check()
    both = run["use"].results["both"]
    assert isinstance(both, list)
    assert both[:2] == [["one"], ["two"]]
    assert (project / "log.txt").read_text() == "+one +two -two -one "


def test_the_error_of_a_cell_is_handed_on_in_the_kernel(
    kit: Path, project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/use.ipynb", "first", "raise KeyError('no row')", "1")
    run = run_workflow(write_workflow(NODE))
    assert "KeyError" in run["use"].outcome.error
    assert (project / "log.txt").read_text() == "+one +two (KeyError: 'no row') -two (KeyError: 'no row') -one "


def test_a_step_of_node_resources_is_taken_while_they_are_specified_the_same(
    kit: Path, project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/use.ipynb", "first")
    run_workflow(write_workflow(NODE)).check()
    assert run_workflow(write_workflow(NODE))["use"].status is RunStatus.CACHED
    changed = run_workflow(write_workflow(NODE.replace("[one]", "[other]")))
    assert changed["use"].reason == "the resource first changed"


def test_a_resource_that_cannot_be_made_in_the_kernel_fails_the_step(
    kit: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/use.ipynb", "first")
    run = run_workflow(write_workflow(NODE.replace("[one]", "[1, 2]")))
    error = run["use"].outcome.error
    assert "Its resources could not be made in its kernel: TypeError" in error
    assert "while the resource 'one' was made" in error


VALUE = """
    cellar: 1
    name: value
    resources:
      - {id: hist, type: loopkit.Histogram, scope: runner, depends: third.hist}
    steps:
      first: {notebook: nb/add.ipynb, use: [hist], emits: [hist], parameters: {at: 0}}
      second: {notebook: nb/add.ipynb, use: [hist], parameters: {at: 1}, needs: [first]}
      read: {function: loopkit.read, use: [hist], needs: [second]}
      third: {notebook: nb/add.ipynb, use: [hist], emits: [hist], parameters: {at: 2}, needs: [read]}
"""


def test_what_a_notebook_emits_is_what_later_steps_and_the_next_pass_get(
    kit: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/add.ipynb", "#parameters\nat = 0", "hist.add(at)\nbefore = list(hist.counts)")
    with cellar.Runner(write_workflow(VALUE)) as runner:
        first, second = runner.run(2)
    # the second notebook kept its change to itself, since it does not emit the resource
    assert first["read"].result == [1, 0, 0]
    assert second["read"].result == [2, 0, 1]
    assert first["first"].reason == "it uses the live resource 'hist'"


def test_what_cannot_travel_is_refused_before_any_step(kit: Path, write_notebook: Write, write_workflow: Write) -> None:
    write_notebook("nb/use.ipynb", "lock")
    path = write_workflow(
        """
        cellar: 1
        name: stuck
        resources: [{id: lock, type: loopkit.lock, scope: process}]
        steps:
          use: {notebook: nb/use.ipynb, use: [lock]}
        """
    )
    run = run_workflow(path)
    assert run["use"].status is RunStatus.SKIPPED
    assert "The resource 'lock' goes to the notebook of step 'use' by value, and cannot" in run.run.error
    assert "No step was run. Give it the scope node" in run.run.error


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("emits: [hist], parameters: {at: 0}", "emits: [n], parameters: {at: 0}", "it uses no 'n'"),
        ("use: [hist], emits", "use: {at: hist}, emits", "'at' is given twice: as a parameter and as a resource."),
        ("depends: third.hist", "depends: second.hist", "step 'second' emits no 'hist'."),
    ],
)
def test_what_a_notebook_cannot_emit_or_use_is_refused(
    kit: Path, write_notebook: Write, write_workflow: Write, old: str, new: str, message: str
) -> None:
    write_notebook("nb/add.ipynb", "#parameters\nat = 0", "hist.add(at)")
    with pytest.raises(InvalidWorkflow) as refused:
        run_workflow(write_workflow(VALUE.replace(old, new)))
    assert message in str(refused.value)


def test_a_notebook_of_another_language_gets_no_resources(
    kit: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/use.ipynb", "echo", kernel="python3", language="bash")
    with pytest.raises(InvalidWorkflow, match="resources go to Python notebooks, and this one is in bash"):
        run_workflow(write_workflow(NODE))


def test_a_variable_that_is_gone_at_the_end_cannot_be_emitted(
    kit: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/add.ipynb", "#parameters\nat = 0", "del hist")
    run = run_workflow(write_workflow(VALUE))
    assert "The notebook emits 'hist', and has no such variable at its end" in run["first"].outcome.error


def test_a_type_given_in_python_travels_without_leave(
    kit: Path, project: Path, write_notebook: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(project)
    kind = importlib.import_module("loopkit").Histogram
    monkeypatch.delenv("NBCELLAR_ALLOWED_TYPES")
    write_notebook("nb/use.ipynb", "import nbcellar as cellar\ncellar.result('n', len(hist.counts))")
    workflow = cellar.Workflow("given", resources=[cellar.Resource("hist", kind, scope="node", params={"bins": 5})])
    workflow.notebook("nb/use.ipynb", use=["hist"])
    assert workflow.run().wait().check()["use"].result == 5


def test_a_notebook_that_takes_too_long_closes_its_resources(
    kit: Path, project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/use.ipynb", "import time\ntime.sleep(600)")
    run = run_workflow(write_workflow(NODE.replace("two: two}", "two: two}, timeout: 1s")))
    assert run["use"].status is RunStatus.FAILED
    log = (project / "log.txt").read_text()
    assert log.startswith("+one +two ")
    assert log.endswith("-one ")


def test_a_parameters_cell_that_would_overwrite_a_resource_is_refused(
    kit: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/use.ipynb", "#parameters\nfirst = None", "first")
    with pytest.raises(InvalidWorkflow, match=r"parameters cell would overwrite 'first'.* Take first out"):
        run_workflow(write_workflow(NODE))


def test_resources_of_the_runner_are_told_of_a_notebook_that_failed(
    kit: Path, project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("nb/fail.ipynb", "1 / 0")
    path = write_workflow(
        """
        cellar: 1
        name: told
        resources: [{id: one, type: loopkit.opened, scope: process, params: [one]}]
        steps:
          fail: {notebook: nb/fail.ipynb}
        """
    )
    run_workflow(path)
    assert (project / "log.txt").read_text().startswith("+one (RunError: told-fail@1: cell 1: ZeroDivisionError")


def test_a_resource_that_is_never_made_in_its_kernel_is_cut_off(
    kit: Path, project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    (project / "slowkit.py").write_text("import time\n\ndef never():\n    time.sleep(600)\n")
    write_notebook("nb/use.ipynb", "1")
    path = write_workflow(
        """
        cellar: 1
        name: slow
        resources: [{id: one, type: slowkit.never, scope: node}]
        steps:
          use: {notebook: nb/use.ipynb, use: [one], timeout: 2s}
        """
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBCELLAR_ALLOWED_TYPES", "slowkit.never")
        run = run_workflow(path)
    assert "it took longer than 2.0 s (timeout)" in run["use"].outcome.error


def test_what_this_session_allows_is_allowed_in_the_kernel(
    kit: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NBCELLAR_ALLOWED_TYPES")
    set_for_session("allowed_types", ["loopkit.opened"])
    try:
        write_notebook("nb/use.ipynb", "first")
        assert run_workflow(write_workflow(NODE)).succeeded
    finally:
        set_for_session("allowed_types", None)
