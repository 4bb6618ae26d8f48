"""Writes entries of assets as new files below one folder; every byte has been compared with its digest by then."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from queue import Full, Queue

from nbcellar.assets.progress import Listener, Step
from nbcellar.assets.restoring.newfile import Placement, target_errors, write_file, write_files
from nbcellar.assets.restoring.syncer import Syncer
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.workers.decision import is_worth
from nbcellar.lightclasses import replace
from nbcellar.lighttypes import TYPE_CHECKING, assert_never
from nbcellar.model import Digest, Kind
from nbcellar.store import Cellar

if TYPE_CHECKING:
    from nbcellar.store.catalogue.locations import Location

_BATCH = 64  # files that one of two threads writes at a time
_SLOW_S = 150e-6
"""A small file that takes longer to write is mostly work of the file system, where a second thread helps. Otherwise it
is work of the interpreter, which does one thread's at a time: two were slower than one."""
_BATCH_BYTES = 4 * 2**20


class Writer:
    """Writes placements below one root; folders on the way are made.

    Args:
        folders: The root; nothing outside of it is touched, and no link in it is followed.
        links: What links point to, by digest.
        workers: What the setting of this name says; ``never`` where names are not temporary.
    """

    def __init__(
        self,
        cellar: Cellar,
        folders: Folders,
        links: Mapping[Digest, bytes],
        listener: Listener | None = None,
        workers: str = "never",
    ) -> None:
        self._cellar = cellar
        self._folders = folders
        self._links = links
        self._listener = listener
        self._workers = workers
        self._step = Step(0, 0, 0, 0)

    def write(self, placements: Sequence[Placement]) -> None:
        """Write all, small files in the order in which the store holds them, then large ones.

        Raises:
            CorruptDataError: What is stored is not what its digest says.
            StorageError: The target or the store failed.
            FileExistsError: A name is there already.
        """
        self._step = Step(0, len(placements), 0, sum([placement.entry.size_bytes for placement in placements]))
        wanted: dict[Digest, list[Placement]] = {}
        large: list[Placement] = []
        for placement in placements:
            entry = placement.entry
            if entry.kind is Kind.FILE and entry.chunks:
                large.append(placement)
            elif entry.kind is Kind.FILE and entry.size_bytes:
                wanted.setdefault(entry.digest, []).append(placement)
            else:
                self._write_other(placement)
        if not (is_worth(sum(map(len, wanted.values())), self._workers) and self._write_with_worker(wanted)):
            self._write_small(wanted)
        for placement in large:
            from nbcellar.assets.restoring.largefile import write_large  # most restores have none

            write_large(self._cellar, self._folders, placement)
            self._done([placement])

    def _write_other(self, placement: Placement) -> None:
        match placement.entry.kind:
            case Kind.FOLDER:
                with target_errors(placement.entry.name):
                    self._folders.make(placement.name)
            case Kind.LINK:
                self._link(placement)
            case Kind.FILE:
                write_file(self._folders, placement, b"")
            case _:
                assert_never(placement.entry.kind)
        self._done([placement])

    def _write_small(self, wanted: Mapping[Digest, Sequence[Placement]]) -> None:
        with Syncer() as syncer, _Helper(self._folders, syncer) as helper:
            batch: list[tuple[Placement, bytes]] = []
            size_bytes = 0
            for digest, data in self._cellar.read_many(wanted):
                batch += [(placement, data) for placement in wanted[digest]]
                size_bytes += len(data)
                if len(batch) >= _BATCH or size_bytes >= _BATCH_BYTES:
                    self._write_batch(batch, syncer, helper)
                    batch, size_bytes = [], 0
            self._write_batch(batch, syncer, None)

    def _write_with_worker(self, wanted: Mapping[Digest, Sequence[Placement]]) -> bool:
        """Write from the front of the packs, while a worker does from their end; False where there is none."""
        from nbcellar.assets.restoring.secondwriter import SecondWriter  # most restores have few files

        with Syncer() as syncer, contextlib.closing(SecondWriter(self._cellar, self._folders, wanted)) as second:
            if not second.start():
                return False

            def write(span: list[Location]) -> None:
                pairs = self._cellar.read_span(span)
                batch = [(placement, data) for digest, data in pairs for placement in wanted[digest]]
                self._write_batch(batch, syncer, None)

            def collect(wait: bool) -> None:
                for span, made in second.finished(wait):
                    if made:
                        self._done([placement for place in span for placement in wanted[place.digest]])
                    else:
                        write(span)

            for spans in self._cellar.spans(wanted, _BATCH, _BATCH_BYTES):
                left = deque(spans)
                while left:
                    collect(wait=False)
                    while left and second.wants_more:
                        span = left.pop()
                        if not second.takes(span):
                            write(span)
                    if left:
                        write(left.popleft())
            collect(wait=True)
        return True

    def _write_batch(self, batch: list[tuple[Placement, bytes]], syncer: Syncer, helper: _Helper | None) -> None:
        if helper is None or not helper.takes(batch):
            start_s = time.monotonic()
            write_files(self._folders, batch, syncer)
            if helper is not None and time.monotonic() - start_s > _SLOW_S * len(batch):
                helper.start()
        self._done([placement for placement, _ in batch])

    def _link(self, placement: Placement) -> None:
        parent, _, base = placement.name.rpartition(b"/")
        entry = placement.entry
        with target_errors(entry.name):
            folder = self._folders.make(parent)
            os.symlink(self._links[entry.digest], base, dir_fd=folder)
            os.utime(base, ns=(entry.mtime_ns, entry.mtime_ns), dir_fd=folder, follow_symlinks=False)

    def _done(self, placements: Sequence[Placement]) -> None:
        if self._listener is None:
            return
        size_bytes = self._step.size_bytes + sum(placement.entry.size_bytes for placement in placements)
        self._step = replace(self._step, files=self._step.files + len(placements), size_bytes=size_bytes)
        self._listener(self._step)


class _Helper:
    """A second thread that writes once it is started; a context manager, whose end raises what it could not write."""

    def __init__(self, folders: Folders, syncer: Syncer) -> None:
        self._folders = folders
        self._syncer = syncer
        self._batches: Queue[list[tuple[Placement, bytes]] | None] = Queue(maxsize=2)
        self._troubles: list[BaseException] = []
        self._thread: threading.Thread | None = None
        self._stopped = False

    def __enter__(self) -> _Helper:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._stopped = kind is not None
        while self._thread is not None and self._thread.is_alive():
            with contextlib.suppress(Full):
                self._batches.put(None, timeout=0.1)
            self._thread.join(timeout=0.1)
        if kind is None and self._troubles:
            raise self._troubles[0]

    def start(self) -> None:
        """Take batches from now on."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="nbcellar-writer")
            self._thread.start()

    def takes(self, batch: list[tuple[Placement, bytes]]) -> bool:
        """False where it is busy, or not started."""
        if self._troubles:
            raise self._troubles[0]
        if self._thread is None:
            return False
        try:
            self._batches.put_nowait(batch)
        except Full:
            return False
        return True

    def _work(self) -> None:
        try:
            with contextlib.closing(self._folders.twin()) as folders:
                while (batch := self._batches.get()) is not None and not self._stopped:
                    write_files(folders, batch, self._syncer)
        except BaseException as trouble:
            self._troubles.append(trouble)
