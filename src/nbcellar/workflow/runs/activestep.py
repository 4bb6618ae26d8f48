"""A step that is under way."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nbcellar.lightclasses import dataclass, field
from nbcellar.model import RunStatus
from nbcellar.workflow.documents.document import Step
from nbcellar.workflow.freshness.deciding import Execute, Take
from nbcellar.workflow.mapping.parts import Part
from nbcellar.workflow.runs.calls import Planned
from nbcellar.workflow.views.steps import StepResult


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

    def result(self) -> StepResult:
        """What became of it, when all its calls have ended."""
        parts = [self.parts[index] for index in range(len(self.planned))]
        runs = [part.run for part in parts if part.run is not None]
        executed = [part for part, each in zip(parts, self.planned, strict=True) if isinstance(each.decision, Execute)]
        bad = [part for part in executed if part.status is not RunStatus.SUCCEEDED]
        taken = [each.decision for each in self.planned if isinstance(each.decision, Take)]
        ran = [each.decision for each in self.planned if isinstance(each.decision, Execute)]
        status = bad[0].status if bad else RunStatus.SUCCEEDED if executed or not parts else RunStatus.CACHED
        reason = ran[0].reason if ran else taken[0].reason if taken else "there is nothing to go through"
        if len(parts) > 1:
            reason += f" ({len(executed)} of {len(parts)} ran)"
        return StepResult(
            self.step.id,
            status,
            reason,
            tuple(run.id for run in runs),
            tuple(run.ref for run in runs),
            0.0 if self.started_s is None else time.monotonic() - self.started_s,
            bad[0].error if bad else "",
            tuple(part.results for part in parts if part.run is None),
        )
