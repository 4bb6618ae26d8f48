"""Tells who is watching that an asset was looked into: that is how it becomes an input of the task that did."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from nbcellar.lighttypes import TypeAlias
from nbcellar.model import Entry, Run

Listener: TypeAlias = Callable[[Run, Entry | None], None]
"""Called with the run that made the asset, and the entry that was opened; None where it was the list of entries."""

_listeners: list[Listener] = []

enclosing_run: ContextVar[str | None] = ContextVar("enclosing_run", default=None)
"""Id of the run inside which assets are made now; tasks set it around a body."""


def watch(listener: Listener) -> Callable[[], None]:
    """Tell this listener of every use from now on.

    Returns:
        What ends that.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def tell(run: Run, entry: Entry | None = None) -> None:
    """An asset's entries, or the content of one, are about to be given to somebody."""
    for listener in tuple(_listeners):
        listener(run, entry)
