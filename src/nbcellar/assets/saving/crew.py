"""Who reads the files of a save: one thread, and a second one or another process where that helps."""

from __future__ import annotations

import contextlib
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from nbcellar.assets.progress import Listener, Step
from nbcellar.assets.saving.reader import Reader, Reading
from nbcellar.assets.workers.decision import is_worth
from nbcellar.lightclasses import replace
from nbcellar.store.packs.background import Background
from nbcellar.store.packs.pack import SMALL_BYTES

_BATCH = 64  # files; large enough that the lock costs nothing, small enough that two threads end together
_SHARED_BYTES = 32 * 1024
"""Files of this size on average are shared by two threads from the first one on. Smaller ones are mostly work of the
interpreter, which does one thread's at a time: handing it to and fro made two threads slower than one."""
_LOOK_S = 0.02


class Queue:
    """Indices that wait to be read, handed out in batches of neighbours, each to one reader only."""

    def __init__(self, indices: Sequence[int], batch: int = _BATCH) -> None:
        self._indices = indices
        self._batch = batch
        self._next = 0
        self._end = len(indices)
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """How many wait still."""
        return self._end - self._next

    def batches(self) -> Iterator[Sequence[int]]:
        """Batches from the front until none is left."""
        while True:
            with self._lock:
                start = self._next
                end = self._next = min(start + self._batch, self._end)
            if start == end:
                return
            yield self._indices[start:end]

    def last(self) -> Sequence[int]:
        """The batch at the other end; empty where none is left."""
        with self._lock:
            end = self._end
            self._end = max(end - self._batch, self._next)
            return self._indices[self._end : end]


class Meter:
    """Counts what was read, and tells it."""

    def __init__(self, reading: Reading, small: Sequence[int], large: Sequence[int], listener: Listener | None) -> None:
        self._reading = reading
        self._listener = listener
        self._lock = threading.Lock()
        total = sum(map(reading.sizes.__getitem__, chain(small, large))) if listener else 0
        self._step = Step(0, len(small) + len(large), 0, total)

    def count(self, batch: Sequence[int]) -> None:
        """These were read."""
        if self._listener is None:
            return
        size_bytes = sum(map(self._reading.sizes.__getitem__, batch))
        with self._lock:
            step = self._step
            self._step = replace(step, files=step.files + len(batch), size_bytes=step.size_bytes + size_bytes)
            self._listener(self._step)


class Pace:
    """Whether a thread waits, for a disk or a server, more than it works: then another one can read meanwhile."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._worked_s = time.thread_time()

    def waits(self) -> bool:
        """Whether it did so since the beginning."""
        took_s = time.monotonic() - self._began_s
        return took_s > _LOOK_S and took_s > 2 * (time.thread_time() - self._worked_s)


def read_all(
    reading: Reading, indices: Sequence[int], progress: Listener | None = None, workers: str = "never"
) -> None:
    """Read these files, large ones after small ones; what failed is noted in the reading.

    Args:
        workers: What the setting of this name says.

    Raises:
        StorageError, StoreFull: The store could not be written.
    """
    sizes = reading.sizes
    large = array("l", (index for index in indices if sizes[index] >= SMALL_BYTES))
    small = array("l", (index for index in indices if sizes[index] < SMALL_BYTES)) if large else indices
    meter = Meter(reading, small, large, progress)
    _read_small(reading, small, meter, workers)
    if large:
        _read(reading, Queue(large, batch=1), meter)  # the store itself reads a large file with two threads


def _read_small(reading: Reading, small: Sequence[int], meter: Meter, workers: str) -> None:
    queue = Queue(small)
    if is_worth(len(small), workers) and _read_with_worker(reading, queue, meter):
        return
    helper = Background("nbcellar-reader")
    pace = Pace()

    def read_too() -> None:
        try:
            _read(reading, queue, meter)
        except BaseException:
            reading.stop.set()
            raise

    def look_round() -> None:
        if not helper.started and queue.left > _BATCH and pace.waits():
            helper.start(read_too)

    try:
        if len(small) > _BATCH and sum(map(reading.sizes.__getitem__, small)) > _SHARED_BYTES * len(small):
            helper.start(read_too)
        _read(reading, queue, meter, look_round)
    except BaseException:
        reading.stop.set()
        raise
    finally:
        helper.join(reading.stop.set)
    helper.complain()


def _read_with_worker(reading: Reading, queue: Queue, meter: Meter) -> bool:
    """Read from the front of the queue, while a worker reads from its end; False where there is none."""
    from nbcellar.assets.saving.secondreader import SecondReader  # most saves have few files

    with contextlib.closing(SecondReader(reading)) as second:
        if not second.start():
            return False
        with reading.stage.builder() as builder, contextlib.closing(Reader(reading, builder)) as reader:

            def share(wait: bool) -> None:
                for batch, left in second.finished(builder, wait):
                    reader.read(left)
                    meter.count(batch)
                while second.wants_more and (batch := queue.last()):
                    second.give(batch)

            share(wait=False)
            for batch in queue.batches():
                reader.read(batch)
                meter.count(batch)
                share(wait=False)
            share(wait=True)
    return True


def _read(reading: Reading, queue: Queue, meter: Meter, after_batch: Callable[[], None] = lambda: None) -> None:
    with reading.stage.builder() as builder, contextlib.closing(Reader(reading, builder)) as reader:
        for batch in queue.batches():
            reader.read(batch)
            meter.count(batch)
            after_batch()
