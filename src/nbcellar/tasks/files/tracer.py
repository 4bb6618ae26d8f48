"""What is opened: one audit hook for the life of the process, with a switch.

Python reports every ``open``, listing, rename and removal to audit hooks before it happens. While a trace is
active, the hook writes down which files were read and which written; what C libraries and child processes do, it cannot
see (scans and the names in the code find those). Off, it costs one comparison an event; on, about 10 microseconds
an open. A hook can never be taken out of a process, so there is one.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeAlias

from nbcellar.tasks.files.loaded import note_imported, note_loaded

Stamp: TypeAlias = tuple[int, int, int]
"""Size, modification time and inode: another content has another stamp."""

_IMPORTLIB = ("<frozen importlib._bootstrap_external>", "importlib/metadata/__init__.py")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MODULES = (".py", ".pyc", ".so", ".pyi")


def stamp(path: str) -> Stamp | None:
    """The stamp of a regular file; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino) if stat.S_ISREG(found.st_mode) else None


@dataclass(slots=True)
class Trace:
    """What one task, or one notebook outside of its tasks, opened. Paths are absolute and normal.

    Attributes:
        before_overwrite: Called with the path of a file that was read and is about to be written, renamed over or
            removed, while its content still stands.
        reads: Files that were read before this trace wrote them, with their stamp then.
        writes: Files that were opened for writing, renamed to, or made; True where there was a file before.
        listings: Folders whose names were asked for.
        databases: Files given to ``sqlite3.connect``, with their stamp then; None for one that this trace made.
        children: Child processes were started.
        connections: Hosts, with port, that were connected to.
        readonly: Files that may not be written: linked inputs.
        on_write: Called with each path before it is written for the first time.
        on_folder: Called with each folder before it becomes the current one.
        on_database: Called with each database file that there is, before it is opened for the first time: nobody sees
            when it is written.
    """

    before_overwrite: Callable[[str], None]
    on_write: Callable[[str], None] | None = None
    on_folder: Callable[[str], None] | None = None
    on_database: Callable[[str], None] | None = None
    reads: dict[str, Stamp] = field(default_factory=dict)
    writes: dict[str, bool] = field(default_factory=dict)
    listings: set[str] = field(default_factory=set)
    databases: dict[str, Stamp | None] = field(default_factory=dict)
    connections: set[str] = field(default_factory=set)
    readonly: frozenset[str] = frozenset()
    children: bool = False

    def read(self, path: str) -> None:
        """A file is about to be read."""
        if path not in self.reads and path not in self.writes:
            found = stamp(path)
            if found is not None:
                self.reads[path] = found

    def write(self, path: str) -> None:
        """A file is about to be written, replaced or removed."""
        if path in self.readonly:
            raise PermissionError(errno.EACCES, "An input of this task, linked read-only", path)
        if path in self.writes:
            return
        if path in self.reads:
            self.before_overwrite(path)
        self.writes[path] = stamp(path) is not None
        if self.on_write is not None:
            self.on_write(path)

    def connect(self, path: str) -> None:
        """A database file is about to be opened, for reading, writing or both."""
        if path not in self.databases:
            self.databases[path] = None if path in self.writes else stamp(path)
            if self.databases[path] is not None and self.on_database is not None:
                self.on_database(path)


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
    record = _RECORDERS.get(event)
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


def _path(value: object) -> str | None:
    """The absolute, normal path that an argument names; None where it names no file."""
    if not isinstance(value, str | bytes | os.PathLike):
        return None
    text = os.fspath(value)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if not isinstance(text, str) or not text or "\0" in text:
        return None
    try:
        return os.path.abspath(text)
    except FileNotFoundError:  # the current folder is gone
        return None


def _from_import() -> bool:
    """Whether the import system asks: project modules are found by another way, listings by it mean nothing."""
    frame = sys._getframe(3)
    return frame.f_code.co_filename.endswith(_IMPORTLIB)


def _on_open(trace: Trace, args: tuple[object, ...]) -> None:
    path = _path(args[0])
    if path is None:
        return
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        writes, reads = any(letter in mode for letter in "wax+"), "r" in mode or "a" in mode
    else:
        writes = isinstance(flags, int) and bool(flags & _WRITING)
        reads = not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_TRUNC))
    if reads and not (path.endswith(_MODULES) and _from_import()):
        trace.read(path)
    if writes:
        trace.write(path)


def _on_listing(trace: Trace, args: tuple[object, ...]) -> None:
    path = _path("." if args[0] is None else args[0])
    if path is not None and not _from_import():
        trace.listings.add(path)


def _on_glob(trace: Trace, args: tuple[object, ...]) -> None:
    pattern = _path(args[0])
    if pattern is not None:
        folder = pattern.split("*", 1)[0].split("?", 1)[0].split("[", 1)[0]
        trace.listings.add(os.path.dirname(folder))


def _on_rename(trace: Trace, args: tuple[object, ...]) -> None:
    source, target = (_path_at(*pair) for pair in zip(args[:2], (*args[2:4], -1, -1)[:2], strict=True))
    for path in (source, target):
        if path is not None:
            trace.write(path)


def _on_link(trace: Trace, args: tuple[object, ...]) -> None:
    """A new name; what it leads to is not written by that."""
    path = _path_at(args[1], args[-1])
    if path is not None:
        trace.write(path)


def _on_change(trace: Trace, args: tuple[object, ...]) -> None:
    path = _path_at(args[0], args[1] if len(args) > 1 else -1)
    if path is not None:
        trace.write(path)


def _path_at(value: object, folder: object) -> str | None:
    """As :func:`_path`, relative to the folder of a descriptor where one is given."""
    if not isinstance(folder, int) or folder < 0 or not isinstance(value, str | bytes):
        return _path(value)
    try:
        return os.path.normpath(os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(value)))
    except OSError:  # no such descriptor, or no /proc
        return None


def _on_truncate(trace: Trace, args: tuple[object, ...]) -> None:
    path = _path(args[0])
    if path is not None:
        trace.write(path)


def _on_chdir(trace: Trace, args: tuple[object, ...]) -> None:
    path = _path(args[0])
    if path is not None and trace.on_folder is not None and os.path.isdir(path):
        trace.on_folder(path)


def _on_connect(trace: Trace, args: tuple[object, ...]) -> None:
    text = args[0]
    if isinstance(text, str) and text.startswith("file:"):
        text = text.removeprefix("file:").partition("?")[0]
    path = _path(text) if text not in (":memory:", "") else None
    if path is not None:
        trace.connect(path)


def _on_child(trace: Trace, args: tuple[object, ...]) -> None:
    trace.children = True


def _on_socket(trace: Trace, args: tuple[object, ...]) -> None:
    match args[1]:
        case (str(host), int(port), *_) if not host.startswith("127.") and host not in ("localhost", "::1"):
            trace.connections.add(f"{host}:{port}")
        case _:
            pass


_RECORDERS: dict[str, Callable[[Trace, tuple[object, ...]], None]] = {
    "open": _on_open,
    "os.listdir": _on_listing,
    "os.scandir": _on_listing,
    "glob.glob": _on_glob,
    "os.rename": _on_rename,
    "os.remove": _on_change,
    "os.truncate": _on_truncate,
    "os.link": _on_link,
    "os.symlink": _on_link,
    "os.chdir": _on_chdir,
    "sqlite3.connect": _on_connect,
    "subprocess.Popen": _on_child,
    "os.system": _on_child,
    "os.posix_spawn": _on_child,
    "os.fork": _on_child,
    "socket.connect": _on_socket,
}
