"""Packs in a buffer: filled blob by blob, handed to their stage when they are full, what is left joined."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator

from blake3 import blake3

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass, field
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import Digest
from nbcellar.store.objects.protocol import Buffer
from nbcellar.store.packs.background import Background
from nbcellar.store.packs.pack import PACK_BYTES

if TYPE_CHECKING:
    from nbcellar.store.packs.stage import Stage

MOST_BLOBS = 65_536
"""A pack of tiny blobs is not filled further: what is known of each takes more memory than its bytes."""


@dataclass(slots=True)
class Remains:
    """Blobs in a buffer that did not fill a pack."""

    view: memoryview
    blobs: list[tuple[Digest, int, int]] = field(default_factory=list)


class PackBuilder:
    """Fills a buffer with blobs and hands it to its stage as a pack; belongs to one thread.

    Read into ``room = room(n)``, then ``add(room)``. Use it as a context manager, or close it.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._seen = stage.seen
        self._writing = Background("nbcellar-packer")
        self._written = memoryview(b"")
        self._start(memoryview(_buffer()))

    def _start(self, view: memoryview) -> None:
        self._view = view
        self._blobs: list[tuple[Digest, int, int]] = []
        self._position = 0
        self._checked = 0

    def room(self, size_bytes: int) -> memoryview:
        """Writable room of this size in the buffer, valid until the next call.

        Raises:
            UsageError: More than fits a pack.
            StoreFull, StorageError: A full pack could not be written.
        """
        if self._position + size_bytes > PACK_BYTES or len(self._blobs) >= MOST_BLOBS:
            self._make_room(size_bytes)
        return self._view[self._position : self._position + size_bytes]

    def add(self, room: memoryview) -> Digest:
        """The digest of what lies in the room; it is kept if nothing like it was seen in this stage."""
        digest = Digest(blake3(room).digest())
        size_bytes = len(room)
        if size_bytes and digest not in self._seen:
            self._keep(digest, size_bytes)
        return digest

    def take(self, view: memoryview, blobs: Iterable[tuple[Digest, int, int]]) -> None:
        """Keep parts of a view whose digests are known: digest, offset and length of each."""
        for digest, offset, length in blobs:
            if length and digest not in self._seen:
                self.room(length)[:] = view[offset : offset + length]
                self._keep(digest, length)

    def _keep(self, digest: Digest, size_bytes: int) -> None:
        self._seen.add(digest)
        self._blobs.append((digest, self._position, size_bytes))
        self._position += size_bytes

    def put(self, data: bytes) -> Digest:
        """Keep bytes that are at hand."""
        room = self.room(len(data))
        room[:] = data
        return self.add(room)

    def close(self) -> None:
        """Hand what is left to the stage, which joins it with what other builders leave.

        Raises:
            StoreFull, StorageError: The last full pack could not be written.
        """
        self._finish_writing()
        if self._blobs:
            self._stage.leave(Remains(self._view, self._blobs))
        self._view = self._written = memoryview(b"")
        self._blobs = []
        self._position = PACK_BYTES

    def abandon(self) -> None:
        """Leave nothing; no pack is being written when this returns."""
        self._writing.join()

    def __enter__(self) -> PackBuilder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _make_room(self, size_bytes: int) -> None:
        if size_bytes > PACK_BYTES:
            raise UsageError(f"A blob of {size_bytes} bytes does not fit a pack of {PACK_BYTES}.")
        if len(self._view) == 0:
            self._start(memoryview(_buffer()))
            return
        self._drop_known()
        full = self._position > PACK_BYTES // 2 or len(self._blobs) > MOST_BLOBS // 2
        if self._position + size_bytes > PACK_BYTES or full:
            self._write_behind()

    def _write_behind(self) -> None:
        """Let the pack be written while the other buffer is filled."""
        self._finish_writing()
        self._writing.start(self._stage.prepare_pack([self._view[: self._position]], self._blobs))
        free, self._written = self._written, self._view
        self._start(free or memoryview(_buffer()))

    def _finish_writing(self) -> None:
        self._writing.join()
        self._writing.complain()

    def _drop_known(self) -> None:
        fresh = [digest for digest, _, _ in self._blobs[self._checked :]]
        known = self._stage.drop_known(fresh)
        if known:
            kept = [blob for blob in self._blobs if blob[0] not in known]
            self._blobs, self._position = compact(self._view, kept)
        self._checked = len(self._blobs)


def _buffer() -> mmap.mmap:
    """Room for a pack, which takes memory only as it fills."""
    return mmap.mmap(-1, PACK_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def compact(view: memoryview, blobs: list[tuple[Digest, int, int]]) -> tuple[list[tuple[Digest, int, int]], int]:
    """Move the blobs together at the front of the buffer; their new places and the end."""
    moved = []
    position = 0
    for digest, offset, length in blobs:
        if offset != position:
            view[position : position + length] = view[offset : offset + length]
        moved.append((digest, position, length))
        position += length
    return moved, position


def gather(remains: list[Remains]) -> Iterator[tuple[list[Buffer], list[tuple[Digest, int, int]]]]:
    """Join what builders left into as few packs as possible: parts to write, and the blobs with their new offsets."""
    spans: list[tuple[memoryview, int, int]] = []
    blobs: list[tuple[Digest, int, int]] = []
    position = 0
    for rest in remains:
        view = rest.view
        for digest, offset, length in rest.blobs:
            if blobs and position + length > PACK_BYTES:
                yield [span[start:end] for span, start, end in spans], blobs
                spans, blobs, position = [], [], 0
            if spans and spans[-1][0] is view and spans[-1][2] == offset:
                spans[-1] = (view, spans[-1][1], offset + length)
            else:
                spans.append((view, offset, offset + length))
            blobs.append((digest, position, length))
            position += length
    if blobs:
        yield [span[start:end] for span, start, end in spans], blobs
