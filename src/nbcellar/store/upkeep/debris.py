"""What writers that are gone have left: objects without a row, events that were given up, files in the making."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from nbcellar.lightclasses import dataclass
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.journal.events import key_of as event_key_of
from nbcellar.store.objects.local import is_abandoned
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.objects.ulid import is_ulid
from nbcellar.store.packs.pack import FOLDER

_TEMPORARY = ("tmp/object-*", "packs/.*.own", ".format.json.*", "..gitignore.*")
"""Names of files that are in the making, in the local folder."""


@dataclass(frozen=True, slots=True)
class Debris:
    """The debris of one store.

    Attributes:
        folder: The local folder, whose temporary files are looked at.
        grace_ns: Those that are younger are left alone.
    """

    catalogue: Catalogue
    objects: Objects
    folder: Path
    grace_ns: int

    def sweep(self) -> tuple[int, int]:
        """Delete all of it; how many files that were, and how many bytes."""
        found = list(self.listed())
        for key, _ in found:
            if is_ulid(key.rpartition("/")[2].partition(".")[0]):
                self.objects.delete(key)
            else:
                (self.folder / key).unlink(missing_ok=True)
        return len(found), sum(size for _, size in found)

    def listed(self) -> Iterator[tuple[str, int]]:
        """The key of each piece, or its name in the local folder, and its size."""
        listed = list(self.objects.listed(FOLDER))  # before the rows: an object's row is older than the object
        with self.catalogue.reading() as connection:
            rows = {str(row[0]) for row in connection.execute("SELECT name FROM pack")}
            dropped = {event_key_of(str(row[0])) for row in connection.execute("SELECT key FROM dropped")}
        for stored in listed:
            name = stored.key.rpartition("/")[2].removesuffix(".idx")
            if is_ulid(name) and name not in rows:
                yield stored.key, stored.size_bytes
        for stored in self.objects.listed("journal") if dropped else ():
            if stored.key in dropped:
                yield stored.key, stored.size_bytes
        yield from self._old_temporary()

    def _old_temporary(self) -> Iterator[tuple[str, int]]:
        """Files in the making that nobody makes any more: not held by a living writer, and older than the grace."""
        before_ns = time.time_ns() - self.grace_ns
        for pattern in _TEMPORARY if self.folder.is_dir() else ():
            for path in self.folder.glob(pattern):
                with contextlib.suppress(FileNotFoundError):  # finished meanwhile
                    stat = path.lstat()
                    if stat.st_mtime_ns < before_ns and is_abandoned(path):
                        yield str(path.relative_to(self.folder)), stat.st_size
