"""A few megabytes that are given up when the disk is full, so that there is room to free more."""

from __future__ import annotations

import os
from pathlib import Path

SIZE_BYTES = 4 * 2**20


def keep_ballast(folder: Path) -> None:
    """Take the room, where it is not taken and the disk has it."""
    path = folder / "ballast"
    if path.exists() or os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize < 4 * SIZE_BYTES:
        return
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, 0, SIZE_BYTES)
        else:  # macOS
            os.write(fd, bytes(SIZE_BYTES))
    finally:
        os.close(fd)


def drop_ballast(folder: Path) -> None:
    """Give the room up."""
    (folder / "ballast").unlink(missing_ok=True)
