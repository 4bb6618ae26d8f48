"""A step that is under way."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nbcellar.lightclasses import dataclass, field
from nbcellar.model import Run, RunStatus
from nbcellar.workflow.documents.document import FunctionBody, Step
from nbcellar.workflow.freshness.deciding import Execute, Take
from nbcellar.workflow.mapping.parts import Part
from nbcellar.workflow.runs.calls import Planned
from nbcellar.workflow.views.steps import StepResult

STOPPED = "the run was stopped"
"""Why a step was not begun."""


@dataclass(slots=True)
class ActiveStep:
    """Its calls, and what they gave so far.

    Attributes:
        started_s: When its first call began, which may have waited for other steps; None before that.
    """

    step: Step
    planned: Sequence[Planned]
    started_s: float | None = None
    parts: dict[int, Part] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether all its calls have ended."""
        return len(self.parts) == len(self.planned)

    def begin(self) -> None:
        """Note that a call begins."""
        if self.started_s is None:
            self.started_s = time.monotonic()

    @property
    def may_block(self) -> bool:
        """Whether nobody can say when it ends: a function that has begun. A notebook's kernel is ended."""
        return self.started_s is not None and isinstance(self.step.body, FunctionBody)

    @property
    def seconds(self) -> float:
        """Since its first call began."""
        return 0.0 if self.started_s is None else time.monotonic() - self.started_s

    @property
    def reason(self) -> str:
        """Why its first call was made, or not."""
        for each in self.planned:
            if isinstance(each.decision, Execute):
                return each.decision.reason
        return self.planned[0].decision.reason if self.planned else "there is nothing to go through"

    def result(self) -> StepResult:
        """What became of it, when all its calls have ended."""
        runs: list[Run] = []
        begun: list[Part] = []
        bad: tuple[Part, str] | None = None
        executed = 0
        for index, each in enumerate(self.planned):
            part = self.parts[index]
            if part.run is not None:
                runs.append(part.run)
            if isinstance(each.decision, Take):
                continue
            executed += 1
            if part.status is RunStatus.SKIPPED:
                continue
            begun.append(part)
            if bad is None and part.status is not RunStatus.SUCCEEDED:
                bad = part, each.item
        if executed and not begun:
            return StepResult(self.step.id, RunStatus.SKIPPED, STOPPED)
        status = RunStatus.SUCCEEDED if executed or not self.planned else RunStatus.CACHED
        if bad is not None:
            status = bad[0].status
        elif len(begun) < executed:
            status = RunStatus.INTERRUPTED
        return StepResult(
            self.step.id,
            status,
            self.reason + (f" ({len(begun)} of {len(self.planned)} ran)" if len(self.planned) > 1 else ""),
            tuple(run.id for run in runs),
            tuple(run.ref for run in runs),
            self.seconds,
            "" if bad is None else (f"[{bad[1]}] " if bad[1] else "") + bad[0].error,
            tuple(part.results for part in begun if part.run is None),
        )
