"""Large files: fixed chunks of 16 MiB in packs of their own, hashed whole and by chunk by two threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from threading import Condition

from blake3 import blake3

from nbcellar.errors import SourceError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import Digest
from nbcellar.store.objects.failures import NOTHING_PUBLISHED
from nbcellar.store.packs.pack import CHUNK_BYTES

if TYPE_CHECKING:
    from nbcellar.store.packs.stage import PackWriter, Stage

_STEP = 2**20  # what was just read is still in the processor's cache when it is hashed
_WORKERS = 2


def put_large(stage: Stage, fd: int, size_bytes: int) -> tuple[Digest, tuple[Digest, ...]]:
    """Store a file chunk by chunk: the digest of the whole, and those of the chunks in order.

    Raises:
        SourceError: The file is shorter than that, or could not be read.
        StoreFull, StorageError: A pack could not be written.
    """
    cutter = _Cutter(stage, fd, size_bytes)
    try:
        with ThreadPoolExecutor(_WORKERS) as pool:
            for future in [pool.submit(cutter.work) for _ in range(_WORKERS)]:
                future.result()
        cutter.finish()
    except BaseException:
        cutter.discard()
        raise
    return Digest(cutter.whole.digest()), tuple(cutter.digests)


class _Cutter:
    """The state that the workers share: whose turn it is, and the pack that takes new chunks."""

    def __init__(self, stage: Stage, fd: int, size_bytes: int) -> None:
        self.whole = blake3()
        self.digests: list[Digest] = [Digest(b"")] * -(-size_bytes // CHUNK_BYTES)
        self._stage = stage
        self._fd = fd
        self._size_bytes = size_bytes
        self._most_bytes = stage.most_pack_bytes
        self._given = 0  # chunks that workers have taken
        self._hashed = 0  # chunks that the whole digest has seen
        self._broken = False
        self._turn = Condition()
        self._open: list[_OpenPack] = []

    def work(self) -> None:
        """Take chunks until there are none."""
        buffer = memoryview(bytearray(min(CHUNK_BYTES, self._size_bytes)))
        try:
            while (number := self._take()) is not None:
                length = min(CHUNK_BYTES, self._size_bytes - number * CHUNK_BYTES)
                hole = _is_hole(self._fd, number * CHUNK_BYTES, length)
                chunk = zeros(length) if hole else buffer[:length]
                digest = _of_zeros(length) if hole else self._read(number * CHUNK_BYTES, chunk)
                self.digests[number] = digest
                place = self._in_turn(number, chunk, digest)
                if place is not None:
                    pack, offset = place
                    self._stage.write_into(pack.writer, offset, chunk)
        except BaseException:
            with self._turn:
                self._broken = True
                self._turn.notify_all()
            raise

    def finish(self) -> None:
        """Make the packs durable."""
        while self._open:
            pack = self._open[-1]
            self._stage.finish_pack(pack.writer, pack.blobs)
            self._open.pop()

    def discard(self) -> None:
        """Remove what is half written; what was not stored can be stored again."""
        for pack in self._open:
            self._stage.forget([digest for digest, _, _ in pack.blobs])
            pack.writer.object.discard()

    def _take(self) -> int | None:
        with self._turn:
            if self._broken or self._given == len(self.digests):
                return None
            self._given += 1
            return self._given - 1

    def _read(self, start: int, chunk: memoryview) -> Digest:
        hasher = blake3()
        position = 0
        while position < len(chunk):
            got = _read_into(self._fd, chunk[position : position + _STEP], start + position)
            hasher.update(chunk[position : position + got])
            position += got
        return Digest(hasher.digest())

    def _in_turn(self, number: int, chunk: memoryview, digest: Digest) -> tuple[_OpenPack, int] | None:
        with self._turn:
            self._turn.wait_for(lambda: self._hashed == number or self._broken)
            if self._broken:
                return None
            self.whole.update(chunk)
            self._hashed += 1
            self._turn.notify_all()
            if digest in self._stage.seen or self._stage.drop_known([digest]):
                return None
            self._stage.seen.add(digest)
            return self._place(digest, len(chunk))

    def _place(self, digest: Digest, length: int) -> tuple[_OpenPack, int]:
        if not self._open or self._open[-1].is_full(length, self._most_bytes):
            self._open.append(_OpenPack(self._stage.begin_pack()))
        pack = self._open[-1]
        offset = pack.size_bytes
        pack.blobs.append((digest, offset, length))
        pack.size_bytes += length
        return pack, offset


class _OpenPack:
    """A pack that takes chunks."""

    def __init__(self, writer: PackWriter) -> None:
        self.writer = writer
        self.blobs: list[tuple[Digest, int, int]] = []
        self.size_bytes = 0

    def is_full(self, length: int, most_bytes: int | None) -> bool:
        """Whether so much more is too much."""
        return most_bytes is not None and self.size_bytes + length > most_bytes


@cache
def _nothing() -> memoryview:
    return memoryview(bytes(CHUNK_BYTES))


def zeros(size_bytes: int) -> memoryview:
    """So many zeros, at most a chunk of them; they are made once."""
    return _nothing()[:size_bytes]


@lru_cache(maxsize=4)
def _of_zeros(size_bytes: int) -> Digest:
    return Digest(blake3(zeros(size_bytes)).digest())


def _read_into(fd: int, part: memoryview, offset: int) -> int:
    try:
        got = os.preadv(fd, [part], offset)
    except OSError as error:
        raise SourceError(f"A large file could not be read: {error.strerror}.", saved=NOTHING_PUBLISHED) from error
    if not got:
        raise SourceError(
            "A large file became shorter while it was read.",
            saved=NOTHING_PUBLISHED,
            hint="Save it when it is finished.",
        )
    return got


def _is_hole(fd: int, start: int, length: int) -> bool:
    try:
        return os.lseek(fd, start, os.SEEK_DATA) >= start + length
    except OSError:  # no data from here to the end (ENXIO), or a file system without holes: a short file is seen below
        return os.fstat(fd).st_size >= start + length and _all_hole(fd, start)


def _all_hole(fd: int, start: int) -> bool:
    try:
        return os.lseek(fd, start, os.SEEK_HOLE) == start
    except OSError:
        return False
