"""Whether a step runs, or what an earlier run made is taken; always with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from nbcellar.lightclasses import dataclass
from nbcellar.model import Run, RunStatus
from nbcellar.workflow.documents.document import CachePolicy
from nbcellar.workflow.freshness.earlier import Earlier
from nbcellar.workflow.freshness.standing import stale
from nbcellar.workflow.freshness.stepkey import StepKey, differences
from nbcellar.workflow.views.steps import unchanged_since


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


def decide(earlier: Earlier, series: str, key: StepKey, policy: CachePolicy, forced: str = "") -> Decision:
    """Decide for one notebook with its parameters.

    Args:
        earlier: Knows the earlier runs.
        series: The name that they count under.
        key: The static key now.
        policy: Whether and how long an earlier run may be taken.
        forced: Why it must run; empty where it need not.
    """
    if forced or not policy.allowed:
        return Execute(forced or "cache: false")
    reason = ""
    for run in earlier.same_key(series, key.key):
        why = stale(earlier, run, policy)
        if not why:
            return Take(run, unchanged_since(run.ref, run.ended_ns or run.started_ns))
        reason = reason or why
    return Execute(reason or _unlike(earlier.recent(series), key))


def _unlike(runs: Sequence[Run], key: StepKey) -> str:
    """Why no earlier run has this key."""
    if not runs:
        return "it never ran"
    if runs[0].key in (key.key, "") and runs[0].status is not RunStatus.SUCCEEDED:
        verb = {RunStatus.FAILED: "", RunStatus.RUNNING: "is "}.get(runs[0].status, "was ")
        return f"{runs[0].ref} {verb}{runs[0].status}"
    words = [differences(run.key_parts, key.parts) for run in runs if run.status is RunStatus.SUCCEEDED]
    nearest = min(words, key=lambda each: len(each), default=None)
    return "it never succeeded" if nearest is None else ", ".join(nearest)
