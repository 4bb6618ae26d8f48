"""What the figures were measured on; no date, no name."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def facts(folder: Path) -> list[str]:
    """Processor, memory, kernel, Python and the file system of a folder."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return [
        f"{os.cpu_count()} cores ({processor()})",
        f"{memory / 2**30:.0f} GiB of memory",
        f"{file_system(folder)}",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
    ]


def processor() -> str:
    """The processor's name, as the kernel tells it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def file_system(folder: Path) -> str:
    """The kind of the file system that a folder is on."""
    best, kind = "", "unknown"
    place = os.path.realpath(folder)
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, mount, type_, *_ = line.split()
        if len(mount) > len(best) and (place == mount or place.startswith(mount.rstrip("/") + "/")):
            best, kind = mount, type_
    return kind
