"""What is opened: one audit hook for the life of the process, with a switch.

Python reports every ``open``, listing, rename and removal to audit hooks before it happens. While a trace is
active, the hook writes down which files were read and which written; what C libraries and child processes do, it cannot
see (scans and the names in the code find those). Off, it costs one comparison an event; on, about 10 microseconds
an open. A hook can never be taken out of a process, so there is one.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from nbcellar.tasks.files.events import RECORDERS
from nbcellar.tasks.files.loaded import note_imported, note_loaded
from nbcellar.tasks.files.trace import Trace

_current: ContextVar[Trace | None] = ContextVar("nbcellar_trace", default=None)
_quiet = threading.local()
_lock = threading.Lock()
_active: list[Trace] = []
_notebook: list[Trace] = []
_switch = False
_installed = False


@contextmanager
def tracing(trace: Trace) -> Iterator[None]:
    """Write down what this thread, and threads without a trace of their own, open meanwhile."""
    begin(trace)
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
        end(trace)


def begin(trace: Trace) -> None:
    """Switch the hook on for this trace."""
    global _switch
    watch_imports()
    with _lock:
        _active.append(trace)
        _switch = True


def end(trace: Trace) -> None:
    """Switch the hook off for this trace, and wholly where it was the last."""
    global _switch
    with _lock:
        _active[:] = [other for other in _active if other is not trace]
        for notebook in _notebook:  # what a task wrote is no input of the cells after it
            notebook.writes.update(trace.writes)
            notebook.by_tasks.update(trace.writes)
        _switch = bool(_active or _notebook)


def watch_notebook(trace: Trace) -> None:
    """Keep this trace for whatever no task opens, until the process ends."""
    global _notebook
    begin(trace)
    with _lock:
        _notebook = [trace]
    end(trace)


@contextmanager
def untraced() -> Iterator[None]:
    """Nothing that this thread opens meanwhile is written down: it is our own work."""
    outer = getattr(_quiet, "on", False)
    _quiet.on = True
    try:
        yield
    finally:
        _quiet.on = outer


def enter(trace: Trace) -> Trace | None:
    """Make this the trace of the running context; gives back the one before."""
    outer = _current.get()
    _current.set(trace)
    return outer


def leave(outer: Trace | None) -> None:
    """Put back what :func:`enter` gave."""
    _current.set(outer)


def active_traces() -> tuple[Trace, ...]:
    """The traces of the tasks that run in this process now."""
    return tuple(_active)


def watch_imports() -> None:
    """From now on note which state of its file each module is imported from."""
    global _installed
    with _lock:
        if not _installed:
            note_imported()
            sys.addaudithook(_hook)
            _installed = True


def _hook(event: str, args: tuple[object, ...]) -> None:
    if event == "exec":
        note_loaded(args[0])
    if not _switch:
        return
    record = RECORDERS.get(event)
    if record is None or getattr(_quiet, "on", False):
        return
    for trace in _traces():
        _quiet.on = True  # what the recorder itself opens is not what the body opens
        try:
            record(trace, args)
        finally:
            _quiet.on = False


def _traces() -> tuple[Trace, ...]:
    """Whose event this is: the running context's task; else the only task; else the notebook."""
    trace = _current.get()
    if trace is not None:
        return (trace,)
    # A thread that the body started has no context of its own: the event belongs to whichever tasks run.
    return tuple(_active) or tuple(_notebook)
