"""The suite of workflows: notebooks run, chained, side by side, and not at all where nothing changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.benchmarks.chains import notebook, write_project
from tests.benchmarks.command import Command, Measure, run, settle
from tests.benchmarks.machine import facts
from tests.benchmarks.page import table
from tests.benchmarks.report import shown
from tests.benchmarks.rounds import ratio

OURS = "nbcellar"
HEADS = ("Work", "Against", "Ours", "Theirs", "Ratio", "Goal")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    wall_cells: int = 300
    cpu_cells: int = 1000
    chain: int = 10
    aside: int = 20
    unchanged: tuple[int, ...] = (100, 1000)
    functions: int = 10_000
    rounds: int = 5


FULL = Size()
TIGHT = Size(cpu_cells=300, unchanged=(100,), rounds=2)
QUICK = Size(wall_cells=100, cpu_cells=100, unchanged=(20,), functions=1000, rounds=2)


@dataclass(frozen=True, slots=True)
class Contest:
    """One row or more: the same work by several programs.

    Attributes:
        wall: What counts is the wall's clock, not the processor's.
        goals: Ours over theirs, at most; None where there is none.
        most_s: What ours may take at most, in seconds of CPU; None where there is no such goal.
        prepare: What comes first, once, and is not measured.
    """

    name: str
    folder: Path
    contenders: dict[str, Command]
    goals: dict[str, float | None]
    wall: bool = False
    most_s: float | None = None
    prepare: Sequence[Command] = field(default_factory=tuple)

    def figure(self, measure: Measure) -> float:
        """What counts."""
        return measure.seconds if self.wall else measure.cpu_s


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs are."""

    peers: Path
    scratch: Path

    def ours(self, folder: Path, *words: str, jobs: int = 1) -> Command:
        """A whole run by our command line."""
        line = [sys.executable, "-m", "nbcellar", "run", "flow.yaml", "--quiet", "--jobs", str(jobs), *words]
        return Command(line, folder)

    def peer(self, folder: Path, *words: str) -> Command:
        """A program of the peers' environment, in its kernel."""
        settings = {
            "PATH": f"{self.peers}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": "",
            "PLOOMBER_STATS_ENABLED": "false",
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(self.scratch / "dvc-site"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.scratch / "dvc-global"),
        }
        return Command([str(self.peers / words[0]), *words[1:]], folder, settings)

    def shell(self, folder: Path, line: str) -> Command:
        """A line of the peers' shell."""
        return Command(["sh", "-c", line], folder, self.peer(folder, "sh").settings)


def contests(size: Size, programs: Programs) -> list[Contest]:
    """Every row of the goals of workflows."""
    return [
        _cells(size.wall_cells, programs, wall=True, goal=0.18),
        _cells(size.cpu_cells, programs, wall=False, goal=0.08),
        _chain(size.chain, programs),
        _aside(size.aside, programs),
        *(_unchanged(count, programs) for count in size.unchanged),
        _functions(size.functions, programs),
    ]


def _cells(count: int, programs: Programs, *, wall: bool, goal: float) -> Contest:
    folder = programs.scratch / f"cells-{count}-{'wall' if wall else 'cpu'}"
    folder.mkdir(parents=True)
    (folder / "in.ipynb").write_text(notebook([f"print({number})" for number in range(count)]))
    papermill = str(Path(sys.executable).with_name("papermill"))
    words = [papermill, "--no-progress-bar", "in.ipynb"]
    return Contest(
        f"a notebook of {count:,} cells, {'wall' if wall else 'CPU'}",
        folder,
        {
            OURS: Command([*words, "ours.ipynb", "--engine", "nbcellar"], folder),
            "papermill": Command([*words, "theirs.ipynb"], folder),
        },
        {"papermill": goal},
        wall=wall,
    )


def _chain(count: int, programs: Programs) -> Contest:
    folder = programs.scratch / "chain"
    write_project(folder, count, chained=True)
    one_by_one = " && ".join(f"papermill --no-progress-bar n{n}.ipynb out{n}.ipynb" for n in range(count))
    return Contest(
        f"a chain of {count} trivial notebooks, CPU",
        folder,
        {
            OURS: programs.ours(folder, "--force"),
            f"papermill ×{count}": programs.shell(folder, one_by_one),
            "ploomber": programs.peer(folder, "ploomber", "build", "--force"),
            "papermill in one process": programs.peer(folder, "python", "one.py", str(count)),
        },
        {f"papermill ×{count}": 0.18, "ploomber": 0.20, "papermill in one process": 0.30},
        most_s=0.2 * count,
    )


def _aside(count: int, programs: Programs) -> Contest:
    folder = programs.scratch / "aside"
    write_project(folder, count, chained=False)
    line = f"seq 0 {count - 1} | xargs -P 2 -I N papermill --no-progress-bar nN.ipynb outN.ipynb"
    return Contest(
        f"{count} notebooks, 2 at once, CPU",
        folder,
        {
            OURS: programs.ours(folder, "--force", jobs=2),
            "ploomber, 2 processes": programs.peer(folder, "ploomber", "build", "--force"),
            "xargs -P 2 papermill": programs.shell(folder, line),
            "papermill in 2 threads": programs.peer(folder, "python", "threads.py", str(count)),
        },
        {"ploomber, 2 processes": 0.11, "xargs -P 2 papermill": 0.13, "papermill in 2 threads": 0.20},
    )


def _unchanged(count: int, programs: Programs) -> Contest:
    folder = programs.scratch / f"unchanged-{count}"
    write_project(folder, count, chained=False)
    peers = {
        "snakemake": programs.peer(folder, "snakemake", "-c1", "-q", "all"),
        "dvc": programs.peer(folder, "dvc", "repro", "-q"),
        "ploomber": programs.peer(folder, "ploomber", "build", "--entry-point", "functions.yaml"),
    }
    first = [
        programs.ours(folder, jobs=2),
        programs.shell(folder, "mkdir snake dvc-out && cp n*.ipynb snake && cp n*.ipynb dvc-out"),
        programs.peer(folder, "snakemake", "-c1", "-q", "all", "--touch"),
        programs.peer(folder, "dvc", "init", "-q", "--no-scm"),
        programs.peer(folder, "dvc", "commit", "-q", "-f"),
        *peers.values(),
    ]
    return Contest(
        f"nothing changed, {count:,} notebooks, CPU",
        folder,
        {OURS: programs.ours(folder), **peers},
        dict.fromkeys(peers, 0.05),
        most_s=0.10 if count <= 100 else 0.25,
        prepare=first,
    )


def _functions(count: int, programs: Programs) -> Contest:
    folder = programs.scratch / "functions"
    write_project(folder, 1, chained=False)
    words = [sys.executable, "functions.py", str(count)]
    name = f"{count:,} function steps that do nothing, CPU"
    return Contest(name, folder, {OURS: Command(words, folder)}, {}, most_s=0.0001 * count)


def play(contest: Contest, rounds: int, say: Callable[[str], None]) -> dict[str, list[Measure]]:
    """Every contender once a round, in an order that rotates."""
    log = contest.folder / "bench.log"
    for command in contest.prepare:
        run(command, log)
    found: dict[str, list[Measure]] = {name: [] for name in contest.contenders}
    names = list(contest.contenders)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            settle()
            measure = run(contest.contenders[name], log)
            found[name].append(measure)
            say(f"{contest.name}, round {number + 1}: {name} {measure.seconds:.2f} s, {measure.cpu_s:.2f} s of CPU")
    return found


def rows(contest: Contest, found: dict[str, list[Measure]]) -> list[tuple[str, ...]]:
    """As the table shows them."""
    ours = [contest.figure(one) for one in found[OURS]]
    lines = []
    if contest.most_s is not None or not contest.goals:
        bar = "" if contest.most_s is None else f"{_mark(median(ours) <= contest.most_s)} ≤ {contest.most_s:g} s"
        lines.append((contest.name, "", f"{median(ours):.2f} s", "", "", bar))
    for peer, goal in contest.goals.items():
        theirs = [contest.figure(one) for one in found[peer]]
        one = ratio(ours, theirs)
        bar = "" if goal is None else f"{_mark(one.middle <= goal)} ≤ {goal:g}"
        spread = f"**{shown(one.middle)}** ({shown(one.low)} to {shown(one.high)})"
        lines.append((contest.name, peer, f"{median(ours):.2f} s", f"{median(theirs):.2f} s", spread, bar))
    return lines


def _mark(met: bool) -> str:
    return "✓" if met else "✗"


def bench(size: Size, peers: Path, scratch: Path, say: Callable[[str], None], only: Sequence[str] = ()) -> str:
    """Run everything, or the contests whose name has one of these words; the section of the page."""
    lines: list[tuple[str, ...]] = []
    for contest in contests(size, Programs(peers, scratch)):
        if only and not any(word in contest.name for word in only):
            continue
        lines += rows(contest, play(contest, size.rounds, say))
    return "\n\n".join(
        (
            "## Workflows",
            f"{size.rounds} rounds on {', '.join(facts(scratch))}.",
            table(HEADS, lines),
            "Notebooks are trivial, each runs in a kernel of its own, and all programs have the same ipykernel. With "
            "nothing to do, ours compares the stat of all that the run before looked at, and hashes only where that "
            "differs; snakemake compares times; dvc compares times and "
            "hashes with MD5; their steps copy or touch a file, since only later runs are measured. A notebook "
            "that computes for a minute gains almost nothing from any of this.",
            table(("Program", "Version"), [(name, _version(peers, name)) for name in PEERS]),
        )
    )


PEERS = ("papermill", "ploomber", "snakemake", "dvc", "ipykernel")


def _version(peers: Path, name: str) -> str:
    code = f"from importlib.metadata import version; print(version({name!r}))"
    return subprocess.run([peers / "python", "-c", code], check=True, capture_output=True, text=True).stdout.strip()
