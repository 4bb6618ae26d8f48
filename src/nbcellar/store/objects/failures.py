"""What the system's errors mean for a store: one place that turns them into ours."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from nbcellar.errors import CredentialsRefused, NbcellarError, StorageError, StoreFull, Unreachable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}

NOTHING_PUBLISHED = "Nothing was published; your files are untouched."
NOTHING_CHANGED = "Nothing was changed."


def storage_error(error: OSError, doing: str, place: str, saved: str) -> StorageError:
    """Our error for a failed call of the operating system or of fsspec.

    Args:
        error: What happened.
        doing: What was tried: ``"write to"``.
        place: The store, file or URL.
        saved: What is certain now.
    """
    reason = error.strerror or str(error) or type(error).__name__
    if error.errno in _FULL:
        return StoreFull(
            f"The store at {place} is full ({reason}).",
            saved=saved,
            hint="Free some space on that disk, or run `nbcellar free 1GB`.",
        )
    if error.errno in _DENIED:
        hint = "Check who owns the folder and whether the disk is read-only, or set store_url to another place."
        return StorageError(f"Could not {doing} the store at {place}: {reason}.", saved=saved, hint=hint)
    if isinstance(error, PermissionError):
        return CredentialsRefused(
            f"The store at {place} refuses who we are: {reason}.", saved=saved, hint="Check the credentials."
        )
    if isinstance(error, ConnectionError | TimeoutError):
        return Unreachable(f"The store at {place} does not answer: {reason}.", saved=saved, hint="Try again later.")
    hint = "Look at the disk's health, then run `nbcellar check`."
    if error.errno == errno.ENOTDIR:
        hint = "A store is a folder, and a file stands in its place: name another."
    return StorageError(f"Could not {doing} the store at {place}: {reason}.", saved=saved, hint=hint)


def file_error(error: OSError, doing: str, path: str, saved: str) -> StorageError:
    """Our error for a call that failed on a file or folder of the user's, outside of the store.

    Args:
        error: What happened.
        doing: What was tried: ``"write"``.
        path: The file or folder.
        saved: What is certain now.
    """
    reason = error.strerror or str(error) or type(error).__name__
    if error.errno in _FULL:
        return StoreFull(f"There is no room for {path} ({reason}).", saved=saved, hint="Free some space on that disk.")
    hint = "Look at that disk's health."
    if error.errno in _DENIED:
        hint = "Check who owns the folder and whether the disk is read-only, or name another place."
    elif error.errno in (errno.ENOENT, errno.ENOTDIR):
        hint = "Make its folder first, or name another place."
    return StorageError(f"Could not {doing} {path}: {reason}.", saved=saved, hint=hint)


def file_errors(doing: str, path: str, saved: str) -> AbstractContextManager[None]:
    """Turn every :class:`OSError` about a place of the user's into ours; our own pass."""
    return _turning(lambda error: file_error(error, doing, path, saved))


def storage_errors(doing: str, place: str, saved: str = NOTHING_PUBLISHED) -> AbstractContextManager[None]:
    """Turn every :class:`OSError` inside into ours; our own pass."""
    return _turning(lambda error: storage_error(error, doing, place, saved))


@contextmanager
def _turning(ours: Callable[[OSError], StorageError]) -> Iterator[None]:
    try:
        yield
    except NbcellarError:
        raise
    except OSError as error:
        raise ours(error) from error
