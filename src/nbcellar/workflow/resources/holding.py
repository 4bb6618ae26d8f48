"""Who uses which shared resource now: one step at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nbcellar.workflow.kernels.stopping import Stop


class Holding:
    """Hands out the right to use shared resources. Any thread may ask.

    Nobody raises anything in a thread that waits here: what is held is always let go again.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: frozenset[str] = frozenset()

    @contextmanager
    def held(self, names: frozenset[str], stop: Stop) -> Iterator[bool]:
        """Use them alone, all at once; waits for that.

        Args:
            stop: Ends the waiting.

        Yields:
            Whether they may be used; not, if it was asked to stop before.
        """
        mine = self._taken(names, stop)
        try:
            yield mine
        finally:
            if mine:
                with self._changed:
                    self._held -= names
                    self._changed.notify_all()

    def _taken(self, names: frozenset[str], stop: Stop) -> bool:
        with stop.heard(self._wake), self._changed:
            self._changed.wait_for(lambda: stop.asked or self._held.isdisjoint(names))
            if stop.asked:
                return False
            self._held |= names
            return True

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
