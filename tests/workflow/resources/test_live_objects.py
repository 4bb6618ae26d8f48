"""What goes from function to function as it is, and functions that are ended."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.model import RunStatus
from nbcellar.workflow.runs.runner import run_workflow
from tests.workflow.resources.functionkit import CHAIN, Write


def test_a_live_object_goes_from_function_to_function(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    lock = threading.Lock()
    workflow = cellar.Workflow("live")
    first = workflow.function(lambda: {"lock": lock, "n": 3}, id="first", emits=["lock", "n"])
    workflow.function(
        lambda lock, n: (lock is _of(lock), n)[1],
        id="second",
        lock=cellar.object(first, "lock"),
        n=cellar.raw(first, "n"),
    )
    for _ in range(2):
        run = workflow.run().wait().check()
        assert run["first"].emitted["lock"] is lock
        assert run["second"].result == 3
        assert run["first"].status is RunStatus.SUCCEEDED  # never taken
    assert run["first"].reason == "'second' takes a live object from it"


def _of(value: object) -> object:
    return value


@pytest.mark.parametrize(
    ("value", "message"), [(None, "returned nothing"), (5, "returned a int"), ({"a": 1}, "emits b, which is not in")]
)
def test_several_values_are_returned_as_a_dict(
    project: Path, monkeypatch: pytest.MonkeyPatch, value: object, message: str
) -> None:
    monkeypatch.chdir(project)
    workflow = cellar.Workflow("several")
    workflow.function(lambda: value, id="one", emits=["a", "b"], cache=False)
    assert message in workflow.run().wait()["one"].outcome.error


def test_what_is_no_json_cannot_be_mapped_as_such(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    workflow = cellar.Workflow("raw")
    first = workflow.function(lambda: {1, 2}, id="first")
    workflow.function(lambda x: x, id="second", x=cellar.raw(first, "value"))
    run = workflow.run().wait()
    assert "What step 'first' emits as 'value' is no JSON" in run["second"].outcome.error


def test_a_notebook_takes_no_live_object(kit: Path, write_notebook: Write, write_workflow: Write) -> None:
    write_notebook("use.ipynb", "#parameters\ndata = []", "len(data)")
    text = CHAIN + "      use: {notebook: use.ipynb, mapped_parameters: {data: {map_type: object, from: load.value}}}\n"
    with pytest.raises(InvalidWorkflow, match="a notebook runs in another process, where no live object can go"):
        run_workflow(write_workflow(text))


def test_a_function_that_takes_too_long_is_ended(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)

    def spin() -> None:
        while True:
            pass

    workflow = cellar.Workflow("slow")
    workflow.function(spin, timeout=0.2)
    run = workflow.run().wait()
    assert "took longer than 0.2 s" in run["spin"].outcome.error


def test_cancelling_interrupts_a_function(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    begun = threading.Event()

    def spin() -> None:
        begun.set()
        while True:
            pass

    workflow = cellar.Workflow("endless")
    workflow.function(spin)
    run = workflow.run()
    assert begun.wait(60)
    run.cancel()
    run.wait()
    assert run.status is RunStatus.INTERRUPTED
    assert run["spin"].status is RunStatus.INTERRUPTED
