"""Folders of one process in the system's folder for temporary files, and what killed processes left of theirs.

A folder's name says whose it is: ``nbcellar-PLACE-PID-STARTED-RANDOM``. The place stands for host and process
namespace, so that nobody takes a process of another container, which shares the folder, for one that has ended.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from nbcellar.store.objects.processes import start_of

_NAME = re.compile(r"nbcellar-(?P<place>[0-9a-f]{6})-(?P<pid>\d{1,10})-(?P<started>\w{1,20})-\w{8}")
HEIR = "heir"
"""In a folder: the process, ``PID-STARTED``, that it goes to when its own is gone."""


def make_private_folder() -> Path:
    """A new folder that only this user can look into; who makes it removes it."""
    import tempfile

    pid = os.getpid()
    _sweep_once(tempfile.gettempdir())
    return Path(tempfile.mkdtemp(prefix=f"nbcellar-{_place()}-{pid}-{start_of(pid)}-"))


@contextmanager
def private_folder() -> Iterator[Path]:
    """A private folder for as long as the block lasts."""
    import shutil

    folder = make_private_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def bequeath(folder: Path, pid: int) -> None:
    """Leave a folder to another process: it stays for as long as that one lives."""
    (folder / HEIR).write_text(f"{pid}-{start_of(pid)}")


def sweep(parent: Path | str) -> list[str]:
    """Remove this user's folders whose process has ended without removing them; returns their names.

    What is no folder of that name, a link, somebody else's, or of another host or container is left alone.
    """
    import shutil

    removed = []
    for name in _names_in(parent):
        match = _NAME.fullmatch(name)
        if match is None or match["place"] != _place() or _lives(match["pid"], match["started"]):
            continue
        path = os.path.join(parent, name)
        if _is_own_folder(path) and not _has_heir(path):
            shutil.rmtree(path, ignore_errors=True)  # it follows no link, within the folder neither
            removed.append(name)
    return removed


@lru_cache(maxsize=1)
def _sweep_once(parent: str) -> None:
    sweep(parent)


def _names_in(parent: Path | str) -> list[str]:
    try:
        return os.listdir(parent)
    except OSError:  # who may only write there has to leave what is there
        return []


@lru_cache(maxsize=1)
def _place() -> str:
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # not Linux
        namespace = ""
    return blake2b(f"{os.uname().nodename} {namespace}".encode(), digest_size=3).hexdigest()


def _lives(pid: str, started: str) -> bool:
    return started != "" and start_of(int(pid)) == started


def _is_own_folder(path: str) -> bool:
    with suppress(OSError):
        found = os.lstat(path)
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return False


def _has_heir(path: str) -> bool:
    """Whether a kernel that was kept alive uses it; a note that cannot be read is none."""
    with suppress(OSError, ValueError):
        handle = os.open(os.path.join(path, HEIR), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, encoding="ascii") as note:
            pid, _, started = note.read(40).partition("-")
        return pid.isdigit() and _lives(pid, started)
    return False
