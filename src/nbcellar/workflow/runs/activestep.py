"""A step that is under way."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nbcellar.lightclasses import dataclass, field
from nbcellar.model import RunStatus
from nbcellar.workflow.documents.document import FunctionBody, Step
from nbcellar.workflow.freshness.deciding import Execute
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
        decisions = [each.decision for each in self.planned]
        ran = [each for each in decisions if isinstance(each, Execute)]
        return next((each.reason for each in (*ran, *decisions)), "there is nothing to go through")

    def result(self) -> StepResult:
        """What became of it, when all its calls have ended."""
        parts = [self.parts[index] for index in range(len(self.planned))]
        runs = [part.run for part in parts if part.run is not None]
        executed = [part for part, each in zip(parts, self.planned, strict=True) if isinstance(each.decision, Execute)]
        begun = [part for part in executed if part.status is not RunStatus.SKIPPED]
        if executed and not begun:
            return StepResult(self.step.id, RunStatus.SKIPPED, STOPPED)
        bad = [part for part in begun if part.status is not RunStatus.SUCCEEDED]
        item = next((each.item for part, each in zip(parts, self.planned, strict=True) if bad and part is bad[0]), "")
        status = bad[0].status if bad else RunStatus.SUCCEEDED if executed or not parts else RunStatus.CACHED
        if len(begun) < len(executed) and not bad:
            status = RunStatus.INTERRUPTED
        return StepResult(
            self.step.id,
            status,
            self.reason + (f" ({len(begun)} of {len(parts)} ran)" if len(parts) > 1 else ""),
            tuple(run.id for run in runs),
            tuple(run.ref for run in runs),
            self.seconds,
            (f"[{item}] " if item else "") + bad[0].error if bad else "",
            tuple(part.results for part in begun if part.run is None),
        )
