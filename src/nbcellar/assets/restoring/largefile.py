"""Writes a large file from its chunks; holes stay holes, and the whole is compared with its digest at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from blake3 import blake3

from nbcellar.assets.restoring.newfile import Placement, create, finish, lying, target_errors, write_at
from nbcellar.assets.scanning.folders import Folders
from nbcellar.model import Digest, Entry
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.store.objects.protocol import Buffer
from nbcellar.store.packs.large import zeros

_STEP = 2**20


def write_large(cellar: Cellar, folders: Folders, placement: Placement) -> None:
    """Write one file.

    Raises:
        CorruptDataError: A chunk is damaged, or the chunks are not the file.
        StorageError: The target or the store failed.
    """
    entry = placement.entry
    offsets: dict[Digest, list[int]] = {}
    for number, digest in enumerate(entry.chunks):
        offsets.setdefault(digest, []).append(number * CHUNK_BYTES)
    with target_errors(entry.name):
        fd = create(folders, placement)
    try:
        with target_errors(entry.name):
            os.ftruncate(fd, entry.size_bytes)
        whole = _Whole(entry)
        _write_chunks(cellar, fd, placement, offsets, whole)
        _verify(folders, placement, whole)
        with target_errors(entry.name):
            finish(fd, placement)
    finally:
        os.close(fd)


class _Whole:
    """The digest of the whole file, as far as its chunks came in their order, which they mostly do."""

    def __init__(self, entry: Entry) -> None:
        self.hasher = blake3(max_threads=2)
        self.count = 0
        self.holes: set[Digest] = set()
        self._chunks = entry.chunks

    def add(self, digest: Digest, data: Buffer) -> None:
        """A chunk that was written; counted as often as it is the next one."""
        while self.count < len(self._chunks) and self._chunks[self.count] == digest:
            self.hasher.update(data)
            self.count += 1


def _write_chunks(
    cellar: Cellar, fd: int, placement: Placement, offsets: Mapping[Digest, Sequence[int]], whole: _Whole
) -> None:
    entry = placement.entry
    for digest, data in cellar.read_many(offsets):
        if any(len(data) != min(CHUNK_BYTES, entry.size_bytes - offset) for offset in offsets[digest]):
            raise lying(entry)
        if not data[0] and data == bytes(len(data)):
            whole.holes.add(digest)
        else:
            for offset in offsets[digest]:
                with target_errors(entry.name):
                    write_at(fd, data, offset)
        whole.add(digest, data)


def _verify(folders: Folders, placement: Placement, whole: _Whole) -> None:
    """Chunks were compared one by one; only the whole says that the manifest lists the right ones."""
    parent, _, base = placement.name.rpartition(b"/")
    entry = placement.entry
    room = memoryview(bytearray(_STEP))
    with target_errors(entry.name):
        fd = os.open(base, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folders.open(parent))
        try:
            for number in range(whole.count, len(entry.chunks)):
                start = number * CHUNK_BYTES
                length = min(CHUNK_BYTES, entry.size_bytes - start)
                hole = entry.chunks[number] in whole.holes
                for data in [zeros(length)] if hole else _pieces(fd, room, start, length):
                    whole.hasher.update(data)
        finally:
            os.close(fd)
    if whole.hasher.digest() != entry.digest:
        raise lying(entry)


def _pieces(fd: int, room: memoryview, start: int, length: int) -> Iterator[memoryview]:
    end = start + length
    while start < end and (count := os.preadv(fd, [room[: end - start]], start)):
        yield room[:count]
        start += count
