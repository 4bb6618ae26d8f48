"""Work that goes on in a thread of its own while whoever began it does something else."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """One piece of work at a time; join it before what it works on is given up.

    Args:
        name: The thread's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None
        self._trouble: BaseException | None = None

    @property
    def started(self) -> bool:
        """Whether something was begun."""
        return self._thread is not None

    def start(self, work: Callable[[], None]) -> None:
        """Begin; what was begun before has been joined."""
        self._thread = threading.Thread(target=self._do, args=(work,), name=self._name)
        self._thread.start()

    def join(self, interrupted: Callable[[], None] = lambda: None) -> None:
        """Wait for its end, also through interrupts, which are raised then: nothing goes on behind anybody's back.

        Args:
            interrupted: Called at each interrupt.
        """
        interrupt: KeyboardInterrupt | None = None
        while self._thread is not None and self._thread.is_alive():
            try:
                self._thread.join()
            except KeyboardInterrupt as another:
                interrupt = another
                interrupted()
        if interrupt is not None:
            raise interrupt

    def complain(self) -> None:
        """Raise what ended it early."""
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as trouble:
            self._trouble = trouble
