"""Names that are never used again: time first, so that they sort by age, then 80 random bits."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ulid() -> str:
    """A fresh ULID (https://github.com/ulid/spec): 26 characters, unique also across machines and forks."""
    return _spelled((time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big"))


def ulid_after(others: Iterable[str]) -> str:
    """A fresh ULID that sorts behind all of these, also where the clock was set back since."""
    fresh, last = new_ulid(), max(filter(is_ulid, others), default="")
    if fresh > last:
        return fresh
    number = 0
    for letter in last:
        number = number << 5 | _ALPHABET.index(letter)
    return _spelled(number + 1 + int.from_bytes(os.urandom(8), "big"))


def _spelled(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_ulid(text: str) -> bool:
    """Whether the text has the form of a ULID."""
    return len(text) == 26 and text[0] in "01234567" and all(letter in _ALPHABET for letter in text)
