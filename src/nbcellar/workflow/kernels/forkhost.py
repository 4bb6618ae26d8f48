"""The process that kernels are forked from, as the runner holds it: begun for the first one, ended after the last."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from nbcellar.model import JSON

if TYPE_CHECKING:
    import socket
    import subprocess

FORKS = sys.platform == "linux" and hasattr(os, "pidfd_open")
SERVER = "nbcellar.workflow.kernels.forkserver"
END_S = 10.0
TAIL_BYTES = 500


class ForkHost:
    """One server for all runs of this process. Any thread may use it.

    Attributes:
        environment: What the server was started with.
    """

    def __init__(self) -> None:
        self.environment: Mapping[str, str] = {}
        self._lock = threading.Lock()
        self._users = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._errors: IO[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process; None where there is none."""
        return self._server.pid if self._server else None

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Kernels may be ordered meanwhile; the last one out ends the server."""
        with self._lock:
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._close()

    def start(self) -> None:
        """Begin, where that is still to be done: it imports for half a second, while we may do other things."""
        import socket  # with these 20 ms, which a run without kernels does without
        import subprocess
        import tempfile

        with self._lock:
            if not FORKS or not self._users or (self._server and self._server.poll() is None):
                return
            self._close()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.environment = dict(os.environ)
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
            self._control = ours
            with theirs:
                self._server = subprocess.Popen(
                    [sys.executable, "-m", SERVER, str(theirs.fileno())],
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._errors,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )

    def order(self, kernel: Mapping[str, JSON], stdout: int, stderr: int) -> socket.socket:
        """Order a kernel; returns the socket on which it is answered, which its owner closes.

        Raises:
            OSError: There is no server, or it has ended.
        """
        import socket

        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        letter = os.memfd_create("nbcellar-kernel")
        try:
            os.write(letter, json.dumps(kernel).encode("utf-8", "surrogateescape"))
            with self._lock, theirs:
                if self._control is None:
                    raise ConnectionError("it was not started")
                socket.send_fds(self._control, [b"kernel"], [theirs.fileno(), letter, stdout, stderr])
        except BaseException:
            ours.close()
            raise
        finally:
            os.close(letter)
        return ours

    def epitaph(self) -> str:
        """What the server said last; empty where it said nothing."""
        with self._lock:
            if self._errors is None:
                return ""
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - TAIL_BYTES))
            lines = self._errors.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line), "")

    def _close(self) -> None:
        if self._control:
            self._control.close()
        if self._server:
            _end(self._server)
        if self._errors:
            self._errors.close()
        self._control = self._server = self._errors = None


def _end(server: subprocess.Popen[bytes]) -> None:
    from subprocess import TimeoutExpired

    try:
        server.wait(END_S)
    except TimeoutExpired:
        server.kill()
        server.wait()


HOST = ForkHost()
"""This process's."""
