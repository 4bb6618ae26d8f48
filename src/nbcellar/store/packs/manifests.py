"""Manifests: the sorted list of entries of one directory tree, read from blobs as far as it is asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from nbcellar.errors import NotFoundError
from nbcellar.model import AssetSummary, Digest, Entry
from nbcellar.store.packs.blocks import ENTRIES, Block, decode, may_name
from nbcellar.store.packs.compressor import decompressor, unpacked_ahead
from nbcellar.store.packs.manifestroot import damaged, parse_root

_AT_ONCE = 32  # blocks whose blobs are read together: some MB of memory
_BEHIND_SLASH = b"0"  # the byte that comes next

Reader = Callable[[Digest], bytes]
ManyReader = Callable[[Iterable[Digest]], Iterator[tuple[Digest, bytes]]]


class Manifest:
    """A stored manifest, read block by block; every block is compared with its digest.

    Args:
        summary: Which asset, and where its manifest is.
        read: Gives a blob, verified.
        read_many: Gives each of several, verified, in any order; by ``read`` where it is left out.
    """

    def __init__(self, summary: AssetSummary, read: Reader, read_many: ManyReader | None = None) -> None:
        self.digest = summary.digest
        self.summary = summary
        self._read = read
        self._read_many = read_many or (lambda digests: ((digest, read(digest)) for digest in digests))
        root = read(summary.manifest)
        self._parts, self._firsts = parse_root(root, summary)
        self._block = lru_cache(maxsize=16)(self._load)
        self._page_of = lru_cache(maxsize=16)(self._children)

    def __len__(self) -> int:
        return self.summary.entry_count

    def __iter__(self) -> Iterator[Entry]:
        for block in self.blocks():
            yield from block

    def __contains__(self, name: object) -> bool:
        return isinstance(name, bytes) and self._find(name) is not None

    def __getitem__(self, name: bytes) -> Entry:
        """One entry.

        Raises:
            NotFoundError: There is none of this name; it is also a KeyError.
        """
        found = self._find(name)
        if found is None:
            raise NotFoundError(f"The asset {self.digest.hex()[:8]} has no entry {name!r}.")
        block, row = found
        return block.entry(row)

    def blocks(self, needles: Collection[bytes] = ()) -> Iterator[Block]:
        """The entries in columns, at most 4,096 at a time: the fast way through all of them.

        Args:
            needles: Blocks in which no name and no digest holds one of these are left out; others may be too many,
                never too few.
        """
        for number, data in self._all_data():
            if not needles or any(needle in data for needle in needles):
                yield self._decoded(number, data)

    def blocks_naming(self, needles: Collection[bytes]) -> Iterator[Block]:
        """Those in which a name holds one of these, and perhaps others; all where there are none."""
        for number, data in self._all_data():
            if not needles or may_name(data, needles):
                yield self._decoded(number, data)

    @property
    def block_digests(self) -> frozenset[Digest]:
        """The digests of the blocks as they are stored: equal ones hold equal entries, in whatever manifest."""
        return frozenset(digest for digest, _, _ in self._parts)

    def blocks_stored_as(self, digests: Collection[Digest]) -> Iterator[tuple[Digest, Block]]:
        """Those blocks that have one of these digests, each with its own; no other is read."""
        numbers = [number for number, (digest, _, _) in enumerate(self._parts) if digest in digests]
        for number, data in self._all_data(numbers):
            yield self._parts[number][0], self._decoded(number, data)

    def blobs(self) -> Iterator[Digest]:
        """Every blob that the asset needs, its manifest's own included; some more than once."""
        yield self.summary.manifest
        for digest, _, _ in self._parts:
            yield digest
        for block in self.blocks():
            yield from block.blobs()

    def own_blobs(self) -> list[Digest]:
        """The blobs of the manifest itself."""
        return [self.summary.manifest, *(digest for digest, _, _ in self._parts)]

    def page(self, after: bytes = b"", limit: int = 1000) -> list[Entry]:
        """The entries whose names come after ``after``."""
        return list(islice(self._from(after, skip_equal=True), limit))

    def starting(self, prefix: bytes) -> Iterator[Entry]:
        """The entries whose names begin with ``prefix``."""
        for entry in self._from(prefix):
            if not entry.name.startswith(prefix):
                return
            yield entry

    def children(
        self, folder: bytes = b"", after: bytes = b"", limit: int = 1000
    ) -> tuple[list[tuple[bytes, int]], list[Entry]]:
        """What lies directly in a folder: sub-folders with how many entries each holds, and entries.

        Args:
            folder: Without a slash at its end; empty for the top.
            after: A name directly in the folder; only what comes after it is listed.
            limit: Of folders and entries together.
        """
        folders, entries = self._page_of(folder, after, limit)
        return list(folders), list(entries)

    def _children(self, folder: bytes, after: bytes, limit: int) -> tuple[list[tuple[bytes, int]], list[Entry]]:
        prefix = folder + b"/" if folder else b""
        folders: list[tuple[bytes, int]] = []
        entries: list[Entry] = []
        start = self._past(prefix, after) if after else self._rank(prefix)
        for base, count, block, row in islice(self._level(prefix, start), limit):
            if count:
                folders.append((base, count))
            else:
                entries.append(block.entry(row))
        return folders, entries

    def names_in(self, folder: bytes = b"") -> tuple[list[tuple[bytes, int]], list[bytes]]:
        """As :meth:`children`, of all that lies in a folder, by base names; no entry is made."""
        prefix = folder + b"/" if folder else b""
        folders: list[tuple[bytes, int]] = []
        entries, position = self._files_alone(prefix)
        for base, count, _, _ in self._level(prefix, position):
            if count:
                folders.append((base, count))
            else:
                entries.append(base)
        return folders, entries

    def size_in(self, folder: bytes) -> int:
        """What all entries below a folder hold, in bytes; every block of them is read."""
        prefix = folder + b"/" if folder else b""
        position, end = self._rank(prefix), self._rank_end(prefix)
        size_bytes = 0
        while position < end:
            block, row = self._at(position)
            sizes = block.sizes[row : row + end - position]
            size_bytes += sum(sizes)
            position += len(sizes)
        return size_bytes

    def _files_alone(self, prefix: bytes) -> tuple[list[bytes], int]:
        """The base names of files that come before any folder, whole blocks of them, and the position behind."""
        entries: list[bytes] = []
        skip, slashes = len(prefix), prefix.count(b"/")
        position, end = self._rank(prefix), self._rank_end(prefix)
        while position < end:
            block, row = self._at(position)
            names = block.names[row : row + end - position]
            if b"".join(names).count(b"/") != slashes * len(names):
                break
            entries += [name[skip:] for name in names]
            position += len(names)
        return entries, position

    def _level(self, prefix: bytes, position: int) -> Iterator[tuple[bytes, int, Block, int]]:
        """What lies directly under the prefix: its base name, how many entries it holds as a folder, and its row.

        Folders are passed over at once, so only blocks in which one begins are read.
        """
        skip, end = len(prefix), self._rank_end(prefix)
        while position < end:
            block, row = self._at(position)
            names = block.names
            first = position - row
            while row < len(names) and first + row < end:
                name = names[row]
                slash = name.find(b"/", skip)
                if slash < 0:
                    yield name[skip:], 0, block, row
                    row += 1
                    continue
                past = bisect_left(names, name[:slash] + _BEHIND_SLASH, row)
                if past == len(names):
                    past = self._rank_end(name[: slash + 1]) - first
                yield name[skip:slash], past - row, block, row
                row = past
            position = first + row

    def _past(self, prefix: bytes, name: bytes) -> int:
        """The first position behind an entry or folder that lies directly under the prefix."""
        if self._find(prefix + name):
            return self._rank(prefix + name) + 1
        return max(self._rank(prefix + name), self._rank_end(prefix + name + b"/"))

    def _from(self, name: bytes, *, skip_equal: bool = False) -> Iterator[Entry]:
        first = max(bisect_right(self._firsts, name) - 1, 0)
        for number in range(first, len(self._parts)):
            block = self._block(number)
            row = (bisect_right if skip_equal else bisect_left)(block.names, name) if number == first else 0
            for place in range(row, len(block)):
                yield block.entry(place)

    def _find(self, name: bytes) -> tuple[Block, int] | None:
        number = bisect_right(self._firsts, name) - 1
        if number < 0:
            return None
        block = self._block(number)
        row = bisect_left(block.names, name)
        return (block, row) if row < len(block) and block.names[row] == name else None

    def _rank(self, name: bytes) -> int:
        """How many names come before this one."""
        number = bisect_right(self._firsts, name) - 1
        return 0 if number < 0 else number * ENTRIES + bisect_left(self._block(number).names, name)

    def _rank_end(self, prefix: bytes) -> int:
        """How many names come before or begin with the prefix."""
        if not prefix:
            return len(self)
        return self._rank(prefix[:-1] + bytes([prefix[-1] + 1]))  # a prefix ends in a slash, never in 0xff

    def _at(self, position: int) -> tuple[Block, int]:
        number, row = divmod(position, ENTRIES)
        return self._block(number), row

    def _load(self, number: int) -> Block:
        return self._decoded(number, self._data(number))

    def _data(self, number: int) -> bytes:
        digest, _, size = self._parts[number]
        return decompressor().decompress(self._read(digest), max_output_size=size)

    def _all_data(self, numbers: Sequence[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """All blocks or these, not decoded; many are unpacked while those before are looked at."""
        numbers = range(len(self._parts)) if numbers is None else numbers
        packed = self._packed([self._parts[number] for number in numbers])
        unpacked = unpacked_ahead(packed) if len(numbers) > _AT_ONCE else _unpacked(packed)
        return ((number, data) for data, number in zip(unpacked, numbers, strict=True))

    def _packed(self, parts: Sequence[tuple[Digest, int, int]]) -> Iterator[tuple[bytes, int]]:
        """The blob of every block and how large it is unpacked; blobs are asked for many at a time."""
        for start in range(0, len(parts), _AT_ONCE):
            window = parts[start : start + _AT_ONCE]
            blobs = dict(self._read_many([digest for digest, _, _ in window]))
            for digest, _, size in window:
                yield blobs[digest], size

    def _decoded(self, number: int, data: bytes) -> Block:
        block = decode(data)
        if len(block) != self._parts[number][1] or block.names[0] != self._firsts[number]:
            raise damaged(self.summary)
        return block


def _unpacked(packed: Iterable[tuple[bytes, int]]) -> Iterator[bytes]:
    unpacker = decompressor()
    return (unpacker.decompress(blob, max_output_size=size) for blob, size in packed)
