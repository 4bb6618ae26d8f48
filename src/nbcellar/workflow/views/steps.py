"""What became of each step of a run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from nbcellar.assets.display import seconds_text
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, RunStatus


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a step.

    Attributes:
        status: CACHED where an earlier run was taken.
        reason: Why it ran or did not.
        runs: Ids of its notebook runs: one, or one for each item of its ``for_each``; of earlier ones where taken.
        refs: The same as references.
        error: What went wrong, in one line.
        values: What calls without a run of their own emitted, by name: functions that nobody can take later.
    """

    step: str
    status: RunStatus
    reason: str = ""
    runs: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""
    values: tuple[JSON, ...] = ()

    @property
    def done(self) -> bool:
        """Whether what it made can be used."""
        return self.status in (RunStatus.SUCCEEDED, RunStatus.CACHED)


def step_to_json(result: StepResult) -> JSON:
    """As the workflow's run keeps it: what is empty is left out, for there may be thousands of steps."""
    kept: dict[str, JSON] = {"status": result.status.value, "reason": result.reason}
    if result.runs:
        kept |= {"runs": list(result.runs), "refs": list(result.refs)}
    if result.seconds:
        kept["seconds"] = round(result.seconds, 3)
    if result.error:
        kept["error"] = result.error
    if result.values:
        kept["values"] = list(result.values)
    return kept


def step_from_json(step: str, value: JSON) -> StepResult:
    """Read it back."""
    items: Mapping[str, JSON] = value if isinstance(value, dict) else {}
    seconds = items.get("seconds")
    return StepResult(
        step,
        RunStatus(str(items.get("status", RunStatus.RUNNING.value))),
        str(items.get("reason", "")),
        _texts(items.get("runs")),
        _texts(items.get("refs")),
        float(seconds) if isinstance(seconds, int | float) else 0.0,
        str(items.get("error", "")),
        tuple(values) if isinstance(values := items.get("values"), list) else (),
    )


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def unchanged_since(ref: str, ended_ns: int) -> str:
    """Why an earlier run is taken."""
    age_s = max(0.0, (time.time_ns() - ended_ns) / 1e9)
    return f"nothing it depends on changed since {ref} ({seconds_text(age_s)} ago)"


def taken_reason(refs: Sequence[str], ended_ns: int) -> str:
    """Why a step is taken whole: what is said of its first run, and how many there are."""
    count = f" (0 of {len(refs)} ran)" if len(refs) > 1 else ""
    return unchanged_since(refs[0], ended_ns) + count
