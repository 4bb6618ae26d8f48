"""Submitted calls take turns: so many processes at once, the others wait in the order in which they came."""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import Protocol

TURN = "nbcellar-turn"
"""The name of the threads that wait for a process."""


class Turn(Protocol):
    """What takes a turn."""

    def take(self) -> None:
        """Begin, and wait until it has ended, however long it takes."""


class Turns:
    """Those of one process. Each that is under way has a thread, which lets the next one begin when it has ended."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Lock()
        self._waiting: deque[Turn] = deque()
        self._under_way = 0
        self._limit = 1

    def enter(self, turn: Turn, limit: int) -> None:
        """Let it begin, now or when its turn comes; with it, the limit holds for those that wait."""
        with self._lock:
            self._waiting.append(turn)
            self._limit = limit
        self._go_on()

    def leave(self, turn: Turn) -> None:
        """Let it wait no longer, and never begin."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def _go_on(self) -> None:
        while (turn := self._next()) is not None:
            threading.Thread(target=self._take, args=(turn,), name=TURN, daemon=True).start()

    def _next(self) -> Turn | None:
        with self._lock:
            if not self._waiting or self._under_way >= self._limit:
                return None
            self._under_way += 1
            return self._waiting.popleft()

    def _take(self, turn: Turn) -> None:
        try:
            turn.take()
        finally:
            with self._lock:
                self._under_way -= 1
            self._go_on()


_turns: list[Turns] = []


def turns() -> Turns:
    """Those of this process; a forked child has none of its parent's."""
    if not _turns or _turns[0].pid != os.getpid():
        _turns[:] = [Turns()]
    return _turns[0]
