"""Blocks of a manifest: up to 4,096 entries in columns, as stored and as read."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import lt

from nbcellar.errors import CorruptDataError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import Digest, Entry, Kind

ENTRIES = 4096

_KINDS = (Kind.FILE, Kind.LINK, Kind.FOLDER)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_EXECUTABLE = 0x80
_HEAD = struct.Struct("<III")
_LIST = struct.Struct("<II")
_WIDTHS = (1, 8, 8, 32)  # bytes of an entry in the columns before the names: flags, sizes, times, digests


@dataclass(frozen=True, slots=True)
class Block:
    """Entries in columns, sorted by name; all columns are equally long.

    Attributes:
        flags: Number of the kind, plus 128 where executable.
        digests: 32 bytes each, back to back.
        chunks: Lists of chunk digests, back to back, by row; only of large files.
    """

    names: Sequence[bytes]
    flags: bytes
    sizes: array[int]
    mtimes: array[int]
    digests: bytes
    chunks: dict[int, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def entry(self, row: int) -> Entry:
        """One entry."""
        flags = self.flags[row]
        return Entry(  # by place: by name an entry takes a fifth longer, and there may be millions
            self.names[row],
            self.kind(row),
            bool(flags & _EXECUTABLE),
            self.sizes[row],
            self.digest(row),
            self.mtimes[row],
            self.chunk_list(row),
        )

    def kind(self, row: int) -> Kind:
        """The kind of one entry."""
        return _KINDS[self.flags[row] & 0x7F]

    def digest(self, row: int) -> Digest:
        """The digest of one entry's content."""
        return Digest(self.digests[row * 32 : row * 32 + 32])

    def chunk_list(self, row: int) -> tuple[Digest, ...]:
        """The chunks of one entry; none where the content is one blob."""
        return tuple(split(self.chunks[row])) if row in self.chunks else ()

    def blobs(self) -> Iterator[Digest]:
        """Every blob that the entries need."""
        for row, flags in enumerate(self.flags):
            if row in self.chunks:
                yield from split(self.chunks[row])
            elif flags & 0x7F != 2:
                yield self.digest(row)

    def __iter__(self) -> Iterator[Entry]:
        columns = zip(self.names, self.flags, self.sizes, split(self.digests), self.mtimes, strict=True)
        for row, (name, flags, size_bytes, digest, mtime_ns) in enumerate(columns):  # spelt out: there may be millions
            chunks = self.chunk_list(row) if self.chunks else ()
            yield Entry(name, _KINDS[flags & 0x7F], flags >= _EXECUTABLE, size_bytes, digest, mtime_ns, chunks)


def split(digests: bytes) -> Iterator[Digest]:
    """Digests that lie back to back."""
    for start in range(0, len(digests), 32):
        yield Digest(digests[start : start + 32])


def flags_of(kind: Kind, executable: bool) -> int:
    """The flags column's value."""
    return _NUMBER[kind] | (_EXECUTABLE if executable else 0)


def block_of(entries: Sequence[Entry]) -> Block:
    """Entries turned into columns."""
    return Block(
        names=[entry.name for entry in entries],
        flags=bytes([flags_of(entry.kind, entry.executable) for entry in entries]),
        sizes=array("q", [entry.size_bytes for entry in entries]),
        mtimes=array("q", [entry.mtime_ns for entry in entries]),
        digests=b"".join([entry.digest for entry in entries]),
        chunks={row: b"".join(entry.chunks) for row, entry in enumerate(entries) if entry.chunks},
    )


def encode(block: Block) -> bytes:
    """The bytes of a block, not compressed; ``docs/format.md`` describes them."""
    names = b"\0".join(block.names)
    parts = [
        _HEAD.pack(len(block), len(names), len(block.chunks)),
        block.flags,
        _little(block.sizes),
        _little(block.mtimes),
        block.digests,
        names,
    ]
    for row, digests in sorted(block.chunks.items()):
        parts += [_LIST.pack(row, len(digests) // 32), digests]
    return b"".join(parts)


def decode(data: bytes) -> Block:
    """Read the bytes of a block.

    Raises:
        CorruptDataError: They are none.
    """
    try:
        return _decode(data)
    except (struct.error, ValueError, IndexError) as error:
        raise CorruptDataError(
            f"A block of a manifest cannot be read: {error}.", hint="Run `nbcellar check`."
        ) from error


def may_name(data: bytes, needles: Iterable[bytes]) -> bool:
    """Whether a name in the bytes of a block can hold one of these; only its names are looked through.

    What ends before its names may hold anything, so that decoding it says that it is no block.
    """
    if len(data) < _HEAD.size:
        return True
    names = _HEAD.size + _HEAD.unpack_from(data)[0] * sum(_WIDTHS)
    return names > len(data) or any(data.find(needle, names) >= 0 for needle in needles)


def _decode(data: bytes) -> Block:
    count, names_length, lists = _HEAD.unpack_from(data)
    position = _HEAD.size
    ends = [position + count]
    for width in _WIDTHS[1:]:
        ends.append(ends[-1] + width * count)
    ends.append(ends[-1] + names_length)
    names = data[ends[3] : ends[4]].split(b"\0") if count else []
    flags = data[position : ends[0]]
    chunks, end = _chunk_lists(data, ends[4], lists)
    if end != len(data) or len(names) != count or any(flag & 0x7F >= len(_KINDS) for flag in set(flags)):
        raise ValueError("its columns differ in length")
    if any(row >= count for row in chunks) or not all(map(lt, names, islice(names, 1, None))):
        raise ValueError("its names are not sorted")
    return Block(
        names, flags, _array(data[ends[0] : ends[1]]), _array(data[ends[1] : ends[2]]), data[ends[2] : ends[3]], chunks
    )


def _chunk_lists(data: bytes, position: int, lists: int) -> tuple[dict[int, bytes], int]:
    chunks = {}
    for _ in range(lists):
        row, number = _LIST.unpack_from(data, position)
        position += _LIST.size
        chunks[row] = data[position : position + number * 32]
        position += number * 32
    return chunks, position


def _little(values: array[int]) -> bytes:
    return values.tobytes() if _NATIVE else _swapped(values).tobytes()


def _array(data: bytes) -> array[int]:
    values = array("q")
    values.frombytes(data)
    return values if _NATIVE else _swapped(values)


def _swapped(values: array[int]) -> array[int]:
    copy = array("q", values)
    copy.byteswap()
    return copy


_NATIVE = array("H", [1]).tobytes() == b"\x01\x00"
