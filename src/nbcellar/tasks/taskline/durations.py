"""Durations as people type them: ``500ms``, ``30s``, ``10m``, ``2h``, ``7d``, ``1w``; a bare number is seconds."""

from __future__ import annotations

import re

from nbcellar.errors import UsageError

_DURATION = re.compile(r"(?P<count>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d|w)?")
LONGEST_S = 1e10
"""Three hundred years: what is longer is a slip, or no number of seconds at all."""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def is_duration(text: str) -> bool:
    """Whether the text reads as a duration."""
    seconds = _seconds(text)
    return seconds is not None and seconds <= LONGEST_S


def parse_duration(text: str) -> float:
    """Seconds.

    Raises:
        UsageError: The text is no duration.
    """
    seconds = _seconds(text)
    if seconds is None:
        raise UsageError(f"{text!r:.60} is not a duration.", hint="Write 30s, 10m, 2h or 7d.")
    if seconds > LONGEST_S:
        raise UsageError(f"{text!r:.60} is longer than 300 years.", hint="Write 30s, 10m, 2h or 7d.")
    return seconds


def _seconds(text: str) -> float | None:
    match = _DURATION.fullmatch(text.strip())
    return None if match is None else float(match["count"]) * _SECONDS[match["unit"] or "s"]


def parse_limit(text: str) -> float:
    """Seconds that something may take.

    Raises:
        UsageError: The text is no duration, or leaves no time.
    """
    return checked_limit(parse_duration(text))


def checked_limit(seconds: float) -> float:
    """The same seconds.

    Raises:
        UsageError: They leave no time.
    """
    if seconds > 0:
        return seconds
    raise UsageError(f"A timeout of {seconds:g} s leaves no time.", hint="Write more than 0, or leave it out.")
