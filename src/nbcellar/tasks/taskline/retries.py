"""How often a task is tried again, after how long, and after which errors."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from nbcellar.assets.display import seconds_text
from nbcellar.errors import UsageError
from nbcellar.tasks.taskline.durations import parse_duration

When: TypeAlias = type[BaseException] | tuple[type[BaseException], ...] | Callable[[BaseException], bool] | None


@dataclass(frozen=True, slots=True)
class Retries:
    """Try again after a failure.

    Attributes:
        limit: How many times after the first; None for no end.
        backoff: Shortest and longest wait in seconds. With a limit the waits grow evenly from one to the other;
            without one each is drawn between them.
        when: Which errors: a type, several, or a function of the exception; None for every ``Exception``.
    """

    limit: int | None = None
    backoff: tuple[float, float] = (1.0, 60.0)
    when: When = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 0:
            raise UsageError(f"{self.limit} retries cannot be meant.", hint="Write 0 or more.")
        if not 0 <= self.backoff[0] <= self.backoff[1]:
            raise UsageError(f"Backoff {self.backoff} must be a shorter and a longer wait.")

    def again(self, attempt: int, error: BaseException) -> bool:
        """Whether an attempt (counted from 1) that ended so is followed by another.

        Whatever a ``when`` function raises is raised here.
        """
        if not isinstance(error, Exception) or (self.limit is not None and attempt > self.limit):
            return False
        if self.when is None:
            return True
        if isinstance(self.when, tuple | type):
            return isinstance(error, self.when)
        return bool(self.when(error))

    def wait_s(self, attempt: int) -> float:
        """Seconds to wait after this attempt, counted from 1."""
        low, high = self.backoff
        if self.limit is None:
            return random.uniform(low, high)
        if self.limit <= 1:
            return low
        return low + (high - low) * (attempt - 1) / (self.limit - 1)

    def __str__(self) -> str:
        count = "no end of" if self.limit is None else str(self.limit)
        return f"{count} retries, {seconds_text(self.backoff[0])} to {seconds_text(self.backoff[1])} apart"


def parse_retries(text: str) -> Retries:
    """Read ``3``, ``3:10s`` or ``3:10s..2m``.

    Raises:
        UsageError: It is none of these.
    """
    count, _, waits = text.partition(":")
    if not count.isdigit():
        raise UsageError(f"{text!r} is not a number of retries.", hint="Write 3, 3:10s or 3:10s..2m.")
    low, _, high = waits.partition("..")
    shortest = parse_duration(low) if low else 0.0
    return Retries(int(count), (shortest, parse_duration(high) if high else shortest))


def as_retries(value: int | bool | Retries) -> Retries:
    """``0``, ``3``, ``True`` (no end) or a :class:`Retries`; a plain number waits for nothing."""
    if isinstance(value, Retries):
        return value
    if isinstance(value, bool):
        return Retries(None) if value else Retries(0, (0.0, 0.0))
    return Retries(value, (0.0, 0.0))
