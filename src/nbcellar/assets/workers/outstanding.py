"""Jobs that a worker was given and has not answered yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from nbcellar.assets.workers.worker import Worker
from nbcellar.lighttypes import Generic, TypeVar

T = TypeVar("T")


class Outstanding(Generic[T]):
    """The jobs of one worker, in the order in which it answers them. Close it.

    Args:
        worker: Ends with this.
        most: So many at a time.
    """

    def __init__(self, worker: Worker, most: int) -> None:
        self._worker: Worker | None = worker
        self._most = most
        self._given: deque[T] = deque()

    @property
    def wants_more(self) -> bool:
        """Whether another job can be given."""
        return self._worker is not None and len(self._given) < self._most

    def give(self, job: bytes, what: T) -> None:
        """Let the worker do this too; it is known here by ``what``."""
        if self._worker is not None:
            self._given.append(what)
            self._worker.give(job)

    def answered(self, wait: bool) -> Iterator[tuple[T, bytes | None]]:
        """Jobs that are done, each with its answer; once the worker was killed, all that are left, with None.

        Args:
            wait: Whether to wait until none is left.
        """
        while self._worker is not None and self._given and (wait or self._worker.has_answered()):
            answer = self._worker.answer()
            if answer is None:
                self.close()
                while self._given:
                    yield self._given.popleft(), None
                return
            yield self._given.popleft(), answer

    def close(self) -> None:
        """End the worker, whatever it does."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
