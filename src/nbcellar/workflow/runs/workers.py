"""The threads that steps run in, made when a step has to run and none of them is free."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from nbcellar.lightclasses import dataclass

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A work that has ended.

    Attributes:
        name: Given with it, as is ``index``.
        value: What it gave; None where it raised.
    """

    name: str
    index: int
    value: T | None
    raised: BaseException | None = None

    def result(self) -> T:
        """What it gave.

        Raises:
            BaseException: What it raised.
        """
        if self.raised is not None:
            raise self.raised
        assert self.value is not None  # no work gives nothing
        return self.value


class Workers(Generic[T]):
    """A few threads: a kernel is a process already, so a second one for each step would only cost.

    A pool of the standard library costs 0.06 ms a work, which for small functions is more than all else. What still
    runs when it is left is left alone.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._threads: list[threading.Thread] = []
        self._waiting: queue.SimpleQueue[tuple[Callable[[], T], str, int] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done[T] | None] = queue.SimpleQueue()
        self._open = 0

    def submit(self, work: Callable[[], T], name: str, index: int) -> None:
        """Do it as soon as a thread is free; `next` tells of its end."""
        self._open += 1
        self._waiting.put((work, name, index))
        if len(self._threads) < min(self._jobs, self._open):
            thread = threading.Thread(target=self._work, name=f"nbcellar-step-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def next(self, timeout_s: float | None = None) -> Done[T] | None:
        """The next work that has ended; waits for it. None where it was woken before that, or so long passed."""
        try:
            done = self._done.get(timeout=timeout_s)
        except queue.Empty:
            return None
        self._open -= done is not None
        return done

    def wake(self) -> None:
        """Let `next` wait no longer. Any thread may call it."""
        self._done.put(None)

    def _work(self) -> None:
        while (given := self._waiting.get()) is not None:
            work, name, index = given
            try:
                done = Done(name, index, work())
            except BaseException as error:
                done = Done(name, index, None, error)
            self._done.put(done)

    def __enter__(self) -> Workers[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in self._threads:
            self._waiting.put(None)
        if self._open:  # nobody waits for what still runs; the process may end without it
            return
        for thread in self._threads:
            thread.join()
