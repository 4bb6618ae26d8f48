"""Steps whose files cannot be saved: their runs end as failed, and the files are where the message says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.model import Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.runner import run_workflow

Write = Callable[..., Path]
GROW = """
import nbcellar as cellar

def grow(fail=False):
    (cellar.current.dir / "deep").mkdir()
    (cellar.current.dir / "deep" / "large.txt").write_text("x" * 200_000)
    (cellar.current.dir / "small.txt").write_text("x")
    if fail:
        raise LookupError("mine")
"""


@pytest.fixture
def little_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of an asset may have 1,000 bytes."""
    monkeypatch.setenv("NBCELLAR_MAX_FILE_BYTES", "1000")


def _run(project: Path, kind: RunKind) -> Run:
    (run,) = Cellar.open(project).runs(RunQuery(kinds=(kind,)))
    return run


def test_what_a_function_left_is_moved_where_the_message_says(
    project: Path, write_workflow: Write, little_is_saved: None
) -> None:
    (project / "kit.py").write_text(GROW)
    flow = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {grow: {function: kit.grow}}\n"))
    kept = project / ".cellar" / "rescue" / "flow-grow-1"
    assert (kept / "deep" / "large.txt").stat().st_size == 200_000 and (kept / "small.txt").exists()
    error = flow["grow"].error
    assert f"2 files of flow-grow@1 are not in the store; they are in {kept}." in error
    assert f"nbcellar save --at {kept} --name flow-grow" in error and "untouched" not in error
    run = _run(project, RunKind.FUNCTION)
    assert run.status is RunStatus.FAILED and run.error.startswith("not saved: 'deep/large.txt' has 200000 bytes")
    assert not [*(project / ".cellar" / "work").iterdir()]


def test_a_function_that_failed_keeps_its_own_error(
    project: Path, write_workflow: Write, little_is_saved: None
) -> None:
    (project / "kit.py").write_text(GROW)
    text = "cellar: 1\nname: flow\nsteps: {grow: {function: kit.grow, parameters: {fail: true}}}\n"
    flow = run_workflow(write_workflow(text))
    kept = project / ".cellar" / "rescue" / "flow-grow-1"
    assert flow["grow"].error.startswith("LookupError: mine") and str(kept) in flow["grow"].error
    run = _run(project, RunKind.FUNCTION)
    assert run.status is RunStatus.FAILED and run.error == flow["grow"].error
    assert "raise LookupError" in str(run.detail["traceback"])


@pytest.mark.slow
def test_an_executed_notebook_is_moved_where_the_message_says(
    project: Path, write_workflow: Write, write_notebook: Write, little_is_saved: None
) -> None:
    write_notebook("a.ipynb", "print('x' * 2000)")
    flow = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n"))
    kept = project / ".cellar" / "rescue" / "flow-a-1"
    assert "xxx" in (kept / "a.ipynb").read_text()
    assert f"1 file of flow-a@1 is not in the store; it is in {kept}." in flow["a"].error
    assert _run(project, RunKind.NOTEBOOK).status is RunStatus.FAILED
    assert not [*(project / ".cellar" / "work").iterdir()]
