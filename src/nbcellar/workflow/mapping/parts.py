"""What one call of a step gave: a run in any case but that of a function which nobody can take later."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.errors import EncodingError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.tasks.context.results import as_json, result_of


@dataclass(frozen=True, slots=True)
class Part:
    """What one call of a step gave.

    Attributes:
        run: Its run; None for a function's call that has none of its own.
        values: What a function emitted in this run, live, by name; None where only ``run`` tells.
        error: What went wrong, in one line; empty where nothing did.
        raised: The exception itself, where a function raised it.
        results: What it emitted, as the workflow's run keeps it; None where its own run does.
    """

    run: Run | None
    status: RunStatus
    values: Mapping[str, object] | None = None
    error: str = ""
    raised: BaseException | None = field(default=None, compare=False)
    results: JSON = None

    @classmethod
    def of(cls, run: Run) -> Part:
        """What a notebook gave, or an earlier run."""
        return cls(run, run.status, error=run.error)


@dataclass(frozen=True, slots=True)
class Made:
    """What a step made.

    Attributes:
        parts: One, or one for each item of its ``for_each``, in order.
        many: Whether it goes through a list, so that what is mapped from it is a list too.
    """

    parts: tuple[Part, ...]
    many: bool = False

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of its calls that have one."""
        return tuple(part.run for part in self.parts if part.run is not None)


def emitted_json(values: Mapping[str, object]) -> dict[str, JSON]:
    """What was emitted, as a workflow's run keeps it: JSON, or words for what is none."""
    return {name: value if isinstance(value, bool | int | None) else _kept(value) for name, value in values.items()}


def _kept(value: object) -> JSON:
    kept = result_of(value)
    return {"repr": kept.words} if kept.words else kept.value


def run_results(values: Mapping[str, object]) -> tuple[JSON, dict[str, JSON]]:
    """What a function's run keeps of what it emitted: all that is JSON by name, and words for the rest."""
    plain: dict[str, JSON] = {}
    words: dict[str, JSON] = {}
    for name, value in values.items():
        try:
            plain[name] = as_json(value)
        except EncodingError as error:
            plain[name], words[name] = None, f"{result_of(value).words} ({error.message})"
    return plain, words
