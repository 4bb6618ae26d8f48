"""What goes into an asset: files on disk and entries that are stored already, joined into one sorted list."""

from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nbcellar.assets.scanning.columns import Scan, Skipped, printable
from nbcellar.assets.scanning.names import name_fault
from nbcellar.assets.scanning.scanner import scan_files
from nbcellar.errors import NOTHING_SAVED, UsageError
from nbcellar.lightclasses import dataclass, field
from nbcellar.lighttypes import assert_never, overload
from nbcellar.model import Entry, Kind

STORED = -1
"""Instead of the number of a tree: the row is one of ``stored``."""


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of an asset to be made: a file, link or empty folder on disk, or an entry that is stored already.

    Attributes:
        name: What it is called in the asset.
        path: Where it lies. A link is kept as a link: resolve it first if its target is meant.
        entry: What is stored; its own name does not matter.
    """

    name: bytes
    path: Path | None = None
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """Rows of a scan, all or some of them, under a prefix.

    Attributes:
        rows: In any order; None for all.
        prefix: A folder of the asset that they are put in; empty for its root.
        skipped: What the save lists, or refuses, as not read; None for what the scan skipped if all rows are taken,
            and for nothing otherwise: somebody who takes one file does not ask for its neighbours.
    """

    scan: Scan
    rows: Sequence[int] | None = None
    prefix: bytes = b""
    skipped: tuple[Skipped, ...] | None = None

    @property
    def left_out(self) -> tuple[Skipped, ...]:
        """What the save lists as not read."""
        if self.skipped is not None:
            return self.skipped
        return self.scan.skipped if self.rows is None or not self.scan.thorough else ()


@dataclass(frozen=True, slots=True)
class Collected:
    """Everything that an asset is made of, sorted by name, each name once.

    Attributes:
        trees: The scans that rows come from.
        whole: Whether it is all of the first scan and nothing else, under the tree's prefix.
        tree_of: By index, the number of the tree, or ``STORED``.
        row_of: By index, the row in that tree's scan, or in ``stored``.
    """

    names: Sequence[bytes]
    trees: list[Tree]
    whole: bool
    tree_of: Sequence[int]
    row_of: Sequence[int]
    stored: list[Entry] = field(default_factory=list)
    skipped: tuple[Skipped, ...] = ()

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Every index with the number of its tree and its row there."""
        return zip(range(len(self.names)), self.tree_of, self.row_of, strict=True)

    def columns(self) -> tuple[array[int], array[int], array[int]]:
        """Sizes, modification times and modes, by index; of what is stored, as its entries say."""
        if len(self.trees) == 1 and not self.stored:
            scan = self.trees[0].scan
            full = (scan.sizes, scan.mtimes, scan.modes)
            if len(self.names) == len(scan):
                return array("q", full[0]), array("q", full[1]), array("I", full[2])
            sizes, mtimes, modes = (map(column.__getitem__, self.row_of) for column in full)
            return array("q", sizes), array("q", mtimes), array("I", modes)
        stats = [self._stat(tree, row) for tree, row in zip(self.tree_of, self.row_of, strict=True)]
        return array("q", [s[0] for s in stats]), array("q", [s[1] for s in stats]), array("I", [s[2] for s in stats])

    def _stat(self, tree: int, row: int) -> tuple[int, int, int]:
        if tree == STORED:
            entry = self.stored[row]
            return entry.size_bytes, entry.mtime_ns, _mode_of(entry)
        scan = self.trees[tree].scan
        return scan.sizes[row], scan.mtimes[row], scan.modes[row]


def collect(sources: Iterable[Source | Tree]) -> Collected:
    """Join the sources; of two with one name the later wins.

    Raises:
        UsageError: A name cannot be one, or a file and a folder have the same name.
    """
    given = list(sources)
    if len(given) == 1 and isinstance(only := given[0], Tree):
        return _of_one(only)
    loose = _look_at(given)
    trees: list[Tree] = []
    stored: list[Entry] = []
    chosen: dict[bytes, tuple[int, int]] = {}
    for tree in loose.values():
        trees.append(tree)
    for source in given:
        if isinstance(source, Tree):
            _choose_tree(source, len(trees), chosen)
            trees.append(source)
        elif source.entry is not None:
            chosen[_checked(source.name)] = (STORED, len(stored))
            stored.append(source.entry)
        elif (place := _place_of(source, loose)) is not None:
            chosen[_checked(source.name)] = place
    _drop_full_folders(chosen, trees)
    names = sorted(chosen)
    tree_of = array("l", (chosen[name][0] for name in names))
    row_of = array("l", (chosen[name][1] for name in names))
    return Collected(names, trees, False, tree_of, row_of, stored, _skipped(trees))


class _Below(Sequence[bytes]):
    """The names of a scan below a prefix; made when they are asked for, because a million of them take 90 MB."""

    def __init__(self, prefix: bytes, names: Sequence[bytes]) -> None:
        self._prefix = prefix + b"/"
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | Sequence[bytes]:
        found = self._names[at]
        return self._prefix + found if isinstance(found, bytes) else [self._prefix + name for name in found]

    def __iter__(self) -> Iterator[bytes]:
        return (self._prefix + name for name in self._names)


def _of_one(tree: Tree) -> Collected:
    count = len(tree.scan)
    rows: Sequence[int] = array("l", sorted(set(tree.rows))) if tree.rows is not None else range(count)
    whole = len(rows) == count
    names: Sequence[bytes] = tree.scan.names if whole else [tree.scan.names[row] for row in rows]
    if tree.prefix:
        names = _Below(_checked(tree.prefix), names)
    return Collected(names, [tree], whole, bytes(len(rows)), rows, [], tree.left_out)


def _look_at(given: Sequence[Source | Tree]) -> dict[Path, Tree]:
    wanted: dict[Path, list[bytes]] = {}
    for source in given:
        if isinstance(source, Source) and source.path is not None and source.entry is None:
            wanted.setdefault(_parent(source.path), []).append(os.fsencode(source.path.name))
    return {folder: Tree(scan_files(folder, names)) for folder, names in wanted.items()}


def _parent(path: Path) -> Path:
    return Path(os.path.realpath(path.parent))


def _place_of(source: Source, loose: dict[Path, Tree]) -> tuple[int, int] | None:
    if source.path is None:
        raise UsageError(f"{printable(source.name)!r} has neither a file nor a stored entry.", saved=NOTHING_SAVED)
    folder = _parent(source.path)
    scan = loose[folder].scan
    row = scan.row(os.fsencode(source.path.name))
    if row < 0:
        return None  # it is among the skipped
    if stat.S_ISDIR(scan.modes[row]) and os.listdir(source.path):
        raise UsageError(f"{source.path} is a folder with files.", saved=NOTHING_SAVED, hint="Scan it, as a tree.")
    return list(loose).index(folder), row


def _choose_tree(tree: Tree, number: int, chosen: dict[bytes, tuple[int, int]]) -> None:
    prefix = _checked(tree.prefix) + b"/" if tree.prefix else b""
    names = tree.scan.names
    for row in range(len(names)) if tree.rows is None else tree.rows:
        chosen[prefix + names[row]] = (number, row)


def _checked(name: bytes) -> bytes:
    if fault := name_fault(name):
        raise UsageError(f"An asset cannot hold {fault}: {printable(name)!r}.", saved=NOTHING_SAVED)
    return name


def _drop_full_folders(chosen: dict[bytes, tuple[int, int]], trees: Sequence[Tree]) -> None:
    """An empty folder of one source that another source fills is no entry; a file in its place is a fault."""
    good: set[bytes] = set()
    for name in list(chosen):
        parent = name.rpartition(b"/")[0]
        while parent and parent not in good:
            good.add(parent)
            if parent in chosen:
                tree, row = chosen[parent]
                if tree == STORED or not stat.S_ISDIR(trees[tree].scan.modes[row]):
                    raise UsageError(
                        f"{printable(parent)!r} would be a file and a folder: {printable(name)!r} is below it.",
                        saved=NOTHING_SAVED,
                        hint="Put one of the two under another name.",
                    )
                del chosen[parent]
            parent = parent.rpartition(b"/")[0]


def _mode_of(entry: Entry) -> int:
    match entry.kind:
        case Kind.FILE:
            return stat.S_IFREG | (0o755 if entry.executable else 0o644)
        case Kind.LINK:
            return stat.S_IFLNK | 0o777
        case Kind.FOLDER:
            return stat.S_IFDIR | 0o755
        case _:
            assert_never(entry.kind)


def _skipped(trees: Sequence[Tree]) -> tuple[Skipped, ...]:
    return tuple(skip for tree in trees for skip in tree.left_out)
