"""Reading blobs: found by the catalogue, read in pack order, and compared with their digests, every one."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterable, Iterator
from itertools import islice

from blake3 import blake3

from nbcellar.errors import CorruptDataError
from nbcellar.model import Digest, Entry
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.catalogue.locations import Location, locate
from nbcellar.store.objects.failures import storage_error
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.pack import CHUNK_BYTES, EMPTY, key_of

_GAP_BYTES = 64 * 2**10  # cheaper to read over than to seek over
_SPAN_BYTES = 16 * 2**20
_WINDOW = 16384  # digests that are put into pack order together

_HEAL = "Run `nbcellar repair packs`, which names the files that need it, and save them again: that heals the store."


class Content:
    """The blobs of one store."""

    def __init__(self, catalogue: Catalogue, objects: Objects) -> None:
        self._catalogue = catalogue
        self._objects = objects

    def read(self, digest: Digest, offset: int = 0, length: int | None = None) -> bytes:
        """One blob, or a part of it; the whole blob is verified either way.

        Raises:
            CorruptDataError: It is damaged or not there.
            StorageError: It could not be read.
        """
        data = next(self.read_many([digest]))[1]
        return data if offset == 0 and length is None else data[offset : None if length is None else offset + length]

    def read_many(self, digests: Iterable[Digest]) -> Iterator[tuple[Digest, bytes]]:
        """Each distinct blob once, in an order that reads packs from front to back.

        Raises:
            CorruptDataError: One is damaged or not there.
            StorageError: One could not be read.
        """
        distinct = iter(dict.fromkeys(digests))
        while window := list(islice(distinct, _WINDOW)):
            if EMPTY in window:
                window.remove(EMPTY)
                yield EMPTY, b""
            yield from self._read_window(window)

    def spans(self, digests: Iterable[Digest], most_blobs: int, most_bytes: int) -> Iterator[list[list[Location]]]:
        """Where the distinct blobs lie: neighbours that can be read at once, many such spans at a time.

        Raises:
            CorruptDataError: One is not there.
        """
        distinct = iter(dict.fromkeys(digests))
        while window := list(islice(distinct, _WINDOW)):
            yield list(_spans(self._locate(window), most_blobs, most_bytes))

    def read_span(self, span: list[Location]) -> Iterator[tuple[Digest, bytes]]:
        """The blobs of one span, verified.

        Raises:
            CorruptDataError: One is damaged or not there.
            StorageError: They could not be read.
        """
        try:
            data = self._read_span(span)
        except FileNotFoundError:  # collected and rewritten since the rows were read: read the rows once more
            yield from self._read_again(span)
            return
        yield from _verified(span, data)

    def _read_window(self, window: list[Digest]) -> Iterator[tuple[Digest, bytes]]:
        for span in _spans(self._locate(window), len(window), _SPAN_BYTES):
            yield from self.read_span(span)

    def _read_again(self, span: list[Location]) -> Iterator[tuple[Digest, bytes]]:
        for place in span:
            yield place.digest, self._read_moved(place)

    def _read_moved(self, missed: Location) -> bytes:
        """A blob whose pack was missing, where its row names another pack by now; no pack comes twice."""
        (place,) = self._locate([missed.digest])
        if place.pack == missed.pack:
            raise CorruptDataError(
                f"The pack {place.pack} is missing.",
                hint=_HEAL,
            )
        try:
            data = self._read_span([place])
        except FileNotFoundError:
            return self._read_moved(place)
        return next(_verified([place], data))[1]

    def _locate(self, digests: list[Digest]) -> list[Location]:
        with self._catalogue.reading() as connection:
            places = locate(connection, digests)
        if len(places) < len(digests):
            lost = sorted(set(digests) - {place.digest for place in places})
            said = "1 blob is" if len(lost) == 1 else f"{len(lost)} blobs are"
            raise CorruptDataError(
                f"{said} not in the store; the first is {lost[0].hex()[:16]}.",
                hint="Run `nbcellar check` to see which files need them; saving them again heals the store.",
            )
        return places

    def _read_span(self, span: list[Location]) -> bytes:
        start = span[0].offset
        length = span[-1].offset + span[-1].length - start
        try:
            return self._objects.read(key_of(span[0].pack), start, length)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise storage_error(error, "read", self._objects.place, "") from error

    def open_file(self, entry: Entry) -> StoredFile:
        """A file of an asset, seekable."""
        return StoredFile(self, entry)

    def read_file(self, entry: Entry, offset: int = 0, length: int | None = None) -> bytes:
        """A file of an asset, or a part of it, across chunks."""
        end = entry.size_bytes if length is None else min(offset + length, entry.size_bytes)
        if not entry.chunks:
            return self.read(entry.digest, offset, max(end - offset, 0))
        parts = []
        while offset < end:
            number, inside = divmod(offset, CHUNK_BYTES)
            part = self.read(entry.chunks[number], inside, end - offset)
            parts.append(part)
            offset += len(part)
        return b"".join(parts)


def _spans(places: list[Location], most_blobs: int, most_bytes: int) -> Iterator[list[Location]]:
    span: list[Location] = []
    for place in places:
        if span and (len(span) >= most_blobs or not _follows(span, place, most_bytes)):
            yield span
            span = []
        span.append(place)
    if span:
        yield span


def _follows(span: list[Location], place: Location, most_bytes: int) -> bool:
    last = span[-1]
    gap = place.offset - (last.offset + last.length)
    whole = place.offset + place.length - span[0].offset
    return place.pack == last.pack and gap <= _GAP_BYTES and whole <= most_bytes


def _verified(span: list[Location], data: bytes) -> Iterator[tuple[Digest, bytes]]:
    start = span[0].offset
    for place in span:
        blob = data if len(span) == 1 else data[place.offset - start : place.offset - start + place.length]
        if blake3(blob).digest() != place.digest:
            raise CorruptDataError(
                f"The pack {place.pack} is damaged (blob {place.digest.hex()[:16]} at {place.offset}).",
                hint=_HEAL,
            )
        yield place.digest, blob


class StoredFile(io.RawIOBase):
    """A stored file, read chunk by chunk; every byte has been compared with its digest."""

    def __init__(self, content: Content, entry: Entry) -> None:
        super().__init__()
        self._content = content
        self._entry = entry
        self._position = 0
        self._cached: tuple[int, bytes] | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place.

        Raises:
            OSError: It is before the beginning; libraries look for this error of files to know that one is too short.
        """
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._entry.size_bytes}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, f"{os.strerror(errno.EINVAL)}: no place {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer; fewer bytes at a chunk's end, none at the file's end."""
        if self.closed:
            raise ValueError("I/O operation on closed file")
        if self._position >= self._entry.size_bytes or not len(buffer):
            return 0
        number, inside = divmod(self._position, CHUNK_BYTES) if self._entry.chunks else (0, self._position)
        part = self._chunk(number)[inside : inside + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        if self._cached is None or self._cached[0] != number:
            digest = self._entry.chunks[number] if self._entry.chunks else self._entry.digest
            self._cached = (number, self._content.read(digest))
        return self._cached[1]
