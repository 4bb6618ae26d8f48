"""Manifests: the sorted list of entries of one directory tree, stored as blobs, and the identity that follows from it.

An asset's digest is BLAKE3 over its canonical list: kind, name, executable bit, size and content digest of every entry
in the order of the names' bytes. The stored manifest adds modification times and chunk lists, so it is another blob.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice

from blake3 import blake3

from nbcellar.errors import CorruptDataError, NotFoundError, UsageError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import AssetSummary, Digest, Entry
from nbcellar.store.objects.failures import NOTHING_PUBLISHED
from nbcellar.store.packs.blocks import ENTRIES, Block, block_of, decode, encode, split

if TYPE_CHECKING:
    from nbcellar.store.packs.stage import Stage

_CANON = b"nbcellar asset 1\n"
_MAGIC = b"NBCM\x00\x00\x00\x00"
_HEAD = struct.Struct("<8s32sQQI")
_PART = struct.Struct("<32sIII")
_LEVEL = 1
_AT_ONCE = 32  # blocks whose blobs are read together: some MB of memory
_LARGEST_BLOCK = 256 * 2**20
_BEHIND_SLASH = b"0"  # the byte that comes next
_MOST_BYTES = 2**63 - 1  # of a number in the catalogue

Reader = Callable[[Digest], bytes]
ManyReader = Callable[[Iterable[Digest]], Iterator[tuple[Digest, bytes]]]


def asset_digest(entries: Iterable[Entry]) -> Digest:
    """The identity of an asset with these entries, which must be sorted by name.

    Raises:
        UsageError: They are not sorted, or a name comes twice.
    """
    writer = _Identity()
    for block in _blocks(entries):
        writer.add(block)
    return writer.digest()


def write_manifest(stage: Stage, entries: Iterable[Entry]) -> AssetSummary:
    """Store the manifest of these entries, which must be sorted by name, and say which asset they are.

    Raises:
        UsageError: They are not sorted, or a name comes twice.
        StoreFull, StorageError: It could not be written.
    """
    return write_blocks(stage, _blocks(entries))


def write_blocks(stage: Stage, blocks: Iterable[Block]) -> AssetSummary:
    """As :func:`write_manifest`, from entries that are in columns already.

    Every block but the last must have 4,096 entries.

    Raises:
        UsageError: They are not sorted, a name comes twice, or they have more bytes together than can be counted.
        StoreFull, StorageError: It could not be written.
    """
    from zstandard import ZstdCompressor  # 10 ms that a program which only lists does not need

    compressor = ZstdCompressor(level=_LEVEL)
    identity = _Identity()
    parts: list[tuple[bytes, Digest, int, int]] = []
    for block in blocks:
        identity.add(block)
        stage.rely(block.blobs())
        raw = encode(block)
        digest = stage.put(compressor.compress(raw))
        stage.rely([digest])
        parts.append((block.names[0], digest, len(block), len(raw)))
    if identity.size_bytes > _MOST_BYTES:
        raise UsageError(
            f"The files of an asset may have {_MOST_BYTES:,} bytes together; these have {identity.size_bytes:,}.",
            saved=NOTHING_PUBLISHED,
            hint="Leave out the largest one, which is mostly a hole, with a filter.",
        )
    asset = identity.digest()
    head = _HEAD.pack(_MAGIC, asset, identity.count, identity.size_bytes, len(parts))
    table = b"".join([_PART.pack(digest, count, size, len(first)) for first, digest, count, size in parts])
    root = stage.put(head + table + b"".join([first for first, _, _, _ in parts]))
    stage.rely([root])
    stage.assets.add(asset)
    return AssetSummary(asset, root, identity.count, identity.size_bytes)


class _Identity:
    """The canonical list, hashed as it comes."""

    def __init__(self) -> None:
        self._hasher = blake3(_CANON)
        self._last: bytes | None = None
        self.count = 0
        self.size_bytes = 0

    def add(self, block: Block) -> None:
        names = block.names
        previous = self._last
        for name in names:
            if not name or (previous is not None and name <= previous):
                raise UsageError(f"The entries of an asset must be sorted, each name once; {name!r} is not.")
            previous = name
        self._last = previous
        digests = block.digests
        self._hasher.update(
            b"".join(
                [
                    b"%c%b%b%b%b" % (flag, len(name).to_bytes(4, "little"), name, size.to_bytes(8, "little"), digest)
                    for flag, name, size, digest in zip(block.flags, names, block.sizes, split(digests), strict=True)
                ]
            )
        )
        self.count += len(names)
        self.size_bytes += sum(block.sizes)

    def digest(self) -> Digest:
        return Digest(self._hasher.digest())


def _blocks(entries: Iterable[Entry]) -> Iterator[Block]:
    iterator = iter(entries)
    while batch := list(islice(iterator, ENTRIES)):
        yield block_of(batch)


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
        self._parts, self._firsts = _parse_root(root, summary)
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
            needles: Blocks in which no name holds one of these are left out; others may be too many, never too few.
        """
        for number, data in self._all_data():
            if not needles or any(needle in data for needle in needles):
                yield self._decoded(number, data)

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
        from zstandard import ZstdDecompressor  # each serves one thread at a time, and a manifest serves all

        digest, _, size = self._parts[number]
        return ZstdDecompressor().decompress(self._read(digest), max_output_size=size)

    def _all_data(self) -> Iterator[tuple[int, bytes]]:
        """Every block, not decoded; their blobs are asked for many at a time."""
        from zstandard import ZstdDecompressor

        decompressor = ZstdDecompressor()
        for start in range(0, len(self._parts), _AT_ONCE):
            window = self._parts[start : start + _AT_ONCE]
            blobs = dict(self._read_many([digest for digest, _, _ in window]))
            for place, (digest, _, size) in enumerate(window):
                yield start + place, decompressor.decompress(blobs[digest], max_output_size=size)

    def _decoded(self, number: int, data: bytes) -> Block:
        block = decode(data)
        if len(block) != self._parts[number][1] or block.names[0] != self._firsts[number]:
            raise _damaged(self.summary)
        return block


def _parse_root(root: bytes, summary: AssetSummary) -> tuple[list[tuple[Digest, int, int]], list[bytes]]:
    parts: list[tuple[Digest, int, int]] = []
    firsts: list[bytes] = []
    try:
        magic, asset, count, size_bytes, blocks = _HEAD.unpack_from(root)
        position = _HEAD.size + blocks * _PART.size
        for digest, entries, size, length in _PART.iter_unpack(root[_HEAD.size : position]):
            parts.append((Digest(digest), entries, size))
            firsts.append(root[position : position + length])
            position += length
    except struct.error as error:
        raise _damaged(summary) from error
    sound = magic == _MAGIC and asset == summary.digest and position == len(root)
    sound = sound and (count, size_bytes) == (summary.entry_count, summary.size_bytes)
    sound = sound and sum(entries for _, entries, _ in parts) == count and firsts == sorted(firsts)
    sound = sound and all(entries == ENTRIES for _, entries, _ in parts[:-1])
    if not sound or any(size > _LARGEST_BLOCK for _, _, size in parts):
        raise _damaged(summary)
    return parts, firsts


def _damaged(summary: AssetSummary) -> CorruptDataError:
    return CorruptDataError(
        f"The manifest of asset {summary.digest.hex()[:8]} cannot be read.", hint="Run `nbcellar check`."
    )
