"""Rounds: every contender does every job once a round, in an order that rotates, and nothing is deleted meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

from tests.benchmarks.command import Measure, run, settle
from tests.benchmarks.job import Contender, Job, Site
from tests.benchmarks.workload import Workload, copy, some_file

Key = tuple[str, str, Job]
_One = TypeVar("_One")


@dataclass(slots=True)
class Results:
    """The measures of every workload, contender and job, by round."""

    measures: dict[Key, list[Measure]] = field(default_factory=dict)

    def add(self, key: Key, measure: Measure) -> None:
        """One more round."""
        self.measures.setdefault(key, []).append(measure)

    def of(self, workload: str, contender: str, job: Job) -> list[Measure]:
        """One measure a round; none where it was not done."""
        return self.measures.get((workload, contender, job), [])


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours over theirs, of the two runs of one round, over all rounds."""

    middle: float
    low: float
    high: float


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """The median of the paired ratios, and their range.

    Raises:
        ValueError: There are no pairs.
    """
    pairs = [one / other for one, other in zip(ours, theirs, strict=True)]
    if not pairs:
        raise ValueError("no round was run")
    return Ratio(median(pairs), min(pairs), max(pairs))


@dataclass(frozen=True, slots=True)
class Series:
    """What is done with one workload, job after job, and by whom.

    Attributes:
        jobs: In this order, each by all contenders before the next one begins.
    """

    workload: Workload
    jobs: Sequence[Job]
    contenders: Sequence[Contender]


def rotated(contenders: Sequence[_One], number: int) -> Iterator[_One]:
    """Another one first in every round."""
    shift = number % len(contenders)
    yield from (*contenders[shift:], *contenders[:shift])


def play(series: Series, scratch: Path, number: int, results: Results, say: Callable[[str], None]) -> None:
    """Play one round of a series; what it made stays in the scratch folder."""
    source = scratch / "source"
    if not source.exists():
        source.mkdir(parents=True)
        series.workload.make(source)
    one = some_file(source)
    sites = {
        contender.name: Site(scratch / f"round-{number}" / contender.name.replace(" ", "-"), one)
        for contender in series.contenders
    }
    for site in sites.values():
        site.folder.mkdir(parents=True)
        copy(source, site.data)
    for job in series.jobs:
        _play_job(series, job, sites, number, results, say)


def _play_job(
    series: Series,
    job: Job,
    sites: dict[str, Site],
    number: int,
    results: Results,
    say: Callable[[str], None],
) -> None:
    for contender in rotated(series.contenders, number):
        site = sites[contender.name]
        if job is Job.MOVE and contender.name == "nbcellar":
            site = _given_up(site)
        command = contender.command(site, job)
        if command is None:
            continue
        if job is Job.CHANGED:
            series.workload.change(site.data)
        contender.prepare(site, job)
        settle()
        measure = run(command, site.folder.parent / f"{site.folder.name}.log")
        results.add((series.workload.name, contender.name, job), measure)
        say(
            f"{series.workload.name} {job.value}, round {number + 1}: {contender.name} "
            f"{measure.seconds:.2f} s, {measure.cpu_s:.2f} s of CPU, {measure.peak_bytes / 2**20:.0f} MiB"
        )


def _given_up(site: Site) -> Site:
    """A project of its own, with a copy of the files that may be moved away."""
    other = Site(site.folder.with_name(f"{site.folder.name}-move"), site.one)
    other.folder.mkdir()
    copy(site.data, other.data)
    return other
