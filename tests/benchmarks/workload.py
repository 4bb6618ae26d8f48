"""The files that are kept: made once, the same in every run of the benchmarks but for the installed packages."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FOLDERS = 100
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Workload:
    """A folder of files.

    Attributes:
        name: W1 to W4.
        words: What it is.
        make: Fills an empty folder.
        change: What is done to a copy before it is saved again.
    """

    name: str
    words: str
    make: Callable[[Path], None]
    change: Callable[[Path], None]


def small_files(count: int) -> Workload:
    """W1."""
    return Workload("W1", f"{count:,} files of 4 KiB", lambda folder: _many(folder, count, 4096), _rewrite_some)


def large_file(mib: int) -> Workload:
    """W2."""
    return Workload("W2", f"one file of {mib:,} MiB", lambda folder: _one(folder, mib), _append)


def medium_files(count: int) -> Workload:
    """W3."""
    return Workload("W3", f"{count:,} files of 1 MiB", lambda folder: _many(folder, count, MIB), _rewrite_some)


def installed_packages(most: int | None = None) -> Workload:
    """W4."""
    words = "the packages of the test environment" + (f", {most:,} files of them" if most else "")
    return Workload("W4", words, lambda folder: _packages(folder, most), _rewrite_some)


def tiny_files(folder: Path, count: int, size_bytes: int = 100) -> None:
    """Many files of some bytes, a thousand in a folder."""
    draw = random.Random(count)
    for start in range(0, count, 1000):
        below = folder / f"part-{start // 1000:04}"
        below.mkdir(parents=True)
        fd = os.open(below, os.O_RDONLY)
        for number in range(start, min(start + 1000, count)):
            new = os.open(f"{number:07}.json", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=fd)
            os.write(new, draw.randbytes(size_bytes))
            os.close(new)
        os.close(fd)


def overwrite(path: Path, size_bytes: int) -> None:
    """New bytes in the middle of a file."""
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(random.Random(2).randbytes(size_bytes))


def copy(source: Path, target: Path) -> None:
    """A copy with times and modes, links as links."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def some_file(folder: Path) -> str:
    """A file in the middle, relative to the folder."""
    names = _files(folder)
    return names[len(names) // 2]


def size_of(folder: Path) -> tuple[int, int]:
    """How many files, and how many bytes."""
    sizes = [os.lstat(Path(at) / name).st_size for at, _, names in os.walk(folder) for name in names]
    return len(sizes), sum(sizes)


def _files(folder: Path) -> list[str]:
    """The regular files, relative to the folder, sorted; texts, because many paths would make this process large."""
    found = []
    for at, _, names in os.walk(folder):
        below = os.path.relpath(at, folder)
        found += [os.path.normpath(f"{below}/{name}") for name in names if not os.path.islink(f"{at}/{name}")]
    return sorted(found)


def _many(folder: Path, count: int, size_bytes: int) -> None:
    draw = random.Random(size_bytes)
    for number in range(count):
        below = folder / f"part-{number % FOLDERS:03}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"file-{number:05}.bin").write_bytes(draw.randbytes(size_bytes))


def _one(folder: Path, mib: int) -> None:
    draw = random.Random(mib)
    with open(folder / "large.bin", "wb") as file:
        for _ in range(mib):
            file.write(draw.randbytes(MIB))


def _packages(folder: Path, most: int | None) -> None:
    source = Path(sysconfig.get_path("purelib"))
    if most is None:
        shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)
        return
    for name in _files(source)[:most]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, folder / name)


def _rewrite_some(folder: Path) -> None:
    """New bytes for one file in a hundred."""
    draw = random.Random(0)
    for name in _files(folder)[::100]:
        size_bytes = (folder / name).stat().st_size
        (folder / name).write_bytes(draw.randbytes(size_bytes))


def _append(folder: Path) -> None:
    draw = random.Random(1)
    with open(folder / "large.bin", "ab") as file:
        file.write(draw.randbytes(MIB))
