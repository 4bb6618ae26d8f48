"""The end of a run of a workflow: what is recorded of it, and what is copied for people."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from nbcellar.lightclasses import replace
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.documents import graph
from nbcellar.workflow.mapping.parts import Made
from nbcellar.workflow.mapping.publications import Copy, copy_notebooks, publish_files
from nbcellar.workflow.runs.activestep import ActiveStep
from nbcellar.workflow.views.stepruns import PROBLEM, STEP_KINDS
from nbcellar.workflow.views.steps import StepResult, step_to_json

LEFT = "the run was interrupted again before it ended"


def closed_run(run: Run, results: Mapping[str, StepResult], *, stopped: bool, error: str) -> Run:
    """The run with what became of its steps.

    Args:
        stopped: Whether it was asked to end.
        error: What went wrong besides; empty where nothing did.
    """
    failed = [result for result in results.values() if result.status is RunStatus.FAILED]
    status = RunStatus.SUCCEEDED
    if stopped:
        status = RunStatus.INTERRUPTED
    elif failed or error:
        status = RunStatus.FAILED
    words = [f"{result.step}: {result.error}" for result in failed] + ([error] if error else [])
    steps: dict[str, JSON] = {name: step_to_json(result) for name, result in results.items()}
    detail: dict[str, JSON] = {**run.detail, "steps": steps, **({PROBLEM: error} if error else {})}
    return replace(run, status=status, error="\n".join(words), ended_ns=time.time_ns(), detail=detail)


def left_results(cellar: Cellar, run: Run, active: Mapping[str, ActiveStep]) -> dict[str, StepResult]:
    """What is known of steps that nobody waits for any more: the runs that their calls have begun."""
    begun = cellar.runs(RunQuery(parent=run.id, kinds=STEP_KINDS)) if active else []
    found: dict[str, StepResult] = {}
    for name, each in active.items():
        own = sorted((child for child in begun if child.detail.get("step") == name), key=lambda child: child.started_ns)
        ids, refs = tuple(child.id for child in own), tuple(child.ref for child in own)
        found[name] = StepResult(name, RunStatus.INTERRUPTED, each.reason, ids, refs, each.seconds, LEFT)
    return found


def skipped_rest(
    needs: Mapping[str, frozenset[str]], results: dict[str, StepResult], reason: str
) -> Iterator[StepResult]:
    """Give a result to each step that has none: something that it waits for is not done, or nothing goes on.

    Args:
        reason: Why nothing goes on.
    """
    if len(results) == len(needs):
        return
    for name in graph.order(needs):
        if name in results:
            continue
        blocking = [each for each in sorted(needs[name]) if not results[each].done]
        words = f"{', '.join(blocking)} {results[blocking[0]].status}" if blocking else reason
        results[name] = StepResult(name, RunStatus.SKIPPED, words)
        yield results[name]


def published(
    cellar: Cellar, checked: Checked, made: Mapping[str, Made], results: Mapping[str, StepResult]
) -> Iterator[Copy]:
    """Copy what people are to find beside the project: files, and executed notebooks.

    Raises:
        RunError: One would overwrite what is not stored.
    """
    yield from publish_files(cellar, checked, made)
    yield from copy_notebooks(cellar, checked, {step: result.runs for step, result in results.items()})
