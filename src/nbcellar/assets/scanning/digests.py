"""Digests of files anywhere on this machine, through a stat cache: what a task read is known by these."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

from nbcellar.assets.scanning.columns import Scan
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.scanner import scan_files
from nbcellar.assets.scanning.statcache import Recalled, StatCache
from nbcellar.errors import NotFoundError, SourceError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import Digest
from nbcellar.store import Cellar

_STEP = 2**20
_LEAST_STEP = 2**12
_MOST_KEPT = 20_000  # rows of one folder's cache that were not asked for
_BY_TWO_BYTES = 16 * 2**20
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a file holds."""

    digest: Digest
    size_bytes: int


def digest_file(cellar: Cellar, path: Path) -> FileDigest:
    """The digest of one file; links are followed.

    Raises:
        NotFoundError: There is no such file.
        SourceError: It cannot be read, or is no file.
    """
    found = digest_files(cellar, [path])
    if path in found:
        return found[path]
    if not os.path.lexists(path):
        raise NotFoundError(f"There is no file {path}.")
    raise SourceError(f"{path} cannot be read as a file.")


def digest_files(cellar: Cellar, paths: Iterable[Path]) -> dict[Path, FileDigest]:
    """The digests of files; links are followed.

    What is gone, unreadable, no file, or changing just now is not in the answer.
    """
    folders: dict[str, dict[bytes, list[Path]]] = {}
    real_parents: dict[str, str] = {}
    for path in paths:
        parent, name = _real(path, real_parents)
        folders.setdefault(parent, {}).setdefault(os.fsencode(name), []).append(path)
    found: dict[Path, FileDigest] = {}
    for folder, names in folders.items():
        with contextlib.suppress(NotFoundError, SourceError):
            for base, digest in _digest_folder(cellar, Path(folder), names):
                found.update(dict.fromkeys(names[base], digest))
    return found


def digest_before_change(cellar: Cellar, path: Path) -> FileDigest | None:
    """The digest of a file that is about to be overwritten; None where it cannot be read as a file.

    Nothing is remembered, since what is there now will not be there again, and small files are not looked up either.
    """
    parent, name = _real(path, {})
    try:
        fd = os.open(os.path.join(parent, name), _FLAGS)
    except OSError:
        return None
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            return None
        if before.st_size > _STEP:
            cache = StatCache(cellar.folder / "cache", Path(parent), "digests")
            known = cache.recall(scan_files(Path(parent), [os.fsencode(name)])).digests
            if known and known[0] is not None:
                return FileDigest(known[0], before.st_size)
        digest, after = hash_file(fd), os.fstat(fd)
    except OSError:  # of a network's disk
        return None
    finally:
        os.close(fd)
    unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return FileDigest(digest, before.st_size) if unchanged else None


def _real(path: Path, parents: dict[str, str]) -> tuple[str, str]:
    """Folder and name of a file where no link is left; folders are looked up once."""
    parent, name = os.path.split(path)
    if name in ("", ".", "..") or path.is_symlink():
        return os.path.split(os.path.realpath(path))
    if parent not in parents:
        parents[parent] = os.path.realpath(parent)
    return parents[parent], name


def hash_file(fd: int) -> Digest:
    """The digest of an open file from its beginning, whatever its size."""
    from blake3 import blake3

    size_bytes = os.fstat(fd).st_size
    hasher = blake3(max_threads=2 if size_bytes > _BY_TWO_BYTES else 1)
    # To clear a room of 1 MiB takes longer than to read and hash a small file.
    room = memoryview(bytearray(min(max(size_bytes, _LEAST_STEP), _STEP)))
    offset = 0
    while count := os.preadv(fd, [room], offset):
        hasher.update(room[:count])
        offset += count
    return Digest(hasher.digest())


def hash_row(folders: Folders, scan: Scan, row: int) -> Digest | None:
    """The digest of what a row of a scan names: a file's content, a link's target; None where it is not that any more.

    Args:
        folders: Of the scan's root.
    """
    try:
        digest, seen = _hash_named(folders, scan.names[row])
    except OSError:
        return None
    return digest if scan.is_still(row, seen) else None


def hash_name(folders: Folders, name: bytes) -> Digest | None:
    """The digest of a file's content, or of a link's target; None where it is neither or cannot be read.

    Raises:
        FileNotFoundError: There is nothing of this name.
    """
    try:
        return _hash_named(folders, name)[0]
    except FileNotFoundError:
        raise
    except OSError:
        return None


def _hash_named(folders: Folders, name: bytes) -> tuple[Digest, os.stat_result]:
    parent, _, base = name.rpartition(b"/")
    folder = folders.open(parent)
    seen = os.stat(base, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(seen.st_mode):
        return _of_bytes(os.readlink(base, dir_fd=folder)), seen
    fd = os.open(base, _FLAGS, dir_fd=folder)
    try:
        return hash_file(fd), os.fstat(fd)
    finally:
        os.close(fd)


def _of_bytes(data: bytes) -> Digest:
    from blake3 import blake3

    return Digest(blake3(data).digest())


def _digest_folder(cellar: Cellar, folder: Path, names: Collection[bytes]) -> Iterator[tuple[bytes, FileDigest]]:
    cache = StatCache(cellar.folder / "cache", folder, "digests")
    scan = scan_files(folder, names)
    known = cache.recall(scan)
    learnt = False
    with Folders(folder) as folders:
        for row in scan.rows(names):
            if not stat.S_ISREG(scan.modes[row]):
                continue
            if (digest := known.digests[row]) is None:
                digest = known.digests[row] = hash_row(folders, scan, row)
                learnt = True
            if digest is not None:
                yield scan.names[row], FileDigest(digest, scan.sizes[row])
    if learnt and cellar.exists:
        with contextlib.suppress(OSError, NotFoundError):  # the next time is slower, and nothing else
            remember(cache, scan, known)


def remember(cache: StatCache, scan: Scan, known: Recalled) -> None:
    """Keep what was learnt together with what is known of the folder's other files, so that its cache grows.

    Args:
        scan: The look that the digests belong to.
        known: The digests of its rows.

    Raises:
        NotFoundError: The folder is gone.
        OSError: The cache cannot be written.
    """
    whole = scan_files(scan.root, {*scan.names, *islice(cache.names(), _MOST_KEPT)})
    kept = cache.recall(whole)
    asked = {name: row for row, name in enumerate(scan.names)}
    for row, name in enumerate(whole.names):
        at = asked.get(name)
        if at is not None and all(now[row] == then[at] for now, then in zip(whole.columns, scan.columns, strict=True)):
            kept.digests[row] = known.digests[at]
    # What changed after the first look is distrusted, as if there had been no second one.
    cache.remember(replace(whole, started_ns=scan.started_ns), kept)
