"""A second process that reads some of a save's small files, while a processor is idle."""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterator, Sequence

from nbcellar.assets.saving.reader import Reading
from nbcellar.assets.saving.readservice import SLOT_BYTES, SLOTS, UNREAD, Wanted, job_of
from nbcellar.assets.workers.outstanding import Outstanding
from nbcellar.assets.workers.worker import start
from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest
from nbcellar.store.packs.blocks import split
from nbcellar.store.packs.packbuilder import PackBuilder


@dataclass(frozen=True, slots=True)
class _Given:
    """A batch that was given away.

    Attributes:
        slot: Where its bytes will be.
        asked: Indices of the files that the job names; the rest of the batch is none of its business.
    """

    batch: Sequence[int]
    slot: int
    asked: list[int]


class SecondReader:
    """Reads batches in a process of its own, a few at a time. Close it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._jobs: Outstanding[_Given] | None = None
        self._room = memoryview(b"")
        self._free = list(range(SLOTS))

    @property
    def wants_more(self) -> bool:
        """Whether it can be given another batch."""
        return self._jobs is not None and self._jobs.wants_more

    def start(self) -> bool:
        """Whether it could be started."""
        shared = os.memfd_create("nbcellar")
        try:
            os.ftruncate(shared, SLOTS * SLOT_BYTES)
            worker = start("nbcellar.assets.saving.readservice", [shared])
            if worker is not None:
                self._jobs = Outstanding(worker, SLOTS)
                self._room = memoryview(mmap.mmap(shared, SLOTS * SLOT_BYTES))
        finally:
            os.close(shared)
        return self._jobs is not None

    def give(self, batch: Sequence[int]) -> None:
        """Let it read this batch too."""
        assert self._jobs is not None
        slot = self._free.pop()
        asked, job = self._job(batch, slot)
        self._jobs.give(job, _Given(batch, slot, asked))

    def finished(self, builder: PackBuilder, wait: bool) -> Iterator[tuple[Sequence[int], list[int]]]:
        """Batches that it is done with, and those of their indices which are still to be read here.

        Args:
            builder: Takes what was read.
            wait: Whether to wait until nothing is left.
        """
        for given, digests in self._jobs.answered(wait) if self._jobs else ():
            left = list(given.batch) if digests is None else self._take(given, digests, builder)
            self._free.append(given.slot)
            yield given.batch, left

    def close(self) -> None:
        """End it, whatever it does."""
        if self._jobs is not None:
            self._jobs.close()

    def _job(self, batch: Sequence[int], slot: int) -> tuple[list[int], bytes]:
        """The files of one tree that fit into a slot; links, folders and large files are not among them."""
        asked: list[int] = []
        files: list[Wanted] = []
        room = SLOT_BYTES
        first, _ = self._reading.place(batch[0])
        for index in batch:
            scan, row = self._reading.place(index)
            mode, size_bytes = scan.modes[row], scan.sizes[row]
            if scan is first and stat.S_ISREG(mode) and size_bytes <= room:
                asked.append(index)
                room -= size_bytes
                stats = (size_bytes, scan.mtimes[row], scan.ctimes[row], scan.inodes[row], mode)
                files.append((scan.names[row], *stats))
        return asked, job_of(os.fsencode(os.path.abspath(first.root)), slot, files)

    def _take(self, given: _Given, digests: bytes, builder: PackBuilder) -> list[int]:
        """Keep what was read; the indices that were not."""
        unread = sorted(set(given.batch).difference(given.asked))
        known = self._reading.digests
        blobs: list[tuple[Digest, int, int]] = []
        offset = given.slot * SLOT_BYTES
        for index, digest in zip(given.asked, split(digests), strict=True):
            size_bytes = self._reading.sizes[index]
            if digest == UNREAD:
                unread.append(index)
            else:
                known[index] = digest
                blobs.append((digest, offset, size_bytes))
            offset += size_bytes
        builder.take(self._room, blobs)
        return unread
