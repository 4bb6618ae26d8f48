"""A way to end running notebooks from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Stop:
    """Asked once, it stays asked; every notebook that runs under it ends its kernel."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._listeners: set[Callable[[], None]] = set()

    @property
    def asked(self) -> bool:
        """Whether to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """End what runs; returns at once."""
        with self._lock:
            self._asked.set()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def wait(self, timeout_s: float) -> bool:
        """Wait, at most so long; whether it was asked."""
        return self._asked.wait(timeout_s)

    @contextmanager
    def heard(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call it when asked, from whichever thread asks; at once where that was before."""
        with self._lock:
            self._listeners.add(listener)
            asked = self.asked
        if asked:
            listener()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.discard(listener)

    @contextmanager
    def heard_in_loop(self) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set when asked."""
        import asyncio  # 45 ms, and only notebooks that run need it

        loop, heard = asyncio.get_running_loop(), asyncio.Event()

        def listener() -> None:
            loop.call_soon_threadsafe(heard.set)

        with self._lock:
            self._listeners.add(listener)
            if self.asked:
                heard.set()
        try:
            yield heard
        finally:
            with self._lock:
                self._listeners.discard(listener)
