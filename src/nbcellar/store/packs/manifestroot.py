"""The root of a manifest as bytes: what it is of, and its blocks with the first name of each."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from nbcellar.errors import CorruptDataError
from nbcellar.model import AssetSummary, Digest
from nbcellar.store.packs.blocks import ENTRIES

_MAGIC = b"NBCM\x00\x00\x00\x00"
_HEAD = struct.Struct("<8s32sQQI")
_PART = struct.Struct("<32sIII")
_LARGEST_BLOCK = 256 * 2**20


def pack_root(asset: Digest, count: int, size_bytes: int, parts: Sequence[tuple[bytes, Digest, int, int]]) -> bytes:
    """The bytes of a root.

    Args:
        count: Of all entries.
        parts: Of each block the first name, the digest, how many entries it has, and its bytes when unpacked.
    """
    head = _HEAD.pack(_MAGIC, asset, count, size_bytes, len(parts))
    table = b"".join([_PART.pack(digest, entries, size, len(first)) for first, digest, entries, size in parts])
    return head + table + b"".join([first for first, _, _, _ in parts])


def parse_root(root: bytes, summary: AssetSummary) -> tuple[list[tuple[Digest, int, int]], list[bytes]]:
    """Blocks as (digest, entries, bytes when unpacked), and the first name of each.

    Raises:
        CorruptDataError: It is damaged, or of another asset.
    """
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
        raise damaged(summary) from error
    sound = magic == _MAGIC and asset == summary.digest and position == len(root)
    sound = sound and (count, size_bytes) == (summary.entry_count, summary.size_bytes)
    sound = sound and sum(entries for _, entries, _ in parts) == count and firsts == sorted(firsts)
    sound = sound and all(entries == ENTRIES for _, entries, _ in parts[:-1])
    if not sound or any(size > _LARGEST_BLOCK for _, _, size in parts):
        raise damaged(summary)
    return parts, firsts


def damaged(summary: AssetSummary) -> CorruptDataError:
    """The error of a manifest that is not what was written."""
    return CorruptDataError(
        f"The manifest of asset {summary.digest.hex()[:8]} cannot be read.", hint="Run `nbcellar check`."
    )
