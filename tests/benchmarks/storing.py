"""The suite of the store: saving, restoring and listing, beside dvc, restic, git, cp and tar."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import workload as made
from tests.benchmarks.goals import GOALS
from tests.benchmarks.job import Contender, Job
from tests.benchmarks.machine import facts
from tests.benchmarks.page import table
from tests.benchmarks.peers.copying import Copy, Hash, Look, Tar
from tests.benchmarks.peers.dvc import Dvc
from tests.benchmarks.peers.git import Git
from tests.benchmarks.peers.ours import Ours
from tests.benchmarks.peers.restic import Restic
from tests.benchmarks.report import goals_table, rows
from tests.benchmarks.rounds import Results, Series, play


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; ``tight`` keeps the files of one round of one workload at a time, 21 GB of them."""

    small: int = 10_000
    large_mib: int = 1024
    medium: int = 1_000
    packages: int | None = None
    rounds: int = 5
    tight: bool = False


FULL = Size()
TIGHT = Size(rounds=2, tight=True)
QUICK = Size(small=1_000, large_mib=64, medium=64, packages=1_000, rounds=2)


def contenders(dvc: Path, scratch: Path) -> dict[str, Contender]:
    """Everybody, by name."""
    every: list[Contender] = [Ours(), Dvc(dvc, scratch), Restic(), Git(), Copy(), Tar(), Look(), Hash()]
    return {one.name: one for one in every}


def every_series(size: Size, who: dict[str, Contender]) -> list[Series]:
    """W1 to W4."""
    keepers = [who[name] for name in ("nbcellar", "dvc", "restic", "git")]
    ground = [who["cp -a"], who["tar"]]
    without_git = [one for one in keepers if one.name != "git"]
    jobs = (Job.SAVE, Job.AGAIN, Job.LIST, Job.ONE, Job.RESTORE, Job.CHANGED, Job.MEND)
    return [
        Series(made.small_files(size.small), jobs, [*keepers, *ground, who["scandir + stat"]]),
        Series(
            made.large_file(size.large_mib),
            (Job.SAVE, Job.MOVE, Job.CHANGED),
            [*without_git, who["cp -a"], who["hashing"]],
        ),
        Series(made.medium_files(size.medium), (Job.SAVE, Job.RESTORE), [*without_git, *ground]),
        Series(made.installed_packages(size.packages), (Job.SAVE, Job.RESTORE), [*keepers, *ground]),
    ]


def bench(
    size: Size, who: dict[str, Contender], scratch: Path, say: Callable[[str], None], only: Sequence[str] = ()
) -> Iterator[str]:
    """Run everything, or only these workloads; the section of the page after each round, of all rounds so far."""
    results = Results()
    load = os.getloadavg()[2]
    chosen = [one for one in every_series(size, who) if not only or one.workload.name in only]
    words: dict[str, str] = {}
    for number, series in _order(chosen, size):
        folder = scratch / series.workload.name
        play(series, folder, number, results, say)
        count, size_bytes = made.size_of(folder / "source")
        label = f"{series.workload.words} ({count:,} files, {size_bytes / 1e6:,.0f} MB)"
        words[series.workload.name] = f"- {series.workload.name}: {label}"
        if size.tight:
            last = number + 1 == size.rounds
            shutil.rmtree(folder if last else folder / f"round-{number}")
        if size.tight or series is chosen[-1]:
            yield section(list(words.values()), results, who, scratch, load)


def _order(chosen: Sequence[Series], size: Size) -> list[tuple[int, Series]]:
    """Round by round; where there is little room, workload by workload."""
    if size.tight:
        return [(number, series) for series in chosen for number in range(size.rounds)]
    return [(number, series) for number in range(size.rounds) for series in chosen]


def section(words: Sequence[str], results: Results, who: dict[str, Contender], scratch: Path, load: float) -> str:
    """The section of the page; ``words`` say what the workloads are."""
    found = rows(GOALS, results)
    bars = [row for row in found if row.goal.most is not None]
    left = sorted({f"{goal.workload} {goal.job.value}" for goal in GOALS} - {row.cells()[0] for row in found})
    rounds = max(map(len, results.measures.values()))
    peers = table(("Program", "Version", "Besides"), [(one.name, one.version(), one.besides) for one in who.values()])
    return "\n\n".join(
        (
            "## The store",
            f"{rounds} round{'s' * (rounds > 1)} on {', '.join(facts(scratch))}. "
            f"{load:.0f} other programs wanted its processors on average when the run began.",
            "\n".join(words),
            goals_table(found),
            f"{sum(row.met for row in bars)} of {len(bars)} goals met. CPU and memory are ours / theirs."
            + (f" Not measured: {', '.join(left)}." if left else ""),
            peers,
        )
    )
