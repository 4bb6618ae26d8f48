"""How far a save or a restore has come."""

from __future__ import annotations

from collections.abc import Callable

from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TypeAlias


@dataclass(frozen=True, slots=True)
class Step:
    """So many of the files and bytes are done."""

    files: int
    file_count: int
    size_bytes: int
    total_bytes: int


Listener: TypeAlias = Callable[[Step], None]
"""Told of each step, from any thread."""
