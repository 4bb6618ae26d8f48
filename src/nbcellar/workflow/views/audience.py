"""Those who are told what happens in a run, one event after the other."""

from __future__ import annotations

import threading

from nbcellar.workflow.views.events import Event, Listener
from nbcellar.workflow.views.runview import RunView


class Audience:
    """The view of a run, which is told first, and listeners. Any thread may tell.

    Attributes:
        view: The run as people look at it.
    """

    def __init__(self, view: RunView, listener: Listener) -> None:
        self.view = view
        self._listeners = [listener]
        self._lock = threading.Lock()
        self._over = False

    def add(self, listener: Listener) -> None:
        """Tell one more, from now on."""
        with self._lock:
            self._listeners.append(listener)

    def tell(self, event: Event) -> None:
        """Tell all; nobody once it is over."""
        with self._lock:
            if self._over:
                return
            self.view.hear(event)
            for listener in self._listeners:
                listener(event)

    def dismiss(self) -> None:
        """It is over: what nobody waited for tells nobody of its end."""
        with self._lock:
            self._over = True
