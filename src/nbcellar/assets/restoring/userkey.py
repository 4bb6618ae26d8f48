"""The key with which a user signs what nobody else may write: 32 random bytes in the user's own data folder."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from nbcellar.errors import StorageError, UnsafeError

SIZE = 32


def data_folder() -> Path:
    """Where this user's own files of nbcellar lie: ``~/.local/share/nbcellar``, or in ``XDG_DATA_HOME``."""
    given = os.environ.get("XDG_DATA_HOME", "")
    if given.startswith("/"):
        return Path(given) / "nbcellar"
    mac = sys.platform == "darwin"
    return Path.home() / ("Library/Application Support" if mac else ".local/share") / "nbcellar"


def key_path() -> Path:
    """The key's file."""
    return data_folder() / "pickle.key"


def read_key() -> bytes | None:
    """The key; None where there is none yet.

    Raises:
        UnsafeError: Others could read or replace it.
        StorageError: It cannot be read.
    """
    path = key_path()
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"The key that signs pickles, {path}, cannot be read: {error.strerror}.") from error
    try:
        _check(path, os.fstat(fd))
        key = os.read(fd, SIZE + 1)
    finally:
        os.close(fd)
    if len(key) != SIZE:
        raise UnsafeError(
            f"{path} is no key: it has {len(key)} bytes.", hint="Remove it; a new one is made, and old pickles refused."
        )
    return key


def own_key() -> bytes:
    """The key, made now where there is none yet; of two processes at once both get the same.

    Raises:
        UnsafeError: As for `read_key`.
        StorageError: It cannot be read or made.
    """
    key = read_key()
    if key is not None:
        return key
    path = key_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
    except OSError as error:
        raise StorageError(
            f"The key that signs pickles cannot be made in {path.parent}: {error.strerror}.",
            hint="Set XDG_DATA_HOME to a folder of your own.",
        ) from error
    key = read_key()
    assert key is not None
    return key


def _make(path: Path) -> None:
    """A link, unlike a rename, never replaces what another process made meanwhile."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            os.write(fd, os.urandom(SIZE))
            os.fsync(fd)
        finally:
            os.close(fd)
        if not os.path.lexists(path):
            os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink(missing_ok=True)


def _check(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise UnsafeError(
            f"{path} can be read or changed by others; whoever can, can sign pickles as you.",
            saved="Nothing was loaded or signed.",
            hint=f"If you trust it, run: chmod 600 {path}. Else remove it: a new one is made.",
        )
