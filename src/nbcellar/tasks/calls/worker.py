"""The processes of a submitted task: ``python -m nbcellar.tasks.calls.worker``, with the call on standard input.

There are two. The first waits: when the task ends, when its caller's process ends (then standard input does), or when
SIGTERM asks for it, it ends whatever is left of the second one's process group. The second runs the task.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import sys
import threading

SIZE_BYTES = 8
GRACE_S = 5.0
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Wait for one call to be run, and end as its process ended."""
    data = sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(SIZE_BYTES), "big"))
    runner = os.fork()
    if runner == 0:
        return _run(data)
    os.setpgid(runner, runner)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop = _Stop(runner)
    signal.signal(signal.SIGTERM, lambda number, frame: stop.begin())
    threading.Thread(target=stop.when_caller_ends, daemon=True).start()
    os.waitid(os.P_PID, runner, os.WEXITED | os.WNOWAIT)  # its group's number is not free before it is waited for
    stop.kill()
    _, status = os.waitpid(runner, 0)
    if os.WIFSIGNALED(status):
        _end_by(signal.Signals(os.WTERMSIG(status)))
    return os.waitstatus_to_exitcode(status)


def _end_by(number: signal.Signals) -> None:
    """End as the runner did, so that the caller sees it."""
    if number is not signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


class _Stop:
    """Ends the runner and its children: by an interrupt, so that the run is closed, then by force."""

    def __init__(self, runner: int) -> None:
        self._runner = runner

    def begin(self) -> None:
        """Interrupt."""
        self._signal(signal.SIGINT)
        timer = threading.Timer(GRACE_S, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """End the whole group."""
        self._signal(signal.SIGKILL)

    def when_caller_ends(self) -> None:
        """Standard input has an end when nobody holds it open; a forked child of the caller may go on holding it."""
        caller = os.getppid()
        ended = threading.Event()

        def read() -> None:
            os.read(0, 1)  # no lock of a buffer is held when the interpreter ends
            ended.set()

        threading.Thread(target=read, daemon=True).start()
        while not ended.wait(1.0) and os.getppid() == caller:
            pass
        self.begin()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of zombies
            os.killpg(self._runner, number)


def _run(data: bytes) -> int:
    """Run the call; 0 where its value was written, else 1."""
    os.setpgid(0, 0)  # both do it, since either may be the first
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from nbcellar.tasks.calls.calling import call  # here, since the process that waits needs none of it

    return call(pickle.loads(data))


if __name__ == "__main__":
    sys.exit(main())
