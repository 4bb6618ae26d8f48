"""What one task opened, as it was when it was opened."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, int, int]
"""Size, modification time and inode: another content has another stamp."""


def stamp(path: str) -> Stamp | None:
    """The stamp of a regular file; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino) if stat.S_ISREG(found.st_mode) else None


@dataclass(slots=True)
class Trace:
    """What one task, or one notebook outside of its tasks, opened. Paths are absolute and normal.

    Attributes:
        before_overwrite: Called with the path of a file that was read and is about to be written, renamed over or
            removed, while its content still stands.
        reads: Files that were read before this trace wrote them, with their stamp then.
        writes: Files that were opened for writing, renamed to, or made; True where there was a file before.
        by_tasks: Of a notebook's, those of its writes that its tasks made.
        listings: Folders whose names were asked for.
        databases: Files given to ``sqlite3.connect``, with their stamp then; None for one that this trace made.
        children: Child processes were started.
        connections: Hosts, with port, that were connected to.
        readonly: Files that may not be written: linked inputs.
        on_write: Called with each path before it is written for the first time.
        on_folder: Called with each folder before it becomes the current one.
        on_database: Called with each database file that there is, before it is opened for the first time: nobody sees
            when it is written.
    """

    before_overwrite: Callable[[str], None]
    on_write: Callable[[str], None] | None = None
    on_folder: Callable[[str], None] | None = None
    on_database: Callable[[str], None] | None = None
    reads: dict[str, Stamp] = field(default_factory=dict)
    writes: dict[str, bool] = field(default_factory=dict)
    by_tasks: set[str] = field(default_factory=set)
    listings: set[str] = field(default_factory=set)
    databases: dict[str, Stamp | None] = field(default_factory=dict)
    connections: set[str] = field(default_factory=set)
    readonly: frozenset[str] = frozenset()
    children: bool = False

    def read(self, path: str) -> None:
        """A file is about to be read."""
        if path not in self.reads and path not in self.writes:
            found = stamp(path)
            if found is not None:
                self.reads[path] = found

    def write(self, path: str) -> None:
        """A file is about to be written, replaced or removed."""
        if path in self.readonly:
            raise PermissionError(errno.EACCES, "An input of this task, linked read-only", path)
        if path in self.writes:
            return
        if path in self.reads:
            self.before_overwrite(path)
        self.writes[path] = stamp(path) is not None
        if self.on_write is not None:
            self.on_write(path)

    def connect(self, path: str) -> None:
        """A database file is about to be opened, for reading, writing or both."""
        if path not in self.databases:
            self.databases[path] = None if path in self.writes else stamp(path)
            if self.databases[path] is not None and self.on_database is not None:
                self.on_database(path)
