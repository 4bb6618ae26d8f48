"""The suite of tasks: what a marker adds to a cell, and a step that is taken from a cache, beside other caches."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from tests.benchmarks.machine import facts
from tests.benchmarks.page import table
from tests.benchmarks.report import shown
from tests.benchmarks.rounds import ratio

STEPS = Path(__file__).with_name("steps")
HEADS = ("Work", "Against", "Ours", "Theirs", "Ratio", "Goal", "CPU")
BARE = "the bare cell"
JOBLIB, MARIMO, JUPYTER_CACHE = "joblib.Memory", "marimo persistent_cache", "jupyter-cache"


@dataclass(frozen=True, slots=True)
class Time:
    """The median of one process, which did the step many times."""

    seconds: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Work:
    """One or more rows.

    Attributes:
        ours: Which step of ``steps/ours.py``.
        others: Program to its script and words; ours again for the bare cell.
        most_ms: What ours may cost over the bare cell or, where there is none, at all; in CPU.
    """

    name: str
    ours: str
    others: dict[str, tuple[str, ...]]
    most_ms: float | None = None


WORKS = (
    Work("an empty cell", "empty", {BARE: ("ours.py", "empty, bare")}, 30),
    Work("a cached cell, 1,000 files in place", "files there", {BARE: ("ours.py", "files, bare")}, 100),
    Work("a cached cell, 1,000 files put back", "files put back", {BARE: ("ours.py", "files, bare")}, 100),
    Work(
        "a cached function, an array of 8 MB", "function", {JOBLIB: ("joblib_memory.py",), MARIMO: ("marimo_cache.py",)}
    ),
    Work("a cached cell, an array of 8 MB", "array", {JUPYTER_CACHE: ("jupyter_cached.py",)}),
)


def measured(words: Sequence[str], python: Path, folder: Path) -> Time:
    """Run a script of ``steps`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbcellar.toml").touch()
    line = [str(python), str(STEPS / words[0]), *words[1:]]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{line} ended with {done.returncode}:\n{done.stdout[-500:]}{done.stderr[-2000:]}")
    return Time(**json.loads(done.stdout.splitlines()[-1]))


def play(work: Work, rounds: int, peers: Path, scratch: Path, say: Callable[[str], None]) -> dict[str, list[Time]]:
    """Every contender once a round, in an order that rotates; each keeps its folder, where its cache is."""
    contenders = {"nbcellar": ("ours.py", work.ours), **work.others}
    found: dict[str, list[Time]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            words = contenders[name]
            python = Path(sys.executable) if words[0] == "ours.py" else peers / "python"
            one = measured(words, python, scratch / work.ours.replace(" ", "-") / name.replace(" ", "-") / "project")
            found[name].append(one)
            say(f"{work.name}, round {number + 1}: {name} {one.seconds * 1e3:.1f} ms, {one.cpu_s * 1e3:.1f} ms of CPU")
    return found


def rows(work: Work, found: dict[str, list[Time]]) -> Iterator[tuple[str, ...]]:
    """As the table shows them."""
    ours = found["nbcellar"]
    for peer in work.others:
        theirs = found[peer]
        one = ratio([each.seconds for each in ours], [each.seconds for each in theirs])
        spread = f"**{shown(one.middle)}** ({shown(one.low)} to {shown(one.high)})"
        cpu = f"{_ms(ours, cpu=True)} / {_ms(theirs, cpu=True)}"
        yield work.name, peer, _ms(ours), _ms(theirs), spread, _bar(work, ours, theirs), cpu


def _bar(work: Work, ours: Sequence[Time], theirs: Sequence[Time]) -> str:
    if work.most_ms is None:
        return ""
    over = work.ours == "empty"
    cost = 1e3 * (median(each.cpu_s for each in ours) - (median(each.cpu_s for each in theirs) if over else 0))
    return f"{'✓' if cost <= work.most_ms else '✗'} ≤ {work.most_ms:g} ms of CPU{' more' if over else ''}"


def _ms(times: Sequence[Time], *, cpu: bool = False) -> str:
    return f"{median(each.cpu_s if cpu else each.seconds for each in times) * 1e3:.1f} ms"


def bench(rounds: int, peers: Path, scratch: Path, say: Callable[[str], None], only: Sequence[str] = ()) -> str:
    """Run everything, or the works whose name has one of these words; the section of the page."""
    lines: list[tuple[str, ...]] = []
    for work in WORKS:
        if not only or any(word in work.name for word in only):
            lines += rows(work, play(work, rounds, peers, scratch, say))
    programs = [("nbcellar", version("nbcellar"), BESIDES)]
    programs += [(name, _version(peers, package), besides) for name, package, besides in PROGRAMS]
    return "\n\n".join(
        (
            "## Tasks",
            f"{rounds} rounds on {', '.join(facts(scratch))}.",
            table(HEADS, lines),
            NOTE,
            table(("Program", "Version", "Besides"), programs),
        )
    )


NOTE = (
    "Here a figure is the step alone, in a process that has done it before: the median of 11 times, then of the "
    "rounds. Files are moved aside before they are put back, not deleted, since ext4 is several times slower for "
    "minutes after many were deleted, for bare cells too. What jupyter-cache takes is the output of the cell, not the "
    "array."
)
BESIDES = (
    "verifies each file that it puts back, sees whether inputs changed, leaves files, names and output as a run does"
)
PROGRAMS = (
    (JOBLIB, "joblib", "a pickle, read without a check; does not fsync"),
    (MARIMO, "marimo", "a pickle, read without a check; does not fsync"),
    (JUPYTER_CACHE, "jupyter-cache", "outputs of whole notebooks, by the text of their cells"),
)


def _version(peers: Path, package: str) -> str:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([peers / "python", "-c", code], check=True, capture_output=True, text=True).stdout.strip()
