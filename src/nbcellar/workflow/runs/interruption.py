"""An interrupt of one function call from another thread."""

from __future__ import annotations

import ctypes
import threading


class Interruption:
    """While it is entered, its thread can be interrupted: once, and never after it has left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over = True
        self._thread = 0

    def ask(self) -> None:
        """Raise KeyboardInterrupt at the next line of Python there; returns at once."""
        with self._lock:
            if not self._over:
                self._over = True
                interrupt = ctypes.py_object(KeyboardInterrupt)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), interrupt)

    def __enter__(self) -> None:
        self._thread, self._over = threading.get_ident(), False

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self._lock:  # what was asked for by now is raised here at the latest
            self._over = True
