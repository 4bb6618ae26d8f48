"""What each audit event says of files: the one that is opened, listed, renamed, removed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from nbcellar.assets.workers.decision import EVENT as WORKER_EVENT
from nbcellar.tasks.files.trace import Trace

_IMPORTLIB = ("<frozen importlib._bootstrap_external>", "importlib/metadata/__init__.py")


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


_MODULES = (".py", ".pyc", ".so", ".pyi")


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


def _on_worker(trace: Trace, args: tuple[object, ...]) -> None:
    if isinstance(args[0], list):
        args[0].append("a task's reads are written down")


def _on_socket(trace: Trace, args: tuple[object, ...]) -> None:
    match args[1]:
        case (str(host), int(port), *_) if not host.startswith("127.") and host not in ("localhost", "::1"):
            trace.connections.add(f"{host}:{port}")
        case _:
            pass


RECORDERS: dict[str, Callable[[Trace, tuple[object, ...]], None]] = {
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
    WORKER_EVENT: _on_worker,
    "socket.connect": _on_socket,
}
