"""What a second process runs that reads small files of a save into memory which it shares with the first."""

from __future__ import annotations

import marshal
import mmap

from blake3 import blake3

from nbcellar.assets.saving.smallfile import read_into
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.workers.service import serve

SLOT_BYTES = 2 * 2**20
"""Room for the files of one job."""

SLOTS = 8
UNREAD = bytes(32)
"""In place of a digest: the file could not be read, or is not what the scan saw. No content has this digest."""

Wanted = tuple[bytes, int, int, int, int, int]
"""A file: its name below the root, its size, and its mtime, ctime, inode and mode as the scan saw them."""


def job_of(root: bytes, slot: int, files: list[Wanted]) -> bytes:
    """A job: read these files one behind the other into a slot."""
    return marshal.dumps((root, slot, files))


def main(parent: int, requests: int, replies: int, shared: int) -> None:
    """Answer each job with a digest for each of its files, in their order."""
    room = memoryview(mmap.mmap(shared, SLOTS * SLOT_BYTES))
    readers: dict[bytes, _Reader] = {}

    def answer(job: bytes) -> bytes:
        root, slot, files = marshal.loads(job)
        reader = readers.get(root)
        if reader is None:
            reader = readers[root] = _Reader(root)
        return reader.read(room[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES], files)

    serve(answer, parent, requests, replies)


class _Reader:
    """Reads files below one root."""

    def __init__(self, root: bytes) -> None:
        self._folders = Folders(root)

    def read(self, room: memoryview, files: list[Wanted]) -> bytes:
        digests = []
        offset = 0
        for file in files:
            end = offset + file[1]
            try:
                digests.append(self._read_one(room[offset:end], file))
            except OSError:  # the first process will meet it too, and knows what to say
                digests.append(UNREAD)
            offset = end
        return b"".join(digests)

    def _read_one(self, room: memoryview, file: Wanted) -> bytes:
        name, _, mtime_ns, ctime_ns, inode, mode = file
        parent, _, base = name.rpartition(b"/")
        seen = read_into(self._folders.open(parent), base, room)
        if seen is None or (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, seen.st_mode) != (
            mtime_ns,
            ctime_ns,
            inode,
            mode,
        ):
            return UNREAD
        if seen.st_size != len(room):
            return UNREAD
        return blake3(room).digest()
