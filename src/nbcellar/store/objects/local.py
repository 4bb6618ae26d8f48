"""Objects in a local folder, by the only recipe that survives a power cut.

Temporary file on the same file system, write, fsync, rename, fsync of the folder. A rename without the first fsync
leaves an empty file under the final name after a power cut; without the second one the rename itself is lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbcellar.store.objects.protocol import Buffer, Stored
from nbcellar.store.objects.ulid import new_ulid

_MOST_PARTS = 512  # of one writev; the kernel's limit is 1,024


class LocalWriter:
    """A file in ``tmp/`` that gets its name when it is whole and durable."""

    def __init__(self, temporary: Path, final: Path) -> None:
        self._temporary = temporary
        self._final = final
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(temporary, flags, 0o444)
        with contextlib.suppress(OSError):  # a file system without locks: then only age tells that it is left over
            fcntl.flock(self._fd, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def write(self, parts: Sequence[Buffer]) -> None:
        """Append the parts."""
        for start in range(0, len(parts), _MOST_PARTS):
            views = [memoryview(part).cast("B") for part in parts[start : start + _MOST_PARTS] if len(part)]
            while views:
                written = os.writev(self._fd, views)
                views = _rest(views, written)

    def write_at(self, offset: int, part: Buffer) -> None:
        """Put the part at its place."""
        view = memoryview(part).cast("B")
        while view:
            written = os.pwrite(self._fd, view, offset)
            view = view[written:]
            offset += written

    def finish(self) -> None:
        """Fsync, rename, close: to the end the lock tells a collector that somebody is here."""
        os.fsync(self._fd)
        self._temporary.rename(self._final)
        fd, self._fd = self._fd, -1
        os.close(fd)

    def discard(self) -> None:
        """Close and remove the temporary file."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)
        self._temporary.unlink(missing_ok=True)


def is_abandoned(temporary: Path) -> bool:
    """Whether no living writer holds a temporary file."""
    try:
        fd = os.open(temporary, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False  # gone meanwhile
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        os.close(fd)
    return True


def _rest(views: list[memoryview], written: int) -> list[memoryview]:
    for place, view in enumerate(views):
        if written < len(view):
            return [view[written:], *views[place + 1 :]]
        written -= len(view)
    return []


class LocalObjects:
    """The objects of one store folder.

    Attributes:
        root: The store's folder.
    """

    largest_bytes: int | None = None

    def __init__(self, root: Path) -> None:
        self.root = root
        self.place = str(root)

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object."""
        fd = os.open(self.root / key, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            wanted = os.fstat(fd).st_size - offset if length is None else length
            return read_fully(fd, offset, max(wanted, 0))
        finally:
            os.close(fd)

    def create(self, key: str) -> LocalWriter:
        """Begin an object."""
        return LocalWriter(self.root / "tmp" / f"object-{new_ulid()}", self.root / key)

    def settle(self, folder: str) -> None:
        """Fsync the folder."""
        sync_folder(self.root / folder)

    def size(self, key: str) -> int:
        """Its length in bytes."""
        return (self.root / key).lstat().st_size

    def listed(self, folder: str) -> Iterator[Stored]:
        """Every file of a folder."""
        try:
            scan = os.scandir(self.root / folder)
        except FileNotFoundError:
            return
        with scan:
            for item in scan:
                try:
                    stat = item.stat(follow_symlinks=False)
                except FileNotFoundError:  # another process removed it since the folder was read
                    continue
                yield Stored(f"{folder}/{item.name}", stat.st_size, stat.st_mtime_ns)

    def move(self, key: str, to: str) -> None:
        """Give an object another key."""
        target = self.root / to
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.root / key).rename(target)
        sync_folder(target.parent)
        sync_folder((self.root / key).parent)

    def delete(self, key: str) -> None:
        """Remove an object."""
        (self.root / key).unlink(missing_ok=True)


def read_fully(fd: int, offset: int, length: int) -> bytes:
    """Bytes at an offset, short only at the end of the file."""
    first = os.pread(fd, length, offset)
    if len(first) == length or not first:
        return first
    parts = [first]
    got = len(first)
    while got < length:
        part = os.pread(fd, length - got, offset + got)
        if not part:
            break
        parts.append(part)
        got += len(part)
    return b"".join(parts)


def is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder: neither its owner nor its disk forbids it."""
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put a small file in place, whole or not at all, over whatever was there."""
    temporary = path.with_name(f".{path.name}.{new_ulid()}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            os.fsync(fd)
        finally:
            os.close(fd)
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
