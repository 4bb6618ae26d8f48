"""Makes many files durable at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from types import TracebackType

from nbcellar.lighttypes import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_AT_ONCE = 16


class Syncer:
    """Syncs open files, several at a time; use it as a context manager, from any threads.

    A file system makes durable together what waits for it together: many that wait cost it little more than one.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Syncer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def sync(self, fds: Sequence[int]) -> Iterable[OSError | None]:
        """Sync all; how each of them went, in their order."""
        if len(fds) < 2:
            return [_sync(fd) for fd in fds]
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor  # most restores replace nothing

            self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="nbcellar-syncer")
        return list(self._pool.map(_sync, fds))


def _sync(fd: int) -> OSError | None:
    try:
        os.fsync(fd)
    except OSError as error:
        return error
    return None
