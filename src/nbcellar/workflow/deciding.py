"""Whether a step runs, or what an earlier run made is taken; always with a reason."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nbcellar.assets.display import seconds_text
from nbcellar.model import Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.document import CachePolicy
from nbcellar.workflow.freshness import stale
from nbcellar.workflow.stepkey import StepKey, differences

CANDIDATES = 5
"""So many earlier runs with the same static key are looked at: what they read may differ."""


@dataclass(frozen=True, slots=True)
class Take:
    """An earlier run is taken."""

    run: Run
    reason: str


@dataclass(frozen=True, slots=True)
class Execute:
    """It runs."""

    reason: str


Decision = Take | Execute


def decide(cellar: Cellar, series: str, key: StepKey, policy: CachePolicy, forced: str = "") -> Decision:
    """Decide for one notebook with its parameters.

    Args:
        cellar: Holds the earlier runs.
        series: The name that they count under.
        key: The static key now.
        policy: Whether and how long an earlier run may be taken.
        forced: Why it must run; empty where it need not.
    """
    if forced or not policy.allowed:
        return Execute(forced or "cache: false")
    reason = ""
    query = RunQuery(
        project=cellar.project,
        name=series,
        kinds=(RunKind.NOTEBOOK,),
        statuses=(RunStatus.SUCCEEDED,),
        key=key.key,
        limit=CANDIDATES,
    )
    for run in cellar.runs(query):
        why = stale(cellar, run, policy)
        if not why:
            return Take(run, f"nothing it depends on changed since {run.ref} ({_ago(run)} ago)")
        reason = reason or why
    return Execute(reason or _unlike(cellar, series, key))


def _unlike(cellar: Cellar, series: str, key: StepKey) -> str:
    """Why no earlier run has this key."""
    runs = cellar.runs(RunQuery(project=cellar.project, name=series, kinds=(RunKind.NOTEBOOK,), limit=20))
    if not runs:
        return "it never ran"
    if runs[0].key == key.key and runs[0].status is not RunStatus.SUCCEEDED:
        verb = "" if runs[0].status is RunStatus.FAILED else "was "
        return f"{runs[0].ref} {verb}{runs[0].status}"
    words = [differences(run.key_parts, key.parts) for run in runs if run.status is RunStatus.SUCCEEDED]
    nearest = min(words, key=lambda each: len(each), default=None)
    return "it never succeeded" if nearest is None else ", ".join(nearest)


def _ago(run: Run) -> str:
    return seconds_text(max(0.0, (time.time_ns() - (run.ended_ns or run.started_ns)) / 1e9))
