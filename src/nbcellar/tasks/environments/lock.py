"""One writer at a time for an environment's folder; whoever waits too long is told who has it."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcellar.errors import ConflictError, StorageError

LOCK_FILE = ".env.lock"
WAIT_S = 5.0
_STEP_S = 0.05
_MOST = 4096


@contextmanager
def locked(folder: Path, wait_s: float = WAIT_S) -> Iterator[str]:
    """Hold the folder; gives who held it before. The system frees it when a process dies.

    Raises:
        ConflictError: Somebody else holds it, and did not let go while we waited.
        StorageError: The folder cannot be written.
    """
    try:
        fd = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(
            f"The environment's folder {folder} cannot be written: {error.strerror}.",
            saved="What was saved before stays.",
        ) from error
    try:
        _take(fd, folder, time.monotonic() + wait_s)
        previous = _in_words(os.pread(fd, _MOST, 0))
        os.ftruncate(fd, 0)
        os.pwrite(fd, _ourselves(), 0)
        yield previous
    finally:
        os.close(fd)


def _take(fd: int, folder: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise ConflictError(
                    f"The environment {folder.name} is being saved by {_in_words(os.pread(fd, _MOST, 0))}.",
                    saved="Your values are unchanged and not saved yet.",
                    hint="Call dump() again when that has ended.",
                ) from None
            time.sleep(_STEP_S)
        else:
            return


def _ourselves() -> bytes:
    program = Path(sys.argv[0] or sys.executable).name
    at = time.strftime("%Y-%m-%d %H:%M:%S")
    return json.dumps({"pid": os.getpid(), "host": os.uname().nodename, "program": program, "at": at}).encode()


def _in_words(text: bytes) -> str:
    try:
        holder = json.loads(text)
    except ValueError:  # the holder has just begun to write it
        return "another process"
    match holder:
        case {"pid": int(pid), "host": str(host), "program": str(program), "at": str(at)}:
            where = "" if host == os.uname().nodename else f" on {host}"
            return f"process {pid} ({program}){where} at {at}"
    return "another process"
