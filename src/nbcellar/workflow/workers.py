"""The threads that steps run in, made when the first step has to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor
    from types import TracebackType

T = TypeVar("T")


class Workers:
    """A pool of threads: a kernel is a process already, so a second one for each step would only cost."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool: ThreadPoolExecutor | None = None

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Do it as soon as a thread is free."""
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor  # 20 ms, which an unchanged run does without

            self._pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="nbcellar-step")
        return self._pool.submit(work)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()
