"""Packs: files that hold blobs back to back, each with its index beside it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from blake3 import blake3

from nbcellar.errors import CorruptDataError
from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest
from nbcellar.store.objects.protocol import Objects, write_object

PACK_BYTES = SMALL_BYTES = CHUNK_BYTES = 16 * 2**20

FOLDER = "packs"
EMPTY = Digest(blake3(b"").digest())
"""The digest of nothing; it is never stored, and always there."""

_MAGIC = b"NBCX\x00\x00\x00\x00"
_ROW = struct.Struct("<32sQQ")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was written: its name, and the rows of its index as they are in the file."""

    name: str
    size_bytes: int
    rows: bytes

    def blobs(self) -> Iterator[tuple[Digest, int, int]]:
        """Digest, offset and length of every blob."""
        for digest, offset, length in _ROW.iter_unpack(self.rows):
            yield Digest(digest), offset, length


def key_of(pack: str) -> str:
    """Where a pack lies."""
    return f"{FOLDER}/{pack}"


def index_key_of(pack: str) -> str:
    """Where a pack's index lies."""
    return f"{FOLDER}/{pack}.idx"


def rows_of(blobs: Sequence[tuple[Digest, int, int]]) -> bytes:
    """The rows of an index, from digest, offset and length."""
    rows = bytearray(len(blobs) * _ROW.size)
    for at, blob in enumerate(blobs):
        _ROW.pack_into(rows, at * _ROW.size, *blob)
    return bytes(rows)


def write_index(objects: Objects, pack: Pack) -> None:
    """Put the index beside its pack."""
    head = _MAGIC + struct.pack("<QQ", len(pack.rows) // _ROW.size, pack.size_bytes)
    checksum = blake3(head + pack.rows).digest()
    write_object(objects, index_key_of(pack.name), [head, pack.rows, checksum])


def read_index(objects: Objects, pack: str) -> Pack:
    """The index of a pack, compared with its checksum.

    Raises:
        CorruptDataError: It is damaged.
        FileNotFoundError: There is none.
    """
    data = objects.read(index_key_of(pack))
    head, rows, checksum = data[:24], data[24:-32], data[-32:]
    if len(data) < 56 or head[:8] != _MAGIC or blake3(head + rows).digest() != checksum:
        raise CorruptDataError(f"The index {pack}.idx is damaged.", hint="Run `nbcellar check`.")
    _, size_bytes = struct.unpack("<QQ", head[8:])
    return Pack(pack, size_bytes, rows)
