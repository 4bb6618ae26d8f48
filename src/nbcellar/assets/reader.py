"""Reads files into packs: the hot loop of a save, and what it does when a file changes under it."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from nbcellar.assets.columns import Scan, Skipped, SkipReason
from nbcellar.assets.folders import Folders
from nbcellar.assets.progress import Listener, Step
from nbcellar.assets.sources import Collected
from nbcellar.errors import NbcellarError, SourceError
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.model import Digest
from nbcellar.store.packs import EMPTY, SMALL_BYTES, PackBuilder
from nbcellar.store.stage import Stage

if TYPE_CHECKING:
    from nbcellar.assets.adoption import Adopted

ATTEMPTS = 3
_BATCH = 64  # files; large enough that the lock costs nothing, small enough that two threads end together
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


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


@dataclass(slots=True)
class Queue:
    """Indices that wait to be read, handed out in batches of neighbours."""

    indices: Sequence[int]
    batch: int = _BATCH
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def batches(self) -> Iterator[Sequence[int]]:
        """Batches until none is left; each goes to one thread only."""
        while True:
            with self._lock:
                start = self._next
                self._next += self.batch
            if start >= len(self.indices):
                return
            yield self.indices[start : start + self.batch]


class Meter:
    """Counts what was read, and tells it."""

    def __init__(self, reading: Reading, small: Sequence[int], large: Sequence[int], listener: Listener | None) -> None:
        self._reading = reading
        self._listener = listener
        self._lock = threading.Lock()
        total = sum(map(reading.sizes.__getitem__, chain(small, large))) if listener else 0
        self._step = Step(0, len(small) + len(large), 0, total)

    def count(self, batch: Sequence[int]) -> None:
        """These were read."""
        if self._listener is None:
            return
        size_bytes = sum(map(self._reading.sizes.__getitem__, batch))
        with self._lock:
            step = self._step
            self._step = replace(step, files=step.files + len(batch), size_bytes=step.size_bytes + size_bytes)
            self._listener(self._step)


class Reader:
    """Reads files into packs; belongs to one thread. Close it."""

    def __init__(self, reading: Reading, builder: PackBuilder) -> None:
        self._reading = reading
        self._builder = builder
        self._folders: dict[int, Folders] = {}

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
        reading = self._reading
        for index in batch:
            if reading.stop.is_set():
                return
            try:
                reading.digests[index] = self._read_one(index)
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
        folders = self._folders.get(id(scan))
        if folders is None:
            folders = self._folders[id(scan)] = Folders(scan.root)
        folder = folders.open(parent)
        mode, size_bytes = scan.modes[row], scan.sizes[row]
        if stat.S_ISDIR(mode):
            return EMPTY
        if stat.S_ISREG(mode) and size_bytes < SMALL_BYTES:
            digest = self._read_small(scan, row, folder, base)
            if digest is not None:
                return digest
        elif stat.S_ISLNK(mode):
            return self._read_link(index, folder, base)
        return self._read_carefully(index, folder, base)

    def _read_small(self, scan: Scan, row: int, folder: int, base: bytes) -> Digest | None:
        """None where the file is not what the scan saw: it may be changing just now."""
        size_bytes = scan.sizes[row]
        room = self._builder.room(size_bytes)
        fd = os.open(base, _FLAGS, dir_fd=folder)
        try:
            count = os.readv(fd, [room]) if size_bytes else 0
            seen = os.fstat(fd)
        finally:
            os.close(fd)
        as_scanned = count == size_bytes and scan.is_still(row, seen)
        return self._builder.add(size_bytes) if as_scanned else None

    def _read_link(self, index: int, folder: int, base: bytes) -> Digest:
        target = os.readlink(base, dir_fd=folder)
        self._reading.sizes[index] = len(target)
        self._builder.room(len(target))[:] = target
        return self._builder.add(len(target))

    def _read_carefully(self, index: int, folder: int, base: bytes) -> Digest:
        scan, row = self._reading.place(index)
        if self._reading.movable and scan.sizes[row] >= SMALL_BYTES and self._adopt(index, folder, base):
            return self._reading.adopted[index].digest
        for _ in range(ATTEMPTS):
            fd = os.open(base, _FLAGS, dir_fd=folder)
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

    def _adopt(self, index: int, folder: int, base: bytes) -> bool:
        from nbcellar.assets.adoption import adopt  # most saves move nothing

        adopted = adopt(self._reading.stage, folder, base)
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
        count = 0
        while count < size_bytes and (more := os.readv(fd, [room[count:]])):
            count += more
        return self._builder.add(size_bytes) if count == size_bytes else None


def read_all(reading: Reading, indices: Sequence[int], progress: Listener | None = None) -> None:
    """Read these files with two threads, large ones after small ones; what failed is noted in the reading.

    Raises:
        StorageError, StoreFull: The store could not be written.
    """
    sizes = reading.sizes
    large = array("l", (index for index in indices if sizes[index] >= SMALL_BYTES))
    small = array("l", (index for index in indices if sizes[index] < SMALL_BYTES)) if large else indices
    meter = Meter(reading, small, large, progress)
    if len(small) > _BATCH:
        _read_by_two(reading, Queue(small), meter)
    else:
        _read_here(reading, Queue(small), meter)
    if large:
        _read_here(reading, Queue(large, batch=1), meter)  # the store itself reads a large file with two threads


def _read_here(reading: Reading, queue: Queue, meter: Meter) -> None:
    with reading.stage.builder() as builder, contextlib.closing(Reader(reading, builder)) as reader:
        for batch in queue.batches():
            reader.read(batch)
            meter.count(batch)


def _read_by_two(reading: Reading, queue: Queue, meter: Meter) -> None:
    troubles: list[BaseException] = []

    def help_reading() -> None:
        try:
            _read_here(reading, queue, meter)
        except BaseException as trouble:
            troubles.append(trouble)
            reading.stop.set()

    helper = threading.Thread(target=help_reading, name="nbcellar-reader")
    try:
        helper.start()
        _read_here(reading, queue, meter)
    except BaseException:
        reading.stop.set()
        raise
    finally:
        _join(helper, reading.stop)
    if troubles:
        raise troubles[0]


def _join(helper: threading.Thread, stop: threading.Event) -> None:
    """Wait, also through further interrupts: nobody may write into a stage that is given up."""
    interrupt: KeyboardInterrupt | None = None
    while helper.is_alive():
        try:
            helper.join()
        except KeyboardInterrupt as another:
            interrupt = another
            stop.set()
    if interrupt is not None:
        raise interrupt


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )
