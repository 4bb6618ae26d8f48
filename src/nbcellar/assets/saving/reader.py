"""Reads files into packs: the hot loop of a save, and what it does when a file changes under it."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Sequence

from nbcellar.assets.saving.smallfile import FLAGS, read_into
from nbcellar.assets.scanning.columns import Scan, Skipped, SkipReason
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.sources import Collected
from nbcellar.errors import NbcellarError, SourceError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import Digest
from nbcellar.store.packs.pack import EMPTY, SMALL_BYTES
from nbcellar.store.packs.packbuilder import PackBuilder
from nbcellar.store.packs.stage import Stage

if TYPE_CHECKING:
    from nbcellar.assets.saving.adoption import Adopted

ATTEMPTS = 3


class Reading:
    """What is known so far of the files of one save; shared by the threads that read.

    Attributes:
        digests: By index; None while unread, and where it was skipped.
        sizes: By index, as ``mtimes`` and ``modes``: what the scan saw, then what was read.
        distrusted: Indices of files that were not what the scan saw.
        failed: What could not be read.
        movable: Whether large files may become packs as they are, because their folder is given up.
        adopted: Those that did, by index.
    """

    def __init__(self, collected: Collected, stage: Stage, movable: bool = False) -> None:
        self.collected = collected
        self.stage = stage
        self.movable = movable
        self.adopted: dict[int, Adopted] = {}
        self.digests: list[Digest | None] = [None] * len(collected.names)
        self.chunks: dict[int, tuple[Digest, ...]] = {}
        self.sizes, self.mtimes, self.modes = collected.columns()
        self.distrusted: set[int] = set()
        self.failed: list[Skipped] = []
        self.stop = threading.Event()

    def place(self, index: int) -> tuple[Scan, int]:
        """The scan that a name comes from, and its row there."""
        return self.collected.trees[self.collected.tree_of[index]].scan, self.collected.row_of[index]

    def correct(self, index: int, seen: os.stat_result) -> None:
        """It was not what the scan saw, but this."""
        self.sizes[index], self.mtimes[index], self.modes[index] = seen.st_size, seen.st_mtime_ns, seen.st_mode
        self.distrusted.add(index)


class Reader:
    """Reads files into packs; belongs to one thread. Close it."""

    def __init__(self, reading: Reading, builder: PackBuilder) -> None:
        self._reading = reading
        self._builder = builder
        self._folders: dict[int, Folders] = {}
        self._scan: Scan | None = None
        self._parent = b""
        self._folder = -1

    def close(self) -> None:
        """Close the folders that it opened."""
        for folders in self._folders.values():
            folders.close()
        self._folders.clear()

    def read(self, batch: Sequence[int]) -> None:
        """Read each, unless somebody said stop; failures are noted, not raised.

        Raises:
            StorageError, StoreFull: The store could not be written.
        """
        digests, stopped = self._reading.digests, self._reading.stop.is_set
        for index in batch:
            if stopped():
                return
            try:
                digests[index] = self._read_one(index)
            except SourceError as error:
                self._note(index, SkipReason.UNREADABLE, error.message)
            except NbcellarError:
                raise  # the store's own failures are OSErrors too
            except FileNotFoundError as error:
                self._note(index, SkipReason.VANISHED, error.strerror)
            except OSError as error:
                self._note(index, SkipReason.UNREADABLE, error.strerror)

    def _note(self, index: int, reason: SkipReason, detail: str | None) -> None:
        self._reading.failed.append(Skipped(self._reading.collected.names[index], reason, detail or "cannot be read"))

    def _read_one(self, index: int) -> Digest:
        scan, row = self._reading.place(index)
        parent, _, base = scan.names[row].rpartition(b"/")
        if parent != self._parent or scan is not self._scan:
            self._enter(scan, parent)
        mode, size_bytes = scan.modes[row], scan.sizes[row]
        if size_bytes < SMALL_BYTES and stat.S_ISREG(mode):
            digest = self._read_small(scan, row, base, size_bytes)
            if digest is not None:
                return digest
        elif stat.S_ISDIR(mode):
            return EMPTY
        elif stat.S_ISLNK(mode):
            return self._read_link(index, base)
        return self._read_carefully(index, base)

    def _enter(self, scan: Scan, parent: bytes) -> None:
        """Open the folder of the next files: neighbours mostly share theirs."""
        self._scan = None  # where it fails, the descriptor is not that of the folder before either
        folders = self._folders.get(id(scan))
        if folders is None:
            folders = self._folders[id(scan)] = Folders(scan.root)
        self._folder = folders.open(parent)
        self._scan, self._parent = scan, parent

    def _read_small(self, scan: Scan, row: int, base: bytes, size_bytes: int) -> Digest | None:
        """None where the file is not what the scan saw: it may be changing just now."""
        room = self._builder.room(size_bytes)
        seen = read_into(self._folder, base, room)
        return self._builder.add(room) if seen is not None and scan.is_still(row, seen) else None

    def _read_link(self, index: int, base: bytes) -> Digest:
        target = os.readlink(base, dir_fd=self._folder)
        self._reading.sizes[index] = len(target)
        return self._builder.put(target)

    def _read_carefully(self, index: int, base: bytes) -> Digest:
        scan, row = self._reading.place(index)
        if self._reading.movable and scan.sizes[row] >= SMALL_BYTES and self._adopt(index, base):
            return self._reading.adopted[index].digest
        for _ in range(ATTEMPTS):
            fd = os.open(base, FLAGS, dir_fd=self._folder)
            try:
                before = os.fstat(fd)
                if not stat.S_ISREG(before.st_mode):
                    raise SourceError("it is no regular file any more")
                digest = self._read_whole(index, fd, before.st_size)
                after = os.fstat(fd)
            finally:
                os.close(fd)
            if digest is not None and _same(before, after):
                if not scan.is_still(row, after):
                    self._reading.correct(index, after)
                return digest
        raise SourceError("it kept changing while it was read")

    def _adopt(self, index: int, base: bytes) -> bool:
        from nbcellar.assets.saving.adoption import adopt  # most saves move nothing

        adopted = adopt(self._reading.stage, self._folder, base)
        if adopted is None:
            return False
        self._reading.adopted[index] = adopted
        self._reading.chunks[index] = adopted.chunks
        scan, row = self._reading.place(index)
        if not scan.is_still(row, adopted.seen):
            self._reading.correct(index, adopted.seen)
        return True

    def _read_whole(self, index: int, fd: int, size_bytes: int) -> Digest | None:
        """None where the file became shorter."""
        if size_bytes >= SMALL_BYTES:
            try:
                digest, self._reading.chunks[index] = self._reading.stage.put_large(fd, size_bytes)
            except SourceError:
                if os.fstat(fd).st_size >= size_bytes:
                    raise  # not cut short: it cannot be read
                return None
            return digest
        self._reading.chunks.pop(index, None)
        room = self._builder.room(size_bytes)
        if not size_bytes and os.read(fd, 1) and not os.fstat(fd).st_size:
            raise SourceError("it says that it is empty and is not, as files of the system do: copy it first")
        count = 0
        while count < size_bytes and (more := os.readv(fd, [room[count:]])):
            count += more
        return self._builder.add(room) if count == size_bytes else None


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )
