"""Those who are told what happens in a run, one event after the other."""

from __future__ import annotations

import threading
from collections import deque

from nbcellar.workflow.views.events import Event, Listener
from nbcellar.workflow.views.runview import RunView

MOST_WAITING = 100_000
"""Events that wait to be looked at, some 15 MB of them; most runs tell fewer, and are looked at by nobody."""


class Audience:
    """The view of a run, which is told first, and listeners. Any thread may tell."""

    def __init__(self, view: RunView, listener: Listener) -> None:
        self._view = view
        self._waiting: deque[Event] = deque()
        self._looked_at = False
        self._listeners = [listener]
        self._lock = threading.Lock()
        self._view_lock = threading.Lock()
        self._over = False

    @property
    def view(self) -> RunView:
        """The run as people look at it: from the first look on it is kept up to date, before that nobody needs it."""
        with self._view_lock:  # a listener may look too
            self._looked_at = True
            self._catch_up()
        return self._view

    def add(self, listener: Listener) -> None:
        """Tell one more, from now on."""
        with self._lock:
            self._listeners.append(listener)

    def tell(self, event: Event) -> None:
        """Tell all; nobody once it is over."""
        with self._lock:
            if self._over:
                return
            self._waiting.append(event)
            if self._looked_at or len(self._waiting) >= MOST_WAITING:
                with self._view_lock:
                    self._catch_up()
            for listener in self._listeners:
                listener(event)

    def _catch_up(self) -> None:
        while self._waiting:  # others may add to it meanwhile
            self._view.hear(self._waiting.popleft())

    def dismiss(self) -> None:
        """It is over: what nobody waited for tells nobody of its end."""
        with self._lock:
            self._over = True
