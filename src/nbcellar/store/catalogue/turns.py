"""Turns: those who publish on one machine go one after the other, where that can be had soon.

Only a courtesy. That events are published in the order of their sequences is asked within the publishing transaction,
and whoever was overtaken takes another place; with turns that hardly ever happens. So a lock that cannot be had, on a
file system without locks or because its holder was stopped, delays a publication and never prevents it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcellar.store.catalogue.connections import Catalogue

PATIENCE_S = 5.0
_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.02


@contextmanager
def turn(catalogue: Catalogue, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the turn to publish; after ``patience_s`` go on without it."""
    fd = _open(turn_path(catalogue.path)) if catalogue.path else None
    try:
        if fd is not None:
            _wait(fd, time.monotonic() + patience_s)
        yield
    finally:
        if fd is not None:
            _let_go(fd)


def turn_path(catalogue: Path) -> Path:
    """The file whose lock is the turn: beside the catalogue, empty, and without meaning when nobody holds it."""
    return catalogue.with_name(f"{catalogue.name}-turn")


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:  # a full or read-only disk: publishing says so better
        return None


def _let_go(fd: int) -> None:
    with contextlib.suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_UN)  # also for a child that was forked meanwhile and has the descriptor too
    os.close(fd)


def _wait(fd: int, until: float) -> None:
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return
        except OSError:  # a file system without locks
            return
        else:
            return
        time.sleep(pause_s * os.urandom(1)[0] / 255)  # so that none is always too late
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
