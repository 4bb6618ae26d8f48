"""What a look at a folder found, in columns, and how two looks differ."""

from __future__ import annotations

import os
import stat
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from nbcellar.lightclasses import dataclass, field


class SkipReason(StrEnum):
    """Why something is not in a snapshot; what the ignore rules leave out is not listed."""

    SPECIAL = "special"
    SECRET = "secret"
    UNREADABLE = "unreadable"
    MOUNT = "mount"  # another file system begins here
    VANISHED = "vanished"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A name that is left out, and why."""

    name: bytes
    reason: SkipReason
    detail: str = ""

    def __str__(self) -> str:
        shown = printable(self.name)
        return f"{shown} ({self.detail})" if self.detail else shown


@dataclass(frozen=True, slots=True)
class Scan:
    """What a folder held, one row a file, link or empty folder, sorted by name bytes.

    Attributes:
        names: Relative to the root, ``/`` between segments.
        mtimes: In nanoseconds, as ``ctimes``.
        modes: As ``st_mode``: kind and permissions.
        started_ns: The wall clock when the scan began, for the racy rule of the stat cache.
        complete: False where there were more than the limit; there are no rows then.
        thorough: False where only some named files were looked at.
    """

    root: Path
    names: list[bytes] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    mtimes: array[int] = field(default_factory=lambda: array("q"))
    inodes: array[int] = field(default_factory=lambda: array("Q"))
    ctimes: array[int] = field(default_factory=lambda: array("q"))
    modes: array[int] = field(default_factory=lambda: array("I"))
    skipped: tuple[Skipped, ...] = ()
    started_ns: int = 0
    complete: bool = True
    thorough: bool = True

    def __len__(self) -> int:
        return len(self.names)

    @property
    def columns(self) -> tuple[array[int], array[int], array[int], array[int], array[int]]:
        """Sizes, mtimes, inodes, ctimes and modes."""
        return self.sizes, self.mtimes, self.inodes, self.ctimes, self.modes

    def row(self, name: bytes) -> int:
        """Where the name stands, or -1."""
        at = bisect_left(self.names, name)
        return at if at < len(self.names) and self.names[at] == name else -1

    def rows(self, names: Iterable[bytes]) -> list[int]:
        """Where the names stand, those that are there."""
        return [row for row in (self.row(name) for name in sorted(set(names))) if row >= 0]

    def is_still(self, row: int, seen: os.stat_result) -> bool:
        """Whether a stat is that of the row: kind, size, times and inode."""
        return (
            seen.st_size == self.sizes[row]
            and seen.st_mtime_ns == self.mtimes[row]
            and seen.st_ctime_ns == self.ctimes[row]
            and seen.st_ino == self.inodes[row]
            and seen.st_mode == self.modes[row]
        )

    def holds_folder(self, name: bytes) -> bool:
        """Whether it is a row, or a folder with rows in it."""
        below = bisect_left(self.names, name + b"/")
        return (below < len(self.names) and self.names[below].startswith(name + b"/")) or self.row(name) >= 0

    def same_as(self, other: Scan) -> bool:
        """Whether not a name, size, time, inode or mode differs."""
        return self.columns == other.columns and self.names == other.names


def written(before: Scan, after: Scan) -> list[bytes]:
    """The names that are new or differ by stat, sorted; both scans are of the same root and complete.

    An empty folder counts only where nothing was in it before.
    """
    if before.same_as(after):
        return []
    old = dict(zip(before.names, zip(*before.columns, strict=True), strict=True))
    return [
        name
        for name, row in zip(after.names, zip(*after.columns, strict=True), strict=True)
        if old.get(name) != row and not (stat.S_ISDIR(row[4]) and before.holds_folder(name))
    ]


def gone(before: Scan, after: Scan) -> list[bytes]:
    """The names that are no longer there, sorted; an empty folder that is filled now is not gone."""
    if before.names == after.names:
        return []
    left = set(after.names)
    return [name for name in before.names if name not in left and not after.holds_folder(name)]


def printable(name: bytes) -> str:
    """A name for people: control and undecodable characters escaped."""
    text = name.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
