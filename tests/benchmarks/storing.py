"""The suite of the store: saving, restoring and listing, beside dvc, restic, git, cp and tar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    """How much of everything."""

    small: int = 10_000
    large_mib: int = 1024
    medium: int = 1_000
    packages: int | None = None
    rounds: int = 5


FULL = Size()
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
    jobs = (Job.SAVE, Job.AGAIN, Job.LIST, Job.ONE, Job.RESTORE, Job.CHANGED)
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
    size: Size, dvc: Path, scratch: Path, say: Callable[[str], None], only: Sequence[str] = ()
) -> tuple[str, bool]:
    """Run everything, or only these workloads; the section of the page, and whether every goal was met."""
    who = contenders(dvc, scratch)
    results = Results()
    words = []
    for series in every_series(size, who):
        if only and series.workload.name not in only:
            continue
        folder = scratch / series.workload.name
        play(series, folder, size.rounds, results, say)
        count, size_bytes = made.size_of(folder / "source")
        words.append(f"- {series.workload.name}: {series.workload.words} ({count:,} files, {size_bytes / 1e6:,.0f} MB)")
    found = rows(GOALS, results)
    missed = [row for row in found if not row.met]
    peers = table(("Program", "Version", "Besides"), [(one.name, one.version(), one.besides) for one in who.values()])
    text = "\n\n".join(
        (
            "## The store",
            f"{size.rounds} rounds on {', '.join(facts(scratch))}.",
            "\n".join(words),
            goals_table(found),
            f"{sum(1 for row in found if row.goal.most and row.met)} of "
            f"{sum(1 for row in found if row.goal.most)} goals met. CPU and memory are ours / theirs.",
            peers,
        )
    )
    return text, not missed
