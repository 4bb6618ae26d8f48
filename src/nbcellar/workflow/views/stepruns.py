"""The runs of steps, as the catalogue has them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from nbcellar.model import Run, RunKind, RunStatus

PROBLEM = "problem"
"""In a run's detail: what went wrong that belongs to no step."""
CLOSED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.INTERRUPTED)
"""How a run of a workflow ends that says what became of its steps."""
STEP_KINDS = (RunKind.NOTEBOOK, RunKind.FUNCTION)
"""What the run of a step can be."""
BATCH = 500
"""Ids in one question: SQLite takes not many more."""


def batches(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As many ids as one question takes, and then the next."""
    for start in range(0, len(ids), BATCH):
        yield tuple(ids[start : start + BATCH])


def seconds_of(run: Run) -> float:
    """How long a run took, or has taken so far."""
    return ((run.ended_ns or time.time_ns()) - run.started_ns) / 1e9
