"""Looks at a folder: names and stats of every file, link and empty folder, in columns, nothing opened but folders."""

from __future__ import annotations

import os
import stat
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbcellar.assets.scanning.columns import Scan, Skipped, SkipReason, gone, printable, written
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.ignore import IGNORE_FILE, IgnoreRules
from nbcellar.errors import NotFoundError, SourceError, UsageError
from nbcellar.lightclasses import replace

__all__ = ["STORE_MARKS", "Scan", "SkipReason", "Skipped", "gone", "printable", "scan", "scan_files", "written"]

STORE_MARKS = frozenset({b"format.json", b"packs", b"journal"})
"""A folder that holds all of these is a store, wherever it lies and whatever it is called."""

_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


def scan(root: Path, rules: IgnoreRules, *, limit: int | None = None) -> Scan:
    """Look at everything below ``root`` that the rules do not leave out.

    Links are rows and never followed; pipes, sockets and devices are not opened, and listed as skipped, as are
    folders that cannot be read, folders of other file systems, stores, and names that look like credentials.

    Args:
        limit: With more rows than this the scan ends, and has ``complete=False`` and no rows.

    Raises:
        NotFoundError: There is no such folder.
        UsageError: It is a store.
        SourceError: It cannot be read.
    """
    clock = time.time_ns()
    walk = _Walk(root, rules, limit)
    with _open(root) as folders:
        complete = walk.all(folders)
    found = walk.found if complete else _Columns()
    return found.scan(root, walk.skipped, clock, complete)


def scan_files(folder: Path, names: Iterable[bytes]) -> Scan:
    """Look at these names below ``folder`` and nothing else; no ignore rule holds. What is not there is skipped."""
    clock = time.time_ns()
    found = _Columns()
    skipped: list[Skipped] = []
    absent: set[bytes] = set()
    with _open(folder) as folders:
        for name in sorted(set(names)):
            parent, _, base = name.rpartition(b"/")
            if parent in absent:
                skipped.append(Skipped(name, SkipReason.VANISHED, "No such file or directory"))
                continue
            try:
                seen = os.stat(base, dir_fd=folders.open(parent), follow_symlinks=False)
            except OSError as error:
                skipped.append(_unreadable(name, error))
                if isinstance(error, FileNotFoundError) and not folders.holds(parent):
                    absent.add(parent)
                continue
            if (what := _SPECIAL.get(stat.S_IFMT(seen.st_mode))) is not None:
                skipped.append(Skipped(name, SkipReason.SPECIAL, what))
            else:
                found.add(name, seen)
    return replace(found.scan(folder, skipped, clock, True), thorough=False)


class _Columns:
    """Rows as they are found."""

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.sizes, self.mtimes, self.ctimes = array("q"), array("q"), array("q")
        self.inodes, self.modes = array("Q"), array("I")

    def add(self, name: bytes, seen: os.stat_result) -> None:
        self.names.append(name)
        self.modes.append(mode := seen.st_mode)
        # A folder's own times and inode say nothing about the asset: it is an entry only while it is empty.
        folder = stat.S_ISDIR(mode)
        self.sizes.append(0 if folder else seen.st_size)
        self.mtimes.append(seen.st_mtime_ns)
        self.ctimes.append(seen.st_ctime_ns)
        self.inodes.append(seen.st_ino)

    def add_files(self, names: Sequence[bytes], seen: Sequence[os.stat_result]) -> None:
        """Files and links, no folders; column by column, which takes a third of the time of one by one."""
        self.names += names
        self.modes.extend([one.st_mode for one in seen])
        self.sizes.extend([one.st_size for one in seen])
        self.mtimes.extend([one.st_mtime_ns for one in seen])
        self.ctimes.extend([one.st_ctime_ns for one in seen])
        self.inodes.extend([one.st_ino for one in seen])

    def scan(self, root: Path, skipped: Sequence[Skipped], clock: int, complete: bool) -> Scan:
        ordered = sorted(self.names)
        columns = (self.sizes, self.mtimes, self.inodes, self.ctimes, self.modes)
        if ordered != self.names:
            order = sorted(range(len(ordered)), key=self.names.__getitem__)
            columns = tuple(array(column.typecode, map(column.__getitem__, order)) for column in columns)  # type: ignore[assignment]
        return Scan(root, ordered, *columns, tuple(sorted(skipped, key=_name_of)), clock, complete)


_Files = tuple[list[bytes], list[os.stat_result]]


class _Walk:
    """One look at a tree: what waits, rows and skips found so far.

    What waits is a folder to be opened, or files that were looked at with their folder and come behind one of its
    folders; so rows come in the order of their names, and nothing needs to be sorted at the end.
    """

    def __init__(self, root: Path, rules: IgnoreRules, limit: int | None) -> None:
        self.root = root
        self.limit = limit
        self.found = _Columns()
        self.skipped: list[Skipped] = []
        self._waiting: list[tuple[bytes, IgnoreRules] | _Files] = [(b"", rules)]
        self._entered: set[tuple[int, int]] = set()
        self._device = -1

    def all(self, folders: Folders) -> bool:
        """Visit every folder; False once there are more rows than the limit."""
        while self._waiting:
            first, second = self._waiting.pop()
            if isinstance(first, list):
                assert isinstance(second, list)
                self.found.add_files(first, second)
            else:
                assert isinstance(second, IgnoreRules)
                self._visit(folders, first, second)
            if self.limit is not None and len(self.found.names) > self.limit:
                return False
        return True

    def _visit(self, folders: Folders, name: bytes, rules: IgnoreRules) -> None:
        try:
            fd = folders.open(name)
            if self._enter(name, fd):
                self._list(name, fd, rules)
        except OSError as error:
            if not name:
                raise SourceError(f"{self.root} cannot be read: {error.strerror}.") from error
            self.skipped.append(_unreadable(name, error))

    def _enter(self, name: bytes, fd: int) -> bool:
        seen = os.fstat(fd)
        if not name:
            self._device = seen.st_dev
        elif seen.st_dev != self._device:
            self.skipped.append(Skipped(name, SkipReason.MOUNT, "another file system"))
            return False
        key = (seen.st_dev, seen.st_ino)
        if key in self._entered:  # a bind mount of a folder into itself
            self.skipped.append(Skipped(name, SkipReason.MOUNT, "seen under another name"))
            return False
        self._entered.add(key)
        return True

    def _list(self, folder: bytes, fd: int, rules: IgnoreRules) -> None:
        with os.scandir(fd) as listing:
            entries = [(entry.name.encode("utf-8", "surrogateescape"), entry) for entry in listing]
        bases = {base for base, _ in entries}
        if bases >= STORE_MARKS:
            self._meet_store(folder)
            return
        if folder and IGNORE_FILE.encode() in bases:
            rules = rules.enter(folder, _read_rules(fd))
        before = len(self.skipped)
        prefix = folder + b"/" if folder else b""
        if not rules.keep_all(bases):
            entries = [(base, entry) for base, entry in entries if self._keeps(prefix + base, base, entry, rules)]
        found = self._sort_out(prefix, entries, rules)
        self._waiting += reversed(found)
        if folder and not found and len(self.skipped) == before:
            self.found.add(folder, os.fstat(fd))

    def _keeps(self, name: bytes, base: bytes, entry: os.DirEntry[str], rules: IgnoreRules) -> bool:
        if rules.ignores(name, entry.is_dir(follow_symlinks=False)):
            return False
        if rules.secret(base):
            self.skipped.append(Skipped(name, SkipReason.SECRET, "looks like a credential"))
            return False
        return True

    def _sort_out(
        self, prefix: bytes, entries: Sequence[tuple[bytes, os.DirEntry[str]]], rules: IgnoreRules
    ) -> list[tuple[bytes, IgnoreRules] | _Files]:
        """The folders, and between them the files, in the order in which their rows come."""
        folders = [prefix + base for base, entry in entries if entry.is_dir(follow_symlinks=False)]
        folders.sort(key=_slashed)
        files = [one for one in entries if not one[1].is_dir(follow_symlinks=False)] if folders else list(entries)
        files.sort()  # names differ, so the second halves are never compared
        names, seen = self._look_at(prefix, files)
        found: list[tuple[bytes, IgnoreRules] | _Files] = []
        start = 0
        for folder in folders:
            end = bisect_left(names, folder + b"/", start)
            if end > start:
                found.append((names[start:end], seen[start:end]))
            found.append((folder, rules))
            start = end
        if start < len(names):
            found.append((names[start:], seen[start:]) if start else (names, seen))
        return found

    def _look_at(self, prefix: bytes, files: Sequence[tuple[bytes, os.DirEntry[str]]]) -> _Files:
        """Those that can be kept, with their stats; now, while the folder is open."""
        try:
            seen = [entry.stat(follow_symlinks=False) for _, entry in files]
        except OSError:
            return self._look_at_each(prefix, files)
        if any(stat.S_IFMT(mode) in _SPECIAL for mode in {one.st_mode for one in seen}):
            return self._look_at_each(prefix, files)
        return [prefix + base for base, _ in files], seen

    def _look_at_each(self, prefix: bytes, files: Sequence[tuple[bytes, os.DirEntry[str]]]) -> _Files:
        names, kept = [], []
        for base, entry in files:
            name = prefix + base
            try:
                seen = entry.stat(follow_symlinks=False)
            except OSError as error:
                self.skipped.append(_unreadable(name, error))
                continue
            if (what := _SPECIAL.get(stat.S_IFMT(seen.st_mode))) is not None:
                self.skipped.append(Skipped(name, SkipReason.SPECIAL, what))
                continue
            names.append(name)
            kept.append(seen)
        return names, kept

    def _meet_store(self, folder: bytes) -> None:
        if not folder:
            raise UsageError(f"{self.root} is a store of nbcellar.", hint="Save the folder that your files are in.")
        self.skipped.append(Skipped(folder, SkipReason.STORE, "a store of nbcellar"))


def _open(root: Path) -> Folders:
    try:
        return Folders(root)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no folder {root}.") from error
    except NotADirectoryError as error:
        raise NotFoundError(f"{root} is not a folder.") from error
    except OSError as error:
        raise SourceError(f"{root} cannot be read: {error.strerror}.") from error


def _read_rules(folder: int) -> list[str]:
    fd = os.open(IGNORE_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with open(fd, encoding="utf-8", errors="surrogateescape") as file:
        return file.read(1 << 20).splitlines()


def _unreadable(name: bytes, error: OSError) -> Skipped:
    reason = SkipReason.VANISHED if isinstance(error, FileNotFoundError) else SkipReason.UNREADABLE
    return Skipped(name, reason, error.strerror or str(error))


def _slashed(folder: bytes) -> bytes:
    return folder + b"/"


def _name_of(skipped: Skipped) -> bytes:
    return skipped.name
