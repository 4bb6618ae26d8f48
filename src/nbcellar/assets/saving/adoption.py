"""Large files of a folder that is given up become packs as they are, instead of being copied.

A file is adopted only if nobody can write to it, by a read lease that is held until the end, and any doubt means a
copy. It gets a second name among the packs before publication, and only after it a link in its place: so a failure at
any point leaves the file where it was, and no writer ever reaches the bytes that are stored.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import stat
from pathlib import Path

from blake3 import blake3

from nbcellar.assets.saving.lease import give_back_lease, lease_stands, take_lease
from nbcellar.errors import NbcellarError
from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest
from nbcellar.store.packs.pack import CHUNK_BYTES
from nbcellar.store.packs.stage import Stage


@dataclass(slots=True)
class Adopted:
    """A file that is a pack too; close it, whatever happened.

    Attributes:
        fd: Holds the lease.
        folder: Descriptor of the folder that the file is in; ours.
        seen: The file's stat before it was touched.
    """

    fd: int
    folder: int
    base: bytes
    pack: Path
    seen: os.stat_result
    digest: Digest
    chunks: tuple[Digest, ...]

    def close(self) -> None:
        """Let writers in again."""
        give_back_lease(self.fd)
        os.close(self.fd)
        os.close(self.folder)

    def take_back(self) -> None:
        """The save failed: the file is its owner's again."""
        with contextlib.suppress(OSError):
            os.fchmod(self.fd, stat.S_IMODE(self.seen.st_mode))

    def leave_link(self) -> None:
        """The save is published: put a link to the pack where the file was, so that lazy readers go on.

        Somebody who waits to write since the lease was taken gets the file, and the pack a copy of its own.

        Raises:
            OSError: There is no room for that copy, so the writer may now change what is stored.
        """
        if not lease_stands(self.fd):
            self._part()
            return
        new = b".nbcellar-tmp-link-" + os.urandom(8).hex().encode()
        try:
            os.symlink(os.fsencode(self.pack), new, dir_fd=self.folder)
            os.rename(new, self.base, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        except OSError:  # full, or without links; but two names of one file must not stay
            os.unlink(self.base, dir_fd=self.folder)
        if not lease_stands(self.fd):
            self._part()

    def _part(self) -> None:
        """Give the pack an inode of its own, with the same bytes, before the writer is let in."""
        copy = self.pack.with_name(f".{self.pack.name}.own")
        with open(copy, "xb") as file:
            offset = 0
            while sent := os.sendfile(file.fileno(), self.fd, offset, CHUNK_BYTES):
                offset += sent
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o444)
        copy.rename(self.pack)
        fd = os.open(self.pack.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        self.take_back()


def adopt(stage: Stage, folder: int, base: bytes) -> Adopted | None:
    """Make a large file a pack of the stage, without copying it; None where it has to be copied.

    It must be a whole regular file of ours with one name, without holes or repeated chunks, none of which is stored
    yet, on the store's file system, and a lease on it must be granted and stand.

    Args:
        folder: Descriptor of the folder that the file is in.

    Raises:
        OSError: The file is not there, or cannot be opened.
        StorageError: The store failed.
    """
    fd = os.open(base, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    adopted = None
    try:
        if _is_ours(os.fstat(fd)) and take_lease(fd):
            adopted = _adopt_leased(stage, fd, folder, base)
    finally:
        if adopted is None:
            give_back_lease(fd)
            os.close(fd)
    return adopted


def _adopt_leased(stage: Stage, fd: int, folder: int, base: bytes) -> Adopted | None:
    before = os.fstat(fd)
    digest, chunks = _hash(fd, before.st_size)
    if len(set(chunks)) < len(chunks) or stage.drop_known(chunks):
        return None
    os.fsync(fd)
    blobs = [
        (chunk, number * CHUNK_BYTES, min(CHUNK_BYTES, before.st_size - number * CHUNK_BYTES))
        for number, chunk in enumerate(chunks)
    ]
    os.fchmod(fd, 0o444)
    pack = None
    try:
        if _same(before, os.fstat(fd)):
            pack = stage.adopt(lambda path: _link(fd, folder, base, path), blobs)
    except NbcellarError:
        raise
    except OSError:
        pack = None  # another file system, one without links, or a doubt of ours
    finally:
        if pack is None:
            os.fchmod(fd, stat.S_IMODE(before.st_mode))
    return Adopted(fd, os.dup(folder), base, pack, before, digest, chunks) if pack is not None else None


def _link(fd: int, folder: int, base: bytes, path: Path) -> None:
    os.link(base, path, src_dir_fd=folder, follow_symlinks=False)
    linked, mine = path.lstat(), os.fstat(fd)
    if (linked.st_dev, linked.st_ino) != (mine.st_dev, mine.st_ino) or not lease_stands(fd):
        path.unlink()
        raise OSError(errno.EBUSY, "another file is in its place by now, or somebody wants to write to it")


def _hash(fd: int, size_bytes: int) -> tuple[Digest, tuple[Digest, ...]]:
    whole = blake3(max_threads=2)
    chunks = []
    for start in range(0, size_bytes, CHUNK_BYTES):  # one at a time: what is mapped counts as memory of ours
        length = min(CHUNK_BYTES, size_bytes - start)
        # A mapping is safe here alone: under the lease nobody can cut the file short.
        with mmap.mmap(fd, length, prot=mmap.PROT_READ, offset=start) as mapped, memoryview(mapped) as chunk:
            whole.update(chunk)
            chunks.append(Digest(blake3(chunk, max_threads=2).digest()))
    return Digest(whole.digest()), tuple(chunks)


def _is_ours(seen: os.stat_result) -> bool:
    whole = seen.st_blocks * 512 >= seen.st_size
    return stat.S_ISREG(seen.st_mode) and seen.st_nlink == 1 and seen.st_uid == os.geteuid() and whole


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_nlink) == (after.st_size, after.st_mtime_ns, after.st_nlink)
