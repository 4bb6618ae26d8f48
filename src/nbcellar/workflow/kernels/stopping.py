"""A way to end running notebooks from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nbcellar.lighttypes import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Hearing:
    """Hears of a stop for as long as it is entered."""

    def __init__(self, stop: Stop, listener: Callable[[], None]) -> None:
        self._stop = stop
        self._listener = listener

    def __enter__(self) -> None:
        self._stop.listeners.add(self._listener)
        if self._stop.asked:
            self._listener()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._stop.listeners.discard(self._listener)


class Stop:
    """Asked once, it stays asked; every notebook that runs under it ends its kernel."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self.listeners: set[Callable[[], None]] = set()

    @property
    def asked(self) -> bool:
        """Whether to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """End what runs; returns at once."""
        with self._lock:
            self._asked.set()
            listeners = tuple(self.listeners)
        for listener in listeners:
            listener()

    def wait(self, timeout_s: float) -> bool:
        """Wait, at most so long; whether it was asked."""
        return self._asked.wait(timeout_s)

    def heard(self, listener: Callable[[], None]) -> Hearing:
        """Call it when asked, from whichever thread asks; at once where that was before."""
        return Hearing(self, listener)

    @contextmanager
    def heard_in_loop(self) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set when asked."""
        import asyncio  # 45 ms, and only notebooks that run need it

        loop, heard = asyncio.get_running_loop(), asyncio.Event()

        def listener() -> None:
            loop.call_soon_threadsafe(heard.set)

        with self._lock:
            self.listeners.add(listener)
            if self.asked:
                heard.set()
        try:
            yield heard
        finally:
            with self._lock:
                self.listeners.discard(listener)
