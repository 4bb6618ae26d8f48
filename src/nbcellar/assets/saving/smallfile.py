"""One look at a small file: its bytes and, after them, what it is."""

from __future__ import annotations

import os

FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_into(folder: int, base: bytes, room: memoryview) -> os.stat_result | None:
    """Fill the room with a file.

    Returns:
        What the file was once its bytes were read; None where it has fewer bytes than there is room, or any where
        there is none.

    Raises:
        OSError: It cannot be opened or read.
    """
    fd = os.open(base, FLAGS, dir_fd=folder)
    try:
        count = os.readv(fd, (room,)) if room else len(os.read(fd, 1))
        seen = os.fstat(fd)
    finally:
        os.close(fd)
    return seen if count == len(room) else None
