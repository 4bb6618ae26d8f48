"""A run that the last one decides: recorded and told as if it had been planned."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nbcellar.lightclasses import replace
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.views.events import Event
from tests.workflow.precedents.precedentkit import repeat


@pytest.mark.slow
def test_a_decided_run_is_recorded_and_told_as_a_planned_one(home: Path) -> None:
    told: list[Event] = []
    repetition = repeat(home, listen=told)
    assert repetition is not None
    planned: list[Event] = []
    other = run_workflow(home / "flow.yaml", cellar=Cellar.open(home), listener=planned.append)
    assert plain(told) == plain(planned)
    cellar = Cellar.open(home)
    one, two = (cellar.run(each.id) for each in (repetition.run, other.run))
    assert "repeats" in one.detail
    assert plain([without(one)]) == plain([without(two)])
    assert plain([dict(repetition.steps)]) == plain([dict(other.steps)])


def plain(what: list[object] | list[Event]) -> list[str]:
    """As text, without what each run has of its own: ids, numbers, times, an order of steps."""
    texts = [re.sub(r"[0-9A-Z]{26}|flow@\d+|\([^()]* ago\)|seconds=[\d.e-]+", "…", repr(each)) for each in what]
    return sorted(re.sub(r"steps=\([^)]*\)", "", text) for text in texts)


def without(run: Run) -> object:
    """A run without what it alone has."""
    detail = {name: value for name, value in sorted(run.detail.items()) if name != "repeats"}
    origin = {name: value for name, value in run.origin.items() if name != "packages"}
    fields = (run.kind, run.project, run.name, run.status, run.params, run.code, run.error, run.parent, run.asset)
    return [*fields, sorted(origin.items()), {name: _sorted(value) for name, value in detail.items()}]


def _sorted(value: JSON) -> JSON:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


@pytest.mark.slow
def test_one_decided_run_after_the_other(home: Path) -> None:
    first, second = repeat(home), repeat(home)
    assert first is not None
    assert second is not None
    assert second.run.number == first.run.number + 1
    assert second.run.detail["repeats"] == first.run.detail["repeats"]


@pytest.mark.slow
def test_what_else_is_saved_meanwhile_changes_nothing(home: Path) -> None:
    cellar = Cellar.open(home)
    cellar.publish(replace(cellar.open_run(RunKind.TASK, "notes"), status=RunStatus.SUCCEEDED))
    assert repeat(home) is not None


@pytest.mark.slow
def test_a_decided_run_loads_neither_checks_nor_yaml(home: Path) -> None:
    code = """
        import sys
        from nbcellar.frontends.commands.running import run
        ran = run("flow.yaml", quiet=True)
        heavy = ("checks.validation", "loading", "runs.execution", "kernels", "documents.document")
        print("repeats" in ran.run.detail, [name for name in heavy if f"nbcellar.workflow.{name}" in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    assert subprocess.check_output(command, cwd=home, text=True).split() == ["True", "[]"]
