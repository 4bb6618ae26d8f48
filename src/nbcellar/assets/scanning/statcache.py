"""Remembers the digests of a folder's files, so that files whose stat did not change are not read again.

One file a folder, below the cellar's ``cache/``: replaced atomically, guarded by a digest over itself, and nothing
but speed depends on it.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from blake3 import blake3

from nbcellar.assets.scanning.columns import Scan
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import AssetSummary, Digest

RACY_NS = 20_000_000
"""A file that changed this short before it was looked at may change once more under the same time stamp (git's racy
rule; file systems stamp with the kernel's tick, 1 to 10 ms)."""

_MAGIC = b"nbcellar-stat-3\n"
_LENGTHS = struct.Struct("<5Q")  # of head, names, columns, digests, chunk table
_CHUNKS = struct.Struct("<QQ")  # row, count
_UNKNOWN = bytes(32)
_AT_ONCE = 16_384  # rows that are written together


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the cache knew of the rows of a scan.

    Attributes:
        digests: By row; None where the file must be read.
        chunks: By row, of large files.
    """

    digests: list[Digest | None]
    chunks: dict[int, tuple[Digest, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """What a whole folder became.

    Attributes:
        store: The uuid of the store that has it.
        collections: How often blobs of that store had lost their rows by then: where that has changed, some of this
            asset may be among them.
        prefix: The folder of the asset that the files were put in.
    """

    store: str
    collections: int
    prefix: bytes
    summary: AssetSummary


class StatCache:
    """The remembered stats and digests of one root.

    Args:
        folder: Where caches are kept.
        root: The folder that was scanned.
        purpose: Tells caches of one root apart: of its whole tree, of single files in it.
    """

    def __init__(self, folder: Path, root: Path, purpose: str = "tree") -> None:
        place = os.fsencode(os.path.realpath(root))
        self.path = folder / "stat" / blake3(purpose.encode() + b"\0" + place).hexdigest(length=16)

        self._old: _Remembered | None = None
        self._looked = False

    def names(self) -> list[bytes]:
        """The names that it has rows of."""
        old = self._read()
        return old.names.split(b"\0") if old is not None and old.digests else []

    def made(self, scan: Scan) -> Made | None:
        """What the whole folder became when it was saved last, where not a row changed; by one comparison."""
        old = self._read()
        return old.made if old is not None and old.made is not None and old.is_same(scan) else None

    def recall(self, scan: Scan) -> Recalled:
        """What is known of the rows of this scan; a missing or damaged cache knows nothing."""
        old = self._read()
        if old is None:
            return Recalled([None] * len(scan))
        return old.all() if old.is_same(scan) else old.partly(scan)

    def remember(self, scan: Scan, known: Recalled, made: Made | None = None) -> None:
        """Keep what is known of these rows, but for those that the racy rule distrusts.

        Args:
            made: What all of them together became; kept only if every row is trusted.
        """
        table = b"".join(_CHUNKS.pack(row, len(of)) + b"".join(of) for row, of in known.chunks.items())
        trusted = _trusted(scan, known)
        head = json.dumps(_plain(made) if made is not None and 0 not in trusted else None).encode()
        names = max(sum(map(len, scan.names)) + len(scan) - 1, 0)
        columns = sum(column.itemsize * len(column) for column in scan.columns)
        lengths = _LENGTHS.pack(len(head), names, columns, 32 * len(scan), len(table))
        self._replace(chain((lengths, head), _joined(scan), scan.columns, _digests(known, trusted), (table,)))
        self._looked, self._old = False, None

    def _replace(self, parts: Iterable[bytes | array[int]]) -> None:
        """Part after part, never all at once: of a million files they would take 100 MB."""
        check = blake3()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with open(new, "xb") as file:
                file.write(_MAGIC + bytes(32))
                for part in parts:
                    view = memoryview(part).cast("B")
                    check.update(view)
                    file.write(view)
                file.seek(len(_MAGIC))
                file.write(check.digest())
            new.replace(self.path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                new.unlink()

    def _read(self) -> _Remembered | None:
        if not self._looked:
            self._old, self._looked = _Remembered.read(self.path), True
        return self._old


def _trusted(scan: Scan, known: Recalled) -> bytearray:
    """By row, 1 where the digest is known and the racy rule trusts it."""
    edge = scan.started_ns - RACY_NS
    rows = zip(known.digests, scan.mtimes, scan.ctimes, strict=True)
    return bytearray(digest is not None and ctime < edge and mtime < edge for digest, mtime, ctime in rows)


def _joined(scan: Scan) -> Iterator[bytes]:
    for start in range(0, len(scan), _AT_ONCE):
        yield (b"\0" if start else b"") + b"\0".join(scan.names[start : start + _AT_ONCE])


def _digests(known: Recalled, trusted: bytearray) -> Iterator[bytes]:
    for start in range(0, len(trusted), _AT_ONCE):
        rows = zip(known.digests[start : start + _AT_ONCE], trusted[start : start + _AT_ONCE], strict=True)
        yield b"".join([digest if good and digest is not None else _UNKNOWN for digest, good in rows])


@dataclass(frozen=True, slots=True)
class _Remembered:
    made: Made | None
    names: bytes
    columns: bytes
    digests: bytes
    chunks: dict[int, tuple[Digest, ...]]

    @classmethod
    def read(cls, path: Path) -> _Remembered | None:
        try:
            data = path.read_bytes()
        except OSError:  # missing, or unreadable: a cache that cannot be read is none
            return None
        start = len(_MAGIC) + 32
        body = memoryview(data)[start:]
        if data[: len(_MAGIC)] != _MAGIC or blake3(body).digest() != data[len(_MAGIC) : start]:
            return None
        at, parts = _LENGTHS.size, []
        for length in _LENGTHS.unpack_from(body):
            parts.append(bytes(body[at : at + length]))
            at += length
        names, columns, digests, table = parts[1:]
        return cls(_made(json.loads(parts[0])), names, columns, digests, _table(table))

    def is_same(self, scan: Scan) -> bool:
        """Whether not a name, size, time, inode or mode differs."""
        if len(scan) * 32 != len(self.digests):
            return False
        columns = b"".join(column.tobytes() for column in scan.columns)
        return columns == self.columns and b"\0".join(scan.names) == self.names

    def all(self) -> Recalled:
        """All that is known."""
        digests = [_known(self.digests[at : at + 32]) for at in range(0, len(self.digests), 32)]
        return Recalled(digests, dict(self.chunks))

    def partly(self, scan: Scan) -> Recalled:
        """What is known of those rows that do not differ; both lists of names are sorted."""
        names = self.names.split(b"\0") if self.digests else []
        columns = self._split(scan, len(names))
        if names == scan.names:
            return self._row_by_row(scan, columns)
        found: list[Digest | None] = []
        chunks: dict[int, tuple[Digest, ...]] = {}
        old = 0
        for row, (name, *stats) in enumerate(zip(scan.names, *scan.columns, strict=True)):
            old = bisect_left(names, name, old)
            same = old < len(names) and names[old] == name and [column[old] for column in columns] == stats
            found.append(_known(self.digests[old * 32 : old * 32 + 32]) if same else None)
            if same and old in self.chunks:
                chunks[row] = self.chunks[old]
        return Recalled(found, chunks)

    def _row_by_row(self, scan: Scan, columns: Sequence[array[int]]) -> Recalled:
        """As `partly`, where no name is new or gone: most columns are equal as a whole."""
        changed: set[int] = set()
        for old, new in zip(columns, scan.columns, strict=True):
            if old != new:
                changed.update([row for row, (was, now) in enumerate(zip(old, new, strict=True)) if was != now])
        known = self.all()
        for row in changed:
            known.digests[row] = None
            known.chunks.pop(row, None)
        return known

    def _split(self, scan: Scan, count: int) -> Sequence[array[int]]:
        columns, at = [], 0
        for like in scan.columns:
            column = array(like.typecode)
            column.frombytes(self.columns[at : at + count * like.itemsize])
            columns.append(column)
            at += count * like.itemsize
        return columns


def _known(digest: bytes) -> Digest | None:
    return None if digest == _UNKNOWN else Digest(digest)


def _table(data: bytes) -> dict[int, tuple[Digest, ...]]:
    chunks, at = {}, 0
    while at < len(data):
        row, count = _CHUNKS.unpack_from(data, at)
        at += _CHUNKS.size
        chunks[row] = tuple(Digest(data[at + i * 32 : at + i * 32 + 32]) for i in range(count))
        at += count * 32
    return chunks


def _plain(made: Made) -> Mapping[str, str | int]:
    return {
        "store": made.store,
        "collections": made.collections,
        "prefix": made.prefix.hex(),
        "digest": made.summary.digest.hex(),
        "manifest": made.summary.manifest.hex(),
        "entries": made.summary.entry_count,
        "size": made.summary.size_bytes,
    }


def _made(plain: Mapping[str, str] | None) -> Made | None:
    if plain is None:
        return None
    digest, manifest = Digest(bytes.fromhex(plain["digest"])), Digest(bytes.fromhex(plain["manifest"]))
    summary = AssetSummary(digest, manifest, int(plain["entries"]), int(plain["size"]))
    return Made(plain["store"], int(plain["collections"]), bytes.fromhex(plain["prefix"]), summary)
