"""The bytes beside the JSON of a value: in memory, or in a file that is read part by part and held against digests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nbcellar.errors import CorruptDataError


class Source(Protocol):
    """Where the bytes of one value lie."""

    @property
    def size_bytes(self) -> int:
        """All of them."""

    def take(self, offset: int, size_bytes: int) -> bytes:
        """Some of them; fewer where there are no more."""

    def fill(self, offset: int, room: memoryview) -> int:
        """Put some of them into a buffer; how many there were."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that are read already."""

    data: bytes

    @property
    def size_bytes(self) -> int:
        """All of them."""
        return len(self.data)

    def take(self, offset: int, size_bytes: int) -> bytes:
        """Some of them."""
        return self.data[offset : offset + size_bytes]

    def fill(self, offset: int, room: memoryview) -> int:
        """Copy some of them."""
        part = memoryview(self.data)[offset : offset + len(room)]
        room[: len(part)] = part
        return len(part)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file; whoever opened it closes it."""

    fd: int
    size_bytes: int

    def take(self, offset: int, size_bytes: int) -> bytes:
        """Read some of it."""
        data = os.pread(self.fd, size_bytes, offset)
        while len(data) < size_bytes and (more := os.pread(self.fd, size_bytes - len(data), offset + len(data))):
            data += more
        return data

    def fill(self, offset: int, room: memoryview) -> int:
        """Read some of it into a buffer."""
        done = 0
        while done < len(room) and (count := os.preadv(self.fd, [room[done:]], offset + done)):
            done += count
        return done


class BlobReader:
    """Reads one blob from its beginning to its end, where it is held against its digest.

    Args:
        digest: None where what is read was compared already.
    """

    def __init__(self, source: Source, offset: int, size_bytes: int, digest: bytes | None) -> None:
        self.left_bytes = size_bytes
        self._source = source
        self._offset = offset
        self._digest = digest
        self._hasher = None
        if digest is not None:
            from blake3 import blake3

            self._hasher = blake3()

    def read(self, size_bytes: int | None = None) -> bytes:
        """The next bytes; all that are left where no number is given."""
        wanted = self.left_bytes if size_bytes is None or size_bytes < 0 else min(size_bytes, self.left_bytes)
        data = self._source.take(self._offset, wanted)
        self._took(len(data), wanted, data)
        return data

    def readinto(self, room: memoryview) -> int:
        """Fill a buffer with the next bytes.

        Raises:
            CorruptDataError: There are fewer.
        """
        wanted = min(len(room), self.left_bytes)
        self._took(self._source.fill(self._offset, room[:wanted]), len(room), room)
        return len(room)

    def finish(self) -> None:
        """Say whether all was what it was when it was written.

        Raises:
            CorruptDataError: It was not, or there is more.
        """
        if self.left_bytes:
            raise broken("there is more than was written")
        if self._hasher is not None and self._hasher.digest() != self._digest:
            raise broken("it is not what was written")

    def _took(self, count: int, wanted: int, data: bytes | memoryview) -> None:
        if count != wanted:
            raise broken("a part of it is missing")
        self._offset += count
        self.left_bytes -= count
        if self._hasher is not None:
            self._hasher.update(data)


@dataclass(frozen=True, slots=True)
class Blobs:
    """The blobs of one value.

    Attributes:
        places: Offset and size of each.
        digests: Of each; None where what is read was compared already.
    """

    source: Source
    places: Sequence[tuple[int, int]]
    digests: Sequence[bytes] | None = None

    def __len__(self) -> int:
        return len(self.places)

    def open(self, index: int) -> BlobReader:
        """Begin to read one."""
        return BlobReader(self.source, *self.places[index], None if self.digests is None else self.digests[index])

    def read(self, index: int) -> bytes:
        """All of one.

        Raises:
            CorruptDataError: It is not what was written.
        """
        reader = self.open(index)
        data = reader.read()
        reader.finish()
        return data


def broken(why: str) -> CorruptDataError:
    """The error for stored bytes that are not what they were."""
    return CorruptDataError(f"A stored value is damaged: {why}.")
