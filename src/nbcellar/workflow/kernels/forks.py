"""Kernels forked from one process that has imported what they all import: a seventh of the work of a new one."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import IOBase
from pathlib import Path

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from nbcellar.model import JSON
from nbcellar.workflow.kernels.forkhost import FORKS, HOST
from nbcellar.workflow.kernels.forkserver import MESSAGE_BYTES

ANSWER_S = 120
"""Until the server must have answered: it imports first, and the machine may be busy."""
LAUNCHER = "ipykernel_launcher"
_AT_START = re.compile(r"(PYTHON|LD_|OMP_|MPLBACKEND$|LANG$|LANGUAGE$|LC_|MALLOC_|GLIBC_)")
"""Variables that count when a process begins or imports: another value needs a process of its own."""


class ForkingProvisioner(LocalProvisioner):
    """Forks its kernel where that gives the same kernel as a new process; else starts that.

    Attributes:
        cold: Why the kernel was not forked; empty where it was.
    """

    cold = ""
    _channel: socket.socket | None = None
    _exit_code: int | None = None

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel."""
        return self._channel is not None or super().has_process

    async def launch_kernel(self, cmd: list[str], **kwargs: object) -> KernelConnectionInfo:
        """Fork a kernel, or start one."""
        environment = kwargs["env"]
        assert isinstance(environment, dict)
        self.cold = different_command(cmd) or different_environment(HOST.environment, environment)
        if not self.cold:
            self.cold = await self._fork(cmd, environment, kwargs)
        if self.cold:
            return await super().launch_kernel(cmd, **kwargs)
        return self.connection_info

    async def _fork(self, cmd: list[str], environment: dict[str, str], kwargs: Mapping[str, object]) -> str:
        """Order a kernel; why there is none, empty where there is."""
        order: dict[str, JSON] = {
            "arguments": [_launcher_file(), *cmd[3:]],
            "environment": dict(environment),
            "folder": str(kwargs.get("cwd") or Path.cwd()),
            "mask": _mask(),
        }
        try:
            channel = HOST.order(order, _descriptor(kwargs.get("stdout"), 1), _descriptor(kwargs.get("stderr"), 2))
        except OSError as error:
            return f"there is no process to fork from ({HOST.epitaph() or error})"
        channel.setblocking(False)
        answer = await _answer(channel)
        match answer:
            case {"pid": int(pid)}:
                self.pid = self.pgid = pid
                self.cwd = kwargs.get("cwd")
                self._channel = channel
                return ""
            case {"cold": str(reason)}:
                channel.close()
                return reason
        channel.close()
        return f"the process to fork from has ended ({HOST.epitaph()})"

    async def ended(self) -> int:
        """Wait until a forked kernel has ended; its exit code, as poll gives it."""
        assert self._channel is not None, "the kernel was not forked"
        if self._exit_code is None:
            match await _read(self._channel):
                case {"exit": int(code)}:
                    self._exit_code = code
                case _:  # the server was killed, and its kernels with it
                    self._exit_code = -signal.SIGKILL
                    _kill_group(self.pid)
        return self._exit_code

    async def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._exit_code if self._channel else await super().poll()

    async def wait(self) -> int | None:
        """Wait until it has ended."""
        if self._channel is None:
            return await super().wait()
        code = await self.ended()
        self._channel.close()
        self._channel = None
        return code

    async def send_signal(self, signum: int) -> None:
        """Let the server send it: there the id is surely the kernel's."""
        if self._channel is None:
            await super().send_signal(signum)
        elif self._exit_code is None:
            with suppress(ConnectionError):
                self._channel.send(str(int(signum)).encode())

    async def kill(self, restart: bool = False) -> None:
        """End it and what it started."""
        if self._channel is None:
            await super().kill(restart)
        else:
            await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """Ask it to end."""
        if self._channel is None:
            await super().terminate(restart)
        else:
            await self.send_signal(signal.SIGTERM)


def why_cold(spec: KernelSpec | None) -> str:
    """Why no kernel of this kind can be forked; empty where it can."""
    if not FORKS:
        return "only Linux can fork safely"
    if spec is None:
        return "it has no kernelspec"
    provisioner = spec.metadata.get("kernel_provisioner", {}).get("provisioner_name", "local-provisioner")
    if provisioner != "local-provisioner":
        return f"its kernelspec has a provisioner of its own, {provisioner}"
    if spec.interrupt_mode != "signal":
        return "it is interrupted by messages"
    return ""


def different_command(command: Sequence[str]) -> str:
    """Why a kernel with this command line is none that can be forked."""
    if not command or not _same_interpreter(command[0]):
        return "its kernelspec names another interpreter"
    if command[1:3] != ["-m", LAUNCHER]:
        return f"its kernelspec is not `python -m {LAUNCHER}`"
    return ""


def different_environment(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Which variable of those that count at the start differs."""
    for name in sorted({*before, *now}):
        if _AT_START.match(name) and before.get(name) != now.get(name):
            return f"{name} is not what it was when the process to fork from began"
    return ""


def _same_interpreter(path: str) -> bool:
    """Whether it is this one: the same file, and in the same folder, for that makes the environment."""
    ours, theirs = os.path.abspath(sys.executable), os.path.abspath(path)
    return os.path.realpath(ours) == os.path.realpath(theirs) and os.path.realpath(
        os.path.dirname(ours)
    ) == os.path.realpath(os.path.dirname(theirs))


def _launcher_file() -> str:
    from importlib.util import find_spec

    spec = find_spec(LAUNCHER)
    return spec.origin or "" if spec else ""


def _mask() -> int:
    """The mask for new files, without changing it for a moment."""
    with open("/proc/self/status") as status:
        words = next(line.split() for line in status if line.startswith("Umask:"))
    return int(words[1], 8)


def _descriptor(stream: object, default: int) -> int:
    match stream:
        case int(number):
            return number
        case IOBase():
            return stream.fileno()
    return default


async def _answer(channel: socket.socket) -> Mapping[str, JSON]:
    try:
        return await asyncio.wait_for(_read(channel), ANSWER_S)
    except TimeoutError:
        return {"cold": f"the process to fork from did not answer within {ANSWER_S} s"}


async def _read(channel: socket.socket) -> Mapping[str, JSON]:
    """The next message; empty where the server is gone."""
    try:
        message = await asyncio.get_running_loop().sock_recv(channel, MESSAGE_BYTES)
    except ConnectionError:
        return {}
    content: Mapping[str, JSON] = json.loads(message or b"{}")
    return content


def _kill_group(pid: int | None) -> None:
    if pid:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
