"""Manifests are written: entries in order become blocks and a root, and an identity that follows from them alone.

An asset's digest is BLAKE3 over its canonical list: kind, name, executable bit, size and content digest of every entry
in the order of the names' bytes. The stored manifest adds modification times and chunk lists, so it is another blob.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from blake3 import blake3

from nbcellar.errors import UsageError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import AssetSummary, Digest, Entry
from nbcellar.store.objects.failures import NOTHING_PUBLISHED
from nbcellar.store.packs.blocks import ENTRIES, Block, block_of, encode, split
from nbcellar.store.packs.compressor import compressor
from nbcellar.store.packs.manifestroot import pack_root

if TYPE_CHECKING:
    from nbcellar.store.packs.stage import Stage

_CANON = b"nbcellar asset 1\n"
_LEVEL = 1
_MOST_BYTES = 2**63 - 1  # of a number in the catalogue


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
    packer = compressor(_LEVEL)
    identity = _Identity()
    parts: list[tuple[bytes, Digest, int, int]] = []
    for block in blocks:
        identity.add(block)
        stage.rely(block.blobs())
        raw = encode(block)
        digest = stage.put(packer.compress(raw))
        stage.rely([digest])
        parts.append((block.names[0], digest, len(block), len(raw)))
    if identity.size_bytes > _MOST_BYTES:
        raise UsageError(
            f"The files of an asset may have {_MOST_BYTES:,} bytes together; these have {identity.size_bytes:,}.",
            saved=NOTHING_PUBLISHED,
            hint="Leave out the largest one, which is mostly a hole, with a filter.",
        )
    asset = identity.digest()
    root = stage.put(pack_root(asset, identity.count, identity.size_bytes, parts))
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
