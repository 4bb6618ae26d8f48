"""Whether the process that opened a run still lives (its host, id and start time tell), and how many make sense."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from nbcellar.model import JSON


def this_process() -> dict[str, JSON]:
    """Host, boot, process id and start time of this process."""
    pid = os.getpid()
    return {"host": os.uname().nodename, "boot": _boot(), "pid": pid, "pid_started": start_of(pid)}


def is_gone(origin: Mapping[str, JSON]) -> bool:
    """Whether the process of a run's origin ran on this host and has ended; False where it cannot be known."""
    pid = origin.get("pid")
    if origin.get("host") != os.uname().nodename or not isinstance(pid, int):
        return False
    if origin.get("boot") != _boot():
        return True
    now = start_of(pid)
    return not now or now != origin.get("pid_started")


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_idle_processor() -> bool:
    """Whether one of them has nothing to do just now; False where that cannot be known."""
    try:
        running = Path("/proc/loadavg").read_bytes().split()[3].partition(b"/")[0]
    except OSError:  # not Linux
        return False
    return int(running) < cores()  # this process is one of those that run


@lru_cache(maxsize=1)
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:  # not Linux
        return ""


def start_of(pid: int) -> str:
    """When a process was started, in the kernel's ticks; empty where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else _signal(pid)
    except ProcessLookupError:
        return ""
    fields = stat.rpartition(b")")[2].split()
    return "" if fields[0] == b"Z" else fields[19].decode()


def _signal(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "running"
    return "running"
