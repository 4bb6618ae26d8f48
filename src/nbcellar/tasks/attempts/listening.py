"""Who shows tasks where none was named: a front end that is loaded sets this."""

from __future__ import annotations

from collections.abc import Callable

from nbcellar.tasks.attempts.outcome import Listener, Silent

_factory: list[Callable[[], Listener]] = []


def set_default_listener(factory: Callable[[], Listener] | None) -> None:
    """From now on tasks of blocks and functions are shown by what this makes; None for silence."""
    _factory[:] = [] if factory is None else [factory]


def default_listener() -> Listener:
    """The listener for a task that begins now."""
    return _factory[-1]() if _factory else Silent()
