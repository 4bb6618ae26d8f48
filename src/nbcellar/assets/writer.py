"""Writes entries of assets as new files below one folder; every byte has been compared with its digest by then."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import assert_never

from blake3 import blake3

from nbcellar.assets.columns import printable
from nbcellar.assets.folders import Folders
from nbcellar.assets.progress import Listener, Step
from nbcellar.errors import CorruptDataError, StorageError
from nbcellar.model import Digest, Entry, Kind
from nbcellar.store import CHUNK_BYTES, Cellar

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = 2**20
_TELL = 64  # files between two steps of progress


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
        """Write all, in the order in which the store holds them.

        Raises:
            CorruptDataError: What is stored is not what its digest says.
            StorageError: The target or the store failed.
            FileExistsError: A name is there already.
        """
        self._step = Step(0, len(placements), 0, sum(placement.entry.size_bytes for placement in placements))
        wanted: dict[Digest, list[Placement]] = {}
        large: list[Placement] = []
        for placement in placements:
            entry = placement.entry
            match entry.kind:
                case Kind.FOLDER:
                    with _target(placement):
                        self._folders.make(placement.name)
                    self._done(placement)
                case Kind.LINK:
                    self._link(placement)
                case Kind.FILE if entry.chunks:
                    large.append(placement)
                case Kind.FILE if not entry.size_bytes:
                    self._write_small(placement, b"")
                case Kind.FILE:
                    wanted.setdefault(entry.digest, []).append(placement)
                case _:
                    assert_never(entry.kind)
        for digest, data in self._cellar.read_many(wanted):
            for placement in wanted[digest]:
                self._write_small(placement, data)
        for placement in large:
            self._write_large(placement)

    def _write_small(self, placement: Placement, data: bytes) -> None:
        if len(data) != placement.entry.size_bytes:
            raise _lying(placement.entry)
        try:  # spelt out: a context manager costs as much as the write
            fd = self._create(placement)
            try:
                _write_at(fd, data, 0)
                _finish(fd, placement)
            finally:
                os.close(fd)
        except FileExistsError:
            raise
        except OSError as error:
            raise target_error(error, placement.entry.name) from error
        self._done(placement)

    def _write_large(self, placement: Placement) -> None:
        entry = placement.entry
        offsets: dict[Digest, list[int]] = {}
        for number, digest in enumerate(entry.chunks):
            offsets.setdefault(digest, []).append(number * CHUNK_BYTES)
        with _target(placement):
            fd = self._create(placement)
        try:
            with _target(placement):
                os.ftruncate(fd, entry.size_bytes)
            empty = set()
            for digest, data in self._cellar.read_many(offsets):
                if not any(data[:1]) and data == bytes(len(data)):
                    empty.add(digest)  # a hole stays one
                    continue
                for offset in offsets[digest]:
                    if len(data) != min(CHUNK_BYTES, entry.size_bytes - offset):
                        raise _lying(entry)
                    with _target(placement):
                        _write_at(fd, data, offset)
            self._verify(placement, empty)
            with _target(placement):
                _finish(fd, placement)
        finally:
            os.close(fd)
        self._done(placement)

    def _verify(self, placement: Placement, empty: set[Digest]) -> None:
        """Chunks were compared one by one; only the whole says that the manifest lists the right ones."""
        parent, _, base = placement.name.rpartition(b"/")
        hasher = blake3(max_threads=2)
        room = memoryview(bytearray(_STEP))
        with _target(placement):
            fd = os.open(base, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folders.open(parent))
            try:
                for number, digest in enumerate(placement.entry.chunks):
                    start = number * CHUNK_BYTES
                    length = min(CHUNK_BYTES, placement.entry.size_bytes - start)
                    for data in [bytes(length)] if digest in empty else _pieces(fd, room, start, length):
                        hasher.update(data)
            finally:
                os.close(fd)
        if hasher.digest() != placement.entry.digest:
            raise _lying(placement.entry)

    def _link(self, placement: Placement) -> None:
        parent, _, base = placement.name.rpartition(b"/")
        entry = placement.entry
        with _target(placement):
            folder = self._folders.make(parent)
            os.symlink(self._links[entry.digest], base, dir_fd=folder)
            os.utime(base, ns=(entry.mtime_ns, entry.mtime_ns), dir_fd=folder, follow_symlinks=False)
        self._done(placement)

    def _create(self, placement: Placement) -> int:
        parent, _, base = placement.name.rpartition(b"/")
        mode = 0o777 if placement.entry.executable else 0o666  # less the umask
        return os.open(base, _NEW, mode, dir_fd=self._folders.make(parent))

    def _done(self, placement: Placement) -> None:
        if self._listener is None:
            return
        step = self._step
        step = replace(step, files=step.files + 1, size_bytes=step.size_bytes + placement.entry.size_bytes)
        self._step = step
        if step.files % _TELL == 0 or step.files == step.file_count or placement.entry.chunks:
            self._listener(step)


def _finish(fd: int, placement: Placement) -> None:
    mtime_ns = placement.entry.mtime_ns
    os.utime(fd, ns=(mtime_ns, mtime_ns))
    if placement.durable:
        os.fsync(fd)


def _write_at(fd: int, data: bytes, offset: int) -> None:
    written = os.pwrite(fd, data, offset) if data else 0
    while written < len(data):
        written += os.pwrite(fd, memoryview(data)[written:], offset + written)


def _pieces(fd: int, room: memoryview, start: int, length: int) -> Iterator[memoryview]:
    end = start + length
    while start < end and (count := os.preadv(fd, [room[: end - start]], start)):
        yield room[:count]
        start += count


def _lying(entry: Entry) -> CorruptDataError:
    return CorruptDataError(
        f"{printable(entry.name)!r} is not what its manifest says.",
        saved="Nothing was restored; the target is as it was.",
        hint="Run `nbcellar check`.",
    )


@contextmanager
def _target(placement: Placement) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise target_error(error, placement.entry.name) from error


def target_error(error: OSError, name: bytes) -> StorageError:
    """Our error for what the target's file system answered."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return StorageError(
        f"{printable(name)!r} could not be written to the target: {error.strerror}.",
        saved="Nothing was restored; the target is as it was.",
        hint="Free some space there, or restore to another disk." if full else "Check the folder's permissions.",
    )
