"""A run in which nothing changed: recorded as one, without planning it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from nbcellar.assets.saving.origin import origin
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.history import taken
from nbcellar.workflow.runs.precedent import Precedent, Precedents
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.views.events import Listener, StepSkipped, WorkflowFinished, WorkflowStarted
from nbcellar.workflow.views.stepruns import CLOSED, seconds_of
from nbcellar.workflow.views.steps import StepResult, step_from_json, step_to_json, taken_reason

REPEATS = "repeats"
"""In a run's detail: the id of the run that it was decided by."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A run that has ended, and what became of its steps."""

    run: Run
    steps: Mapping[str, StepResult]


def repeat_workflow(
    cellar: Cellar, path: Path, parameters: Mapping[str, JSON], options: RunOptions, listener: Listener
) -> Repetition | None:
    """Record one more run of a workflow file where the last one decides it; None where it must be planned.

    Raises:
        StorageError: The store could not be read or written.
    """
    if options.force or options.start_from or not cellar.exists:
        return None
    precedents = Precedents(cellar, path, parameters)
    precedent = precedents.recall()
    last = precedent and _last_run(cellar, precedent)
    if not precedent or not last or not precedent.stands(cellar):
        return None
    known = last.detail["steps"]
    assert isinstance(known, dict)
    steps = {name: _again(step_from_json(name, known[name]), ended) for name, ended in precedent.ended_ns.items()}
    started = _open(cellar, last, precedent, precedents.folder)
    _tell_steps(cellar, started, steps, listener)
    kept: dict[str, JSON] = {name: step_to_json(result) for name, result in steps.items()}
    detail: dict[str, JSON] = {**started.detail, "steps": kept}
    run = cellar.publish(replace(started, status=RunStatus.SUCCEEDED, ended_ns=time.time_ns(), detail=detail))
    listener(WorkflowFinished(run.id, run.ref, run.status, seconds_of(run)))
    return Repetition(run, steps)


def _last_run(cellar: Cellar, precedent: Precedent) -> Run | None:
    """The workflow's last run that says what became of its steps, where it is the precedent or repeats it."""
    query = RunQuery(
        project=cellar.project, name=precedent.workflow, kinds=(RunKind.WORKFLOW,), statuses=CLOSED, limit=1
    )
    last = next(iter(cellar.runs(query)), None)
    return last if last and precedent.run in (last.id, last.detail.get(REPEATS)) else None


def _again(before: StepResult, ended_ns: JSON) -> StepResult:
    """What becomes of a step that became this the last time."""
    if not isinstance(ended_ns, int):
        return before
    return replace(before, status=RunStatus.CACHED, reason=taken_reason(before.refs, ended_ns), seconds=0.0)


def _open(cellar: Cellar, last: Run, precedent: Precedent, folder: Path) -> Run:
    file = last.origin.get("file")
    return cellar.open_run(
        RunKind.WORKFLOW,
        last.name,
        params=last.params,
        code=last.code,
        origin={**origin(folder), **({"file": file} if file else {})},
        detail={**{key: last.detail[key] for key in ("plan", "needs")}, REPEATS: precedent.run},
    )


def _tell_steps(cellar: Cellar, run: Run, steps: Mapping[str, StepResult], listener: Listener) -> None:
    """Tell what the run would have told."""
    plan, listed = run.detail["plan"], run.detail["needs"]
    assert isinstance(plan, list)
    assert isinstance(listed, dict)
    waits = {str(name): listed.get(str(name), []) for name in plan}
    needs = {name: frozenset(map(str, each)) for name, each in waits.items() if isinstance(each, list)}
    listener(WorkflowStarted(run.id, run.ref, tuple(steps), needs))
    for name, result in steps.items():
        if result.status is RunStatus.CACHED:
            listener(taken(cellar, result))
        else:
            listener(StepSkipped(name, result.reason))
