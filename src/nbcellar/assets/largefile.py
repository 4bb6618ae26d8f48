"""Writes a large file from its chunks; holes stay holes, and the whole is compared with its digest at the end."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence

from blake3 import blake3

from nbcellar.assets.folders import Folders
from nbcellar.assets.writer import Placement, create, finish, lying, target_errors, write_at
from nbcellar.model import Digest
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.store.large import zeros

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
        holes = _write_chunks(cellar, fd, placement, offsets)
        _verify(folders, placement, holes)
        with target_errors(entry.name):
            finish(fd, placement)
    finally:
        os.close(fd)


def _write_chunks(
    cellar: Cellar, fd: int, placement: Placement, offsets: Mapping[Digest, Sequence[int]]
) -> Collection[Digest]:
    entry = placement.entry
    holes = set()
    for digest, data in cellar.read_many(offsets):
        if any(len(data) != min(CHUNK_BYTES, entry.size_bytes - offset) for offset in offsets[digest]):
            raise lying(entry)
        if not data[0] and data == bytes(len(data)):
            holes.add(digest)
            continue
        for offset in offsets[digest]:
            with target_errors(entry.name):
                write_at(fd, data, offset)
    return holes


def _verify(folders: Folders, placement: Placement, holes: Collection[Digest]) -> None:
    """Chunks were compared one by one; only the whole says that the manifest lists the right ones."""
    parent, _, base = placement.name.rpartition(b"/")
    entry = placement.entry
    hasher = blake3(max_threads=2)
    room = memoryview(bytearray(_STEP))
    with target_errors(entry.name):
        fd = os.open(base, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folders.open(parent))
        try:
            for number, digest in enumerate(entry.chunks):
                start = number * CHUNK_BYTES
                length = min(CHUNK_BYTES, entry.size_bytes - start)
                for data in [zeros(length)] if digest in holes else _pieces(fd, room, start, length):
                    hasher.update(data)
        finally:
            os.close(fd)
    if hasher.digest() != entry.digest:
        raise lying(entry)


def _pieces(fd: int, room: memoryview, start: int, length: int) -> Iterator[memoryview]:
    end = start + length
    while start < end and (count := os.preadv(fd, [room[: end - start]], start)):
        yield room[:count]
        start += count
