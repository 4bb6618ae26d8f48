"""Writes entries of assets as new files below one folder; every byte has been compared with its digest by then."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from queue import Full, Queue

from nbcellar.assets.progress import Listener, Step
from nbcellar.assets.restoring.syncer import Syncer
from nbcellar.assets.scanning.columns import printable
from nbcellar.assets.scanning.folders import Folders
from nbcellar.errors import CorruptDataError, StorageError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.lighttypes import assert_never
from nbcellar.model import Digest, Entry, Kind
from nbcellar.store import Cellar

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BATCH = 64  # files that one of two threads writes at a time
_SLOW_S = 150e-6
"""A small file that takes longer to write is mostly work of the file system, where a second thread helps. Otherwise it
is work of the interpreter, which does one thread's at a time: two were slower than one."""
_BATCH_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Placement:
    """An entry, and the new name below the writer's folder that it is written to.

    Attributes:
        durable: Whether it must be on the disk before the write returns, because it will replace something.
    """

    entry: Entry
    name: bytes
    durable: bool = False


class Writer:
    """Writes placements below one root; folders on the way are made.

    Args:
        folders: The root; nothing outside of it is touched, and no link in it is followed.
        links: What links point to, by digest.
    """

    def __init__(
        self, cellar: Cellar, folders: Folders, links: Mapping[Digest, bytes], listener: Listener | None = None
    ) -> None:
        self._cellar = cellar
        self._folders = folders
        self._links = links
        self._listener = listener
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


def write_files(folders: Folders, batch: Iterable[tuple[Placement, bytes]], syncer: Syncer) -> None:
    """Write small files; those that must be durable are synced together, before the first of them is closed.

    Raises:
        CorruptDataError, StorageError, FileExistsError: As for :func:`write_file`.
    """
    waiting: list[tuple[Placement, int]] = []
    try:
        for placement, data in batch:
            if placement.durable:
                waiting.append((placement, open_file(folders, placement, data)))
            else:
                write_file(folders, placement, data)
        for (placement, _), error in zip(waiting, syncer.sync([fd for _, fd in waiting]), strict=True):
            if error is not None:
                raise target_error(error, placement.entry.name) from error
    finally:
        for _, fd in waiting:
            os.close(fd)


def write_file(folders: Folders, placement: Placement, data: bytes) -> None:
    """Write one small file.

    Raises:
        CorruptDataError: The data has not the entry's size.
        StorageError: The target failed.
        FileExistsError: The name is there already.
    """
    fd = open_file(folders, placement, data)
    try:  # spelt out: a context manager costs as much as the write
        if placement.durable:
            os.fsync(fd)
    except OSError as error:
        raise target_error(error, placement.entry.name) from error
    finally:
        os.close(fd)


def open_file(folders: Folders, placement: Placement, data: bytes) -> int:
    """Write one small file, but for making it durable; its descriptor, which whoever called closes.

    Raises:
        CorruptDataError, StorageError, FileExistsError: As for :func:`write_file`.
    """
    if len(data) != placement.entry.size_bytes:
        raise lying(placement.entry)
    try:
        fd = create(folders, placement)
        try:
            write_at(fd, data, 0)
            set_time(fd, placement)
        except BaseException:
            os.close(fd)
            raise
        return fd
    except FileExistsError:
        raise
    except OSError as error:
        raise target_error(error, placement.entry.name) from error


def create(folders: Folders, placement: Placement) -> int:
    """A descriptor of the new, empty file."""
    parent, _, base = placement.name.rpartition(b"/")
    mode = 0o777 if placement.entry.executable else 0o666  # less the umask
    return os.open(base, _NEW, mode, dir_fd=folders.make(parent))


def finish(fd: int, placement: Placement) -> None:
    """Set its time, and make it durable where that is asked for."""
    set_time(fd, placement)
    if placement.durable:
        os.fsync(fd)


def set_time(fd: int, placement: Placement) -> None:
    """Set its time."""
    mtime_ns = placement.entry.mtime_ns
    os.utime(fd, ns=(mtime_ns, mtime_ns))


def write_at(fd: int, data: bytes, offset: int) -> None:
    """Write all of the data at this place."""
    written = os.pwrite(fd, data, offset) if data else 0
    while written < len(data):
        written += os.pwrite(fd, memoryview(data)[written:], offset + written)


def lying(entry: Entry) -> CorruptDataError:
    """Our error for content that is not what the manifest says."""
    return CorruptDataError(
        f"{printable(entry.name)!r} is not what its manifest says.",
        saved="Nothing was restored; the target is as it was.",
        hint="Run `nbcellar check`.",
    )


@contextmanager
def target_errors(name: bytes) -> Iterator[None]:
    """Turn what the target's file system answers into ours."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise target_error(error, name) from error


def target_error(error: OSError, name: bytes) -> StorageError:
    """Our error for what the target's file system answered."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return StorageError(
        f"{printable(name)!r} could not be written to the target: {error.strerror}.",
        saved="Nothing was restored; the target is as it was.",
        hint="Free some space there, or restore to another disk." if full else "Check the folder's permissions.",
    )
