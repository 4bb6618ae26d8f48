"""What became of steps that have no run of their own, kept while their workflow goes on, for whoever asks meanwhile."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping

from nbcellar.errors import NbcellarError
from nbcellar.lightclasses import replace
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.views.steps import StepResult, step_from_json, step_to_json

_KEY = "settled"
_BETWEEN_S = 0.25
_SHARE = 0.02
"""At most this part of a processor goes into writing it down: with thousands of steps it is a long text each time."""


class Midway:
    """The steps of one run that were taken or left out so far.

    Args:
        cellar: Where the run is kept.
        run: The workflow's run, open.
    """

    def __init__(self, cellar: Cellar, run: Run) -> None:
        self._cellar = cellar
        self._run = run
        self._new: list[StepResult] = []
        self._settled: dict[str, JSON] = {}
        self._next_s = 0.0

    def add(self, result: StepResult) -> None:
        """What became of a step, if no run will tell."""
        if result.status is RunStatus.CACHED or not result.runs:
            self._new.append(result)

    def keep(self) -> float | None:
        """Write down what is new, but not all the time; where that cannot be, the run goes on.

        Returns:
            In how many seconds to come back; None where all is written down.
        """
        now_s = time.monotonic()
        if not self._new:
            return None
        if now_s < self._next_s:
            return self._next_s - now_s
        begun_s = time.thread_time()
        self._settled |= {result.step: step_to_json(result) for result in self._new}
        self._new.clear()
        with contextlib.suppress(NbcellarError):
            self._cellar.tell_open(replace(self._run, detail={**self._run.detail, _KEY: dict(self._settled)}))
        self._next_s = now_s + max(_BETWEEN_S, (time.thread_time() - begun_s) / _SHARE)
        return None


def settled_steps(run: Run) -> Mapping[str, StepResult]:
    """What was written down of a run that has not been closed."""
    kept = run.detail.get(_KEY)
    return {name: step_from_json(name, value) for name, value in kept.items()} if isinstance(kept, dict) else {}
