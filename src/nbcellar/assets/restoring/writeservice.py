"""What a second process runs that makes small files of a restore, from the packs to their temporary names."""

from __future__ import annotations

import marshal
import os

from blake3 import blake3

from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.workers.service import is_orphan, serve

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
DONE = b"1"
FAILED = b"0"

Made = tuple[bytes, int, int]
"""A file to make: its name below the root, its permissions less the umask, its time in nanoseconds."""

Part = tuple[bytes, int, int, list[Made]]
"""A blob of a pack: its digest, offset and length, and the files that it becomes."""


def job_of(pack: bytes, parts: list[Part]) -> bytes:
    """A job: make these files from neighbours in a pack. Their folders are there already."""
    return marshal.dumps((pack, parts))


def main(parent: int, requests: int, replies: int, root: int) -> None:
    """Answer each job with ``DONE``, or with ``FAILED``, and then any of its files may be there in part."""
    folders = Folders(root)

    def answer(job: bytes) -> bytes:
        pack, parts = marshal.loads(job)
        try:
            return DONE if _make(folders, parent, pack, parts) else FAILED
        except OSError:  # the first process will meet it too, and knows what to say
            return FAILED

    serve(answer, parent, requests, replies)


def _make(folders: Folders, parent: int, pack: bytes, parts: list[Part]) -> bool:
    start = parts[0][1]
    data = memoryview(_read(pack, start, parts[-1][1] + parts[-1][2] - start))
    for digest, offset, length, files in parts:
        blob = data[offset - start : offset - start + length]
        if len(blob) != length or blake3(blob).digest() != digest or is_orphan(parent):
            return False
        for name, mode, mtime_ns in files:
            folder, _, base = name.rpartition(b"/")
            # Never made here: where somebody has tidied up behind a parent that was killed, nothing comes back.
            if not _make_one(folders.open(folder), base, mode, mtime_ns, blob):
                return False
    return True


def _make_one(folder: int, base: bytes, mode: int, mtime_ns: int, blob: memoryview) -> bool:
    fd = os.open(base, NEW, mode, dir_fd=folder)
    try:
        written = os.write(fd, blob)
        os.utime(fd, ns=(mtime_ns, mtime_ns))
    finally:
        os.close(fd)
    return written == len(blob)


def _read(pack: bytes, start: int, length: int) -> bytes:
    fd = os.open(pack, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return os.pread(fd, length, start)
    finally:
        os.close(fd)
