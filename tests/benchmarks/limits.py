"""The suite of limits, which have plain figures or no peer: a million files, a large file, a command's start."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.benchmarks.command import Command, Measure, run, settle
from tests.benchmarks.machine import facts
from tests.benchmarks.page import table
from tests.benchmarks.peers.ours import PROGRAM, ROOT
from tests.benchmarks.rounds import rotated
from tests.benchmarks.workload import MIB, large_file, overwrite, tiny_files

HEADS = ("Work", "By", "Time", "CPU", "Memory", "Bar")
MOST_MEMORY = 500 * MIB


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    files: int = 1_000_000
    large_mib: int = 5632
    starts: int = 9


FULL = Size()
QUICK = Size(files=20_000, large_mib=128, starts=3)


@dataclass(frozen=True, slots=True)
class Bar:
    """At most so much; None where there is no bar."""

    seconds: float | None = None
    peak_bytes: int | None = None

    def text(self, seconds: float, peak_bytes: int) -> str:
        """As the table shows it: what is wanted, and whether it was met."""
        parts = []
        if self.seconds is not None:
            parts.append(f"{'✓' if seconds <= self.seconds else '✗'} ≤ {self.seconds:g} s")
        if self.peak_bytes is not None:
            parts.append(f"{'✓' if peak_bytes <= self.peak_bytes else '✗'} ≤ {self.peak_bytes / MIB:.0f} MiB")
        return ", ".join(parts)


@dataclass(slots=True)
class Limits:
    """Runs commands and keeps their rows.

    Args:
        scratch: Where everything is made.
        say: Told of every command.
    """

    scratch: Path
    say: Callable[[str], None]
    lines: list[tuple[str, ...]] = field(default_factory=list)

    def step(self, work: str, folder: Path, words: Sequence[str], bar: Bar) -> None:
        """Run one command of ours, and keep its row."""
        settle()
        measure = run(Command(words, folder), self.scratch / "log")
        self.row(work, "nbcellar", [measure], bar)

    def row(self, work: str, who: str, measures: Sequence[Measure], bar: Bar) -> None:
        """One row of medians."""
        seconds, cpu_s = median(one.seconds for one in measures), median(one.cpu_s for one in measures)
        peak = max(one.peak_bytes for one in measures)
        figures = (_time(seconds), _time(cpu_s), f"{peak / MIB:.0f} MiB")
        self.lines.append((work, who, *figures, bar.text(seconds, peak)))
        self.say(" · ".join(self.lines[-1]))

    def project(self, name: str) -> Path:
        """An empty project."""
        folder = self.scratch / name
        (folder / "data").mkdir(parents=True)
        (folder / "pyproject.toml").touch()
        return folder


def _time(seconds: float) -> str:
    return (
        f"{seconds:.2f} s"
        if seconds >= 1
        else f"{seconds * 1000:.2g} ms"
        if seconds < 0.1
        else f"{seconds * 1000:.0f} ms"
    )


def many_files(limits: Limits, count: int) -> None:
    """A million files of 100 bytes: saved, saved again, and questions about them."""
    folder = limits.project("many")
    tiny_files(folder / "data", count)
    work = f"{count:,} files of 100 bytes: {{}}"
    save = [PROGRAM, "save", "data"]
    limits.step(work.format("first save"), folder, save, Bar(peak_bytes=MOST_MEMORY))
    limits.step(work.format("saved again, unchanged"), folder, save, Bar(120, MOST_MEMORY))
    limits.step(work.format("listed"), folder, [PROGRAM, "ls", "data@1"], Bar(peak_bytes=MOST_MEMORY))
    script = str(ROOT / "tests" / "benchmarks" / "asking.py")
    measure = run(Command([sys.executable, script], folder), limits.scratch / "answers")
    for question, answer in json.loads((limits.scratch / "answers").read_text()).items():
        limits.row(work.format(question), "nbcellar", [Measure(*answer, measure.peak_bytes)], Bar(0.1))
    shutil.rmtree(folder)


def one_large_file(limits: Limits, mib: int) -> None:
    """A file beyond 5 GiB: saved, restored, and mended in place where a part of it was changed."""
    folder = limits.project("large")
    large_file(mib).make(folder / "data")
    work = f"a file of {mib:,} MiB: {{}}"
    memory = Bar(peak_bytes=MOST_MEMORY)
    limits.step(work.format("first save"), folder, [PROGRAM, "save", "data"], memory)
    limits.step(work.format("saved again, unchanged"), folder, [PROGRAM, "save", "data"], memory)
    restore = [PROGRAM, "restore", "data@1", "--to"]
    limits.step(work.format("restore into an empty folder"), folder, [*restore, "out"], memory)
    shutil.rmtree(folder / "out")
    overwrite(folder / "data" / "large.bin", MIB)
    mend = [*restore, ".", "--overwrite", "replace"]
    limits.step(work.format("restore in place, 1 MiB changed"), folder, mend, memory)
    shutil.rmtree(folder)


def starts(limits: Limits, dvc: Path, rounds: int) -> None:
    """What the least command takes, from nothing to the prompt."""
    folder = limits.project("start")
    (folder / "data" / "file").write_text("content")
    run(Command([PROGRAM, "save", "data"], folder), limits.scratch / "log")
    programs = {
        "nbcellar --version": [PROGRAM, "--version"],
        "nbcellar ls": [PROGRAM, "ls"],
        "python -c pass": [sys.executable, "-c", "pass"],
        "git --version": ["git", "--version"],
        "restic version": ["restic", "version"],
        "dvc --version": [str(dvc), "--version"],
    }
    found: dict[str, list[Measure]] = {name: [] for name in programs}
    for number in range(rounds):
        for name in rotated(list(programs), number):
            found[name].append(run(Command(programs[name], folder), limits.scratch / "log"))
    for name, measures in found.items():
        limits.row("a command's start", name, measures, Bar())
    shutil.rmtree(folder)


def bench(size: Size, dvc: Path, scratch: Path, say: Callable[[str], None], only: Sequence[str] = ()) -> Iterator[str]:
    """Run everything, or only these parts; the section of the page after each part."""
    limits = Limits(scratch, say)
    parts: dict[str, Callable[[], None]] = {
        "start": lambda: starts(limits, dvc, size.starts),
        "many": lambda: many_files(limits, size.files),
        "large": lambda: one_large_file(limits, size.large_mib),
    }
    for name, part in parts.items():
        if not only or name in only:
            part()
            yield section(limits)


def section(limits: Limits) -> str:
    """The section of the page."""
    return "\n\n".join(
        (
            "## Limits",
            f"Once on {', '.join(facts(limits.scratch))}; starts are medians.",
            table(HEADS, limits.lines),
            "Questions are asked twice in one process, and the second answer is timed, without the process’s start.",
        )
    )
