"""One new file of a restore: where it goes, how it is made, and what is said when that fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nbcellar.assets.restoring.syncer import Syncer
from nbcellar.assets.restoring.writeservice import NEW
from nbcellar.assets.scanning.columns import printable
from nbcellar.assets.scanning.folders import Folders
from nbcellar.errors import CorruptDataError, StorageError
from nbcellar.lightclasses import dataclass
from nbcellar.model import Entry


@dataclass(frozen=True, slots=True)
class Placement:
    """An entry, and the new name below the writer's folder that it is written to.

    Attributes:
        durable: Whether it must be on the disk before the write returns, because it will replace something.
    """

    entry: Entry
    name: bytes
    durable: bool = False


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
    return os.open(base, NEW, mode_of(placement.entry), dir_fd=folders.make(parent))


def mode_of(entry: Entry) -> int:
    """The permissions of its file, less the umask."""
    return 0o777 if entry.executable else 0o666


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
