"""Which runs lose their files, and which are forgotten: by age in the trash, by failure, or by a rule."""

from __future__ import annotations

import sqlite3

from nbcellar.lightclasses import dataclass
from nbcellar.model import Run, RunStatus
from nbcellar.store.catalogue.queries import RunQuery
from nbcellar.store.catalogue.runs import list_runs

DAY_NS = 86_400 * 10**9
FAILED_DAYS = 7
"""How long the files of failed, interrupted and abandoned runs are kept."""

_FAILED = (RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.ABANDONED)


@dataclass(frozen=True, slots=True)
class Retention:
    """A rule for what may go: runs of a series that are too many, or too old.

    Attributes:
        name: Only this series; every one where it is None.
        keep_last: So many newest successes of each series stay.
        older_than_ns: Only runs that ended before this moment go.
    """

    project: str | None = None
    name: str | None = None
    keep_last: int | None = None
    older_than_ns: int | None = None

    @property
    def asks_nothing(self) -> bool:
        """Whether no run goes by this rule."""
        return self.keep_last is None and self.older_than_ns is None


@dataclass(frozen=True, slots=True)
class Doomed:
    """What a collection takes.

    Attributes:
        deleted: Runs in the trash whose time is over: they are forgotten.
        expired: Runs that lose their files and stay known.
    """

    deleted: tuple[Run, ...] = ()
    expired: tuple[Run, ...] = ()

    @property
    def ids(self) -> set[str]:
        """Of all of them."""
        return {run.id for run in (*self.deleted, *self.expired)}


def doomed_runs(connection: sqlite3.Connection, retention: Retention, trash_days: int, now_ns: int) -> Doomed:
    """What goes by the trash's age, by failure and by the rule.

    Never by a rule: the newest success of a series, what carries an alias, a tag or a note, and what a run that stays
    has read.
    """
    trash = list_runs(connection, RunQuery(removed=True))
    deleted = [run for run in trash if (run.removed_ns or now_ns) <= now_ns - trash_days * DAY_NS]
    runs = list_runs(connection, RunQuery())
    failed = [
        run for run in runs if run.asset and run.status in _FAILED and _ended(run) <= now_ns - FAILED_DAYS * DAY_NS
    ]
    candidates = {run.id for run in (*failed, *_beyond(runs, retention))}
    spared = protected(connection, runs, candidates)
    return Doomed(tuple(deleted), tuple(run for run in runs if run.id in candidates - spared))


def still_doomed(connection: sqlite3.Connection, doomed: Doomed) -> Doomed:
    """What of it may still go: since it was chosen, runs may have come out of the trash, or got labels or readers."""
    runs = list_runs(connection, RunQuery())
    removed = {run.id for run in list_runs(connection, RunQuery(removed=True))}
    candidates = {run.id for run in doomed.expired} & {run.id for run in runs if run.asset}
    going = candidates - protected(connection, runs, candidates)
    return Doomed(
        tuple(run for run in doomed.deleted if run.id in removed),
        tuple(run for run in doomed.expired if run.id in going),
    )


def _beyond(runs: list[Run], retention: Retention) -> list[Run]:
    """Successes that the rule lets go; the runs come newest first."""
    if retention.asks_nothing:
        return []
    seen: dict[tuple[str, str], int] = {}
    found = []
    for run in runs:
        if run.asset is None or run.status is not RunStatus.SUCCEEDED:
            continue
        if retention.project not in (None, run.project) or retention.name not in (None, run.name):
            continue
        place = seen.setdefault((run.project, run.name), 0)
        seen[run.project, run.name] = place + 1
        too_many = retention.keep_last is None or place >= retention.keep_last
        too_old = retention.older_than_ns is None or _ended(run) < retention.older_than_ns
        if too_many and too_old:
            found.append(run)
    return found


def protected(connection: sqlite3.Connection, runs: list[Run], candidates: set[str]) -> set[str]:
    """The candidates that must stay."""
    labelled = {str(row[0]) for row in connection.execute("SELECT DISTINCT run FROM label")}
    newest: dict[tuple[str, str], str] = {}
    for run in runs:
        if run.asset and run.status is RunStatus.SUCCEEDED:
            newest.setdefault((run.project, run.name), run.id)
    spared = candidates & (labelled | set(newest.values()))
    by_asset: dict[bytes, set[str]] = {}
    for run in runs:
        if run.asset:
            by_asset.setdefault(run.asset.digest, set()).add(run.id)
    by_id = {run.id: run for run in runs}
    waiting = [run for run in runs if run.id not in candidates or run.id in spared]
    while waiting:
        for one in waiting.pop().inputs:
            sources = {one.run} if one.run in by_id else by_asset.get(one.digest or b"", set())
            for source in sources & candidates - spared:
                spared.add(source)
                waiting.append(by_id[source])
    return spared


def _ended(run: Run) -> int:
    return run.ended_ns or run.started_ns
