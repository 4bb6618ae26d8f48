"""Since when: an age such as ``2d``, or a date."""

from __future__ import annotations

import datetime
import time

from nbcellar.errors import UsageError
from nbcellar.tasks.taskline.durations import is_duration, parse_duration

LATEST = 2**63 - 1
"""The catalogue's numbers end here, in the year 2262."""


def since_ns(text: str) -> int | None:
    """The moment that ``2d``, ``90m`` or ``2026-11-01`` means; None for nothing.

    Raises:
        UsageError: It is neither an age nor a date.
    """
    if not text:
        return None
    if text[0].isdigit() and "-" in text:
        try:
            return min(int(datetime.datetime.fromisoformat(text).timestamp() * 1e9), LATEST)
        except ValueError as error:
            raise UsageError(f"{text!r} is no date.", hint="Write 2026-11-01, or an age such as 2d.") from error
    if not is_duration(text):
        raise UsageError(f"{text!r} is neither an age nor a date.", hint="Write 2d, 90m or 2026-11-01.")
    return max(time.time_ns() - int(parse_duration(text) * 1e9), 0)
