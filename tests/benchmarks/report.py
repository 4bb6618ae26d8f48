"""The table of the store: every goal, ours beside theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.command import Measure
from tests.benchmarks.goals import Goal
from tests.benchmarks.page import table
from tests.benchmarks.rounds import Ratio, Results, ratio

HEADS = ("Work", "Against", "Ours", "Theirs", "Ratio", "Goal", "CPU", "Memory")


@dataclass(frozen=True, slots=True)
class Row:
    """A goal and what was measured."""

    goal: Goal
    ours: Sequence[Measure]
    theirs: Sequence[Measure]

    @property
    def ratio(self) -> Ratio:
        """By the wall's clock."""
        return ratio([one.seconds for one in self.ours], [one.seconds for one in self.theirs])

    @property
    def cpu_ratio(self) -> Ratio:
        """By the processor's."""
        return ratio([one.cpu_s for one in self.ours], [one.cpu_s for one in self.theirs])

    @property
    def met(self) -> bool:
        """Whether the goal was reached; a row without one always is."""
        return self.goal.most is None or self.ratio.middle <= self.goal.most

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        found = self.ratio
        bar = "" if self.goal.most is None else f"{'✓' if self.met else '✗'} ≤ {self.goal.most:g}"
        return (
            f"{self.goal.workload} {self.goal.job.value}",
            self.goal.peer,
            seconds(self.ours),
            seconds(self.theirs),
            f"**{shown(found.middle)}** ({shown(found.low)} to {shown(found.high)})",
            bar,
            f"{cpu(self.ours)} / {cpu(self.theirs)}",
            f"{memory(self.ours)} / {memory(self.theirs)}",
        )


def rows(goals: Sequence[Goal], results: Results) -> list[Row]:
    """The goals of which both sides were measured."""
    found = []
    for goal in goals:
        ours = results.of(goal.workload, "nbcellar", goal.job)
        theirs = results.of(goal.workload, goal.peer, goal.their_job or goal.job)
        if ours and theirs:
            found.append(Row(goal, ours, theirs))
    return found


def goals_table(found: Sequence[Row]) -> str:
    """All rows."""
    return table(HEADS, [row.cells() for row in found])


def shown(value: float) -> str:
    """Two figures that count."""
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def seconds(measures: Sequence[Measure]) -> str:
    """The median."""
    return f"{median(one.seconds for one in measures):.2f} s"


def cpu(measures: Sequence[Measure]) -> str:
    """The median."""
    return f"{median(one.cpu_s for one in measures):.2f} s"


def memory(measures: Sequence[Measure]) -> str:
    """The largest."""
    return f"{max(one.peak_bytes for one in measures) / 2**20:.0f} MiB"
