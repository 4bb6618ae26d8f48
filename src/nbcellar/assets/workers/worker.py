"""A process of our own that does jobs beside this one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import blake3

from nbcellar.assets.workers.frames import receive, send, waits

_PROGRAM = "import sys; sys.path[:0] = sys.argv[1:3]; from {} import main; main(*map(int, sys.argv[3:]))"


class Worker:
    """A process at the other end of two pipes.

    Nothing depends on it: where it is killed, its answers end, and whoever gave it a job does the job alone. Close it.
    """

    def __init__(self, pid: int, requests: int, replies: int) -> None:
        self._pid = pid
        self._requests = requests
        self._replies = replies

    def give(self, job: bytes) -> None:
        """Let it do this too, after what it was given before."""
        with contextlib.suppress(BrokenPipeError):  # the answer will be None
            send(self._requests, job)

    def has_answered(self) -> bool:
        """Whether an answer waits to be taken."""
        return waits(self._replies, 0)

    def answer(self) -> bytes | None:
        """Its answer to the oldest job that is not answered yet, however long that takes; None where it is gone."""
        return receive(self._replies)

    def close(self) -> None:
        """End it, whatever it does; it is gone when this returns."""
        os.close(self._requests)
        os.close(self._replies)
        with contextlib.suppress(ChildProcessError):  # whoever waits for all children took it: the number is free
            if os.waitpid(self._pid, os.WNOHANG)[0] == 0:
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)


def start(main: str, shared: Iterable[int]) -> Worker | None:
    """A worker; None where it cannot be started.

    Args:
        main: The module whose ``main`` it runs.
        shared: Descriptors that it is given, as the last arguments of ``main``.
    """
    try:
        with _pipe() as (request_end, requests), _pipe() as (replies, reply_end):
            pid = _spawn(main, [request_end, reply_end, *shared])
            return Worker(pid, os.dup(requests), os.dup(replies))
    except OSError:
        return None


def _spawn(main: str, given: list[int]) -> int:
    with contextlib.ExitStack() as stack:
        ours = [_above_standard(fd, stack) for fd in given]
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
        kept = [(os.POSIX_SPAWN_DUP2, fd, fd) for fd in ours]  # which takes the mark off that closes it in a child
        numbers = [str(number) for number in (os.getpid(), *ours)]
        arguments = [
            sys.executable,
            "-I",
            "-S",
            "-c",
            _PROGRAM.format(main),
            _above(__file__, 4),
            _above(blake3.__file__, 2),
            *numbers,
        ]
        # A group of its own, so that Ctrl-C reaches us alone, and we end it.
        return os.posix_spawn(sys.executable, arguments, os.environ, file_actions=[*null, *kept], setpgroup=0)


def _above(path: str | None, levels: int) -> str:
    """The folder from which a module is imported."""
    folder = os.path.abspath(path or "")
    for _ in range(levels):
        folder = os.path.dirname(folder)
    return folder


def _above_standard(fd: int, stack: contextlib.ExitStack) -> int:
    """The descriptor, or a copy of it: where a program has no standard input, pipes get its number."""
    if fd > 2:
        return fd
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    stack.callback(os.close, copy)
    return copy


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for fd in ends:
            os.close(fd)
