"""Who reads the files of a save: one thread, and a second one where that helps."""

from __future__ import annotations

import contextlib
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from nbcellar.assets.progress import Listener, Step
from nbcellar.assets.saving.reader import Reader, Reading
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.store.packs.pack import SMALL_BYTES

_BATCH = 64  # files; large enough that the lock costs nothing, small enough that two threads end together
_SHARED_BYTES = 32 * 1024
"""Files of this size on average are shared by two threads from the first one on. Smaller ones are mostly work of the
interpreter, which does one thread's at a time: handing it to and fro made two threads slower than one."""
_LOOK_S = 0.02


@dataclass(slots=True)
class Queue:
    """Indices that wait to be read, handed out in batches of neighbours."""

    indices: Sequence[int]
    batch: int = _BATCH
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def left(self) -> int:
        """How many wait still."""
        return max(len(self.indices) - self._next, 0)

    def batches(self) -> Iterator[Sequence[int]]:
        """Batches until none is left; each goes to one thread only."""
        while True:
            with self._lock:
                start = self._next
                self._next += self.batch
            if start >= len(self.indices):
                return
            yield self.indices[start : start + self.batch]


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


class Helper:
    """A second thread at the same queue; not before it is started.

    Args:
        work: Reads from the queue until it is empty.
        stop: Ends the work of everybody.
    """

    def __init__(self, work: Callable[[], None], stop: threading.Event) -> None:
        self._work = work
        self._stop = stop
        self._thread: threading.Thread | None = None
        self._trouble: BaseException | None = None

    @property
    def started(self) -> bool:
        """Whether it reads, or has read."""
        return self._thread is not None

    def start(self) -> None:
        """Let it read too."""
        self._thread = threading.Thread(target=self._help, name="nbcellar-reader")
        self._thread.start()

    def _help(self) -> None:
        try:
            self._work()
        except BaseException as trouble:
            self._trouble = trouble
            self._stop.set()

    def join(self) -> None:
        """Wait, also through further interrupts: nobody may write into a stage that is given up."""
        interrupt: KeyboardInterrupt | None = None
        while self._thread is not None and self._thread.is_alive():
            try:
                self._thread.join()
            except KeyboardInterrupt as another:
                interrupt = another
                self._stop.set()
        if interrupt is not None:
            raise interrupt

    def complain(self) -> None:
        """Raise what ended it early."""
        if self._trouble is not None:
            raise self._trouble


def read_all(reading: Reading, indices: Sequence[int], progress: Listener | None = None) -> None:
    """Read these files, large ones after small ones; what failed is noted in the reading.

    Raises:
        StorageError, StoreFull: The store could not be written.
    """
    sizes = reading.sizes
    large = array("l", (index for index in indices if sizes[index] >= SMALL_BYTES))
    small = array("l", (index for index in indices if sizes[index] < SMALL_BYTES)) if large else indices
    meter = Meter(reading, small, large, progress)
    _read_small(reading, small, meter)
    if large:
        _read(reading, Queue(large, batch=1), meter)  # the store itself reads a large file with two threads


def _read_small(reading: Reading, small: Sequence[int], meter: Meter) -> None:
    queue = Queue(small)
    helper = Helper(lambda: _read(reading, queue, meter), reading.stop)
    pace = Pace()

    def look_round() -> None:
        if not helper.started and queue.left > _BATCH and pace.waits():
            helper.start()

    try:
        if len(small) > _BATCH and sum(map(reading.sizes.__getitem__, small)) > _SHARED_BYTES * len(small):
            helper.start()
        _read(reading, queue, meter, look_round)
    except BaseException:
        reading.stop.set()
        raise
    finally:
        helper.join()
    helper.complain()


def _read(reading: Reading, queue: Queue, meter: Meter, after_batch: Callable[[], None] = lambda: None) -> None:
    with reading.stage.builder() as builder, contextlib.closing(Reader(reading, builder)) as reader:
        for batch in queue.batches():
            reader.read(batch)
            meter.count(batch)
            after_batch()
