"""One whole command, measured as the operating system accounts for it."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, where, and what the environment has besides.

    Attributes:
        words: The program and its arguments.
        settings: Environment variables over those of the benchmark.
    """

    words: Sequence[str]
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True)
class Measure:
    """What one run of a command took.

    Attributes:
        seconds: By the wall's clock, from before the fork to after the end.
        cpu_s: Of the command and the children that it waited for, user and system.
        peak_bytes: The largest resident memory of one of them.
    """

    seconds: float
    cpu_s: float
    peak_bytes: int


def run(command: Command, log: Path) -> Measure:
    """Run to the end; what it prints goes to the log.

    Raises:
        RuntimeError: It failed; the message has the end of the log.
    """
    with open(log, "wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.words,
            cwd=command.folder,
            env={**_environment(), **command.settings},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"`{command}` in {command.folder} ended with {process.returncode}:\n{tail}")
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _environment() -> dict[str, str]:
    """As people have it: Python keeps compiled modules."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def settle() -> None:
    """Let nobody pay for what somebody else left to be written."""
    os.sync()
