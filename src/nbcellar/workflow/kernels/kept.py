"""A kernel that outlives the failed notebook that it ran, for somebody to look around in."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Run
from nbcellar.store.objects.processes import start_of, this_process

END_S = 10.0
POLL_S = 0.01
RELEASE = """
def _nbcellar_release():
    import os, types
    from ipykernel import parentpoller
    first = os.getppid()
    parentpoller.os = types.SimpleNamespace(getppid=lambda: first, _exit=os._exit)
_nbcellar_release()
del _nbcellar_release
"""
"""Run in a kernel: it no longer ends with the process that started it. Its poller asks this ``os`` and no other."""


@dataclass(frozen=True, slots=True)
class KeptKernel:
    """Where a kernel listens, and which process it is.

    Attributes:
        started: When the process was, as the system counts: another process of that id is another kernel.
        boot: Which start of the machine that was.
    """

    pid: int
    started: str
    boot: str
    host: str
    connection_file: str

    @classmethod
    def of(cls, pid: int, connection_file: str) -> KeptKernel:
        """A kernel that runs here and now."""
        own = this_process()
        return cls(pid, start_of(pid), str(own["boot"]), str(own["host"]), connection_file)

    @property
    def command(self) -> str:
        """What to type to look around in it."""
        import shlex

        return f"jupyter console --existing {shlex.quote(self.connection_file)}"

    @property
    def lives(self) -> bool:
        """Whether it still runs, on this machine."""
        own = this_process()
        return (self.boot, self.host) == (own["boot"], own["host"]) and start_of(self.pid) == self.started != ""

    def end(self) -> None:
        """End it with all that it started; nothing where it has ended."""
        import shutil  # with its archives 3 ms, and hardly ever is there a kernel to end

        if self.lives:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._await_end()
            shutil.rmtree(Path(self.connection_file).parent, ignore_errors=True)

    def _await_end(self) -> None:
        """Wait until the system has ended it, which on a busy machine takes a while."""
        deadline = time.monotonic() + END_S
        while self.lives and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def to_json(self) -> JSON:
        """As a run's record keeps it."""
        return {
            "pid": self.pid,
            "started": self.started,
            "boot": self.boot,
            "host": self.host,
            "connection_file": self.connection_file,
        }


def kept_kernel(run: Run) -> KeptKernel | None:
    """The kernel of a notebook's run, where it was kept and still lives."""
    match run.detail.get("kept_kernel"):
        case {
            "pid": int(pid),
            "started": str(started),
            "boot": str(boot),
            "host": str(host),
            "connection_file": str(connection_file),
        }:
            kernel = KeptKernel(pid, started, boot, host, connection_file)
            return kernel if kernel.lives else None
    return None
