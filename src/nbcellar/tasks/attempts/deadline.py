"""Ends a body that takes too long: by a signal in the main thread, by cancelling where it awaits."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import threading
from collections.abc import Callable
from types import FrameType

from nbcellar.assets.display import seconds_text
from nbcellar.errors import TaskTimeout


class Deadline:
    """One time limit. Begin it where the body begins, end it where that ends, in the same thread.

    Args:
        name: Of the task, for the message.
        seconds: The limit.
        awaits: Whether the body is a coroutine: then its task is cancelled, since a signal would break the loop.
        saved: What the error says of what it wrote.
    """

    def __init__(
        self,
        name: str,
        seconds: float,
        *,
        awaits: bool = False,
        saved: str = "What it wrote so far is kept with the failed run.",
    ) -> None:
        self._message = f"{name} took longer than {seconds_text(seconds)}."
        self._saved = saved
        self._seconds = seconds
        self._awaits = awaits
        self._stop: Callable[[], None] = lambda: None
        self.passed = False

    def begin(self) -> None:
        """The clock runs."""
        if self._awaits:
            self._cancel_later()
        elif threading.current_thread() is threading.main_thread():
            self._signal_later()
        else:
            self._raise_later(threading.get_ident())

    def end(self, error: BaseException | None) -> TaskTimeout | None:
        """The clock stops.

        Returns:
            The error to raise instead of the cancellation that the deadline caused.
        """
        self._stop()
        if not (self.passed and isinstance(error, asyncio.CancelledError)):
            return None
        task = asyncio.current_task()
        if task is not None and hasattr(task, "uncancel"):
            task.uncancel()
        return self._error()

    def _error(self) -> TaskTimeout:
        return TaskTimeout(self._message, saved=self._saved)

    def _cancel_later(self) -> None:
        task = asyncio.current_task()
        assert task is not None

        def cancel() -> None:
            self.passed = True
            task.cancel()

        self._stop = asyncio.get_running_loop().call_later(self._seconds, cancel).cancel

    def _signal_later(self) -> None:
        def ring(number: int, frame: FrameType | None) -> None:
            self.passed = True
            raise self._error()

        outer = signal.signal(signal.SIGALRM, ring)
        left, interval = signal.setitimer(signal.ITIMER_REAL, self._seconds)

        def stop() -> None:
            signal.setitimer(signal.ITIMER_REAL, left, interval)  # somebody else's timer goes on
            signal.signal(signal.SIGALRM, outer)

        self._stop = stop

    def _raise_later(self, thread: int) -> None:
        made = self._error

        class Passed(TaskTimeout):
            """The thread makes it itself, without arguments."""

            def __init__(self) -> None:
                error = made()
                super().__init__(error.message, saved=error.saved)

        over, lock = threading.Event(), threading.Lock()

        def ring() -> None:
            with lock:
                if not over.is_set():
                    self.passed = True
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Passed))

        timer = threading.Timer(self._seconds, ring)
        timer.daemon = True
        timer.start()

        def stop() -> None:
            with lock:  # what rang by now is raised here at the latest, and nothing rings later
                over.set()
            timer.cancel()

        self._stop = stop
