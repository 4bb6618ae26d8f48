"""Choosing what goes when somebody needs room now: the trash, then failed runs, then old versions, oldest first."""

from __future__ import annotations

import sqlite3

from nbcellar.model import AssetSummary, Digest, Run, RunStatus
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.catalogue.queries import RunQuery
from nbcellar.store.catalogue.retention import Doomed, protected
from nbcellar.store.catalogue.runs import list_runs
from nbcellar.store.packs.manifests import Reader
from nbcellar.store.upkeep.needs import KEPT, Needs


def choose(catalogue: Catalogue, read: Reader, size_bytes: int) -> Doomed:
    """The trash, and as few further runs as free so many bytes; fewer bytes where nothing else may go.

    Never the newest success of a series, nor what is labelled, nor what a run that stays has read.
    """
    with catalogue.private() as connection:
        trash = list_runs(connection, RunQuery(removed=True))
        candidates = _candidates(connection)
        ranks = _ranks(connection, trash, candidates)
        needs = Needs(connection, read, lambda asset: _rank(ranks, asset))
        needs.count()
        count = _enough(connection, len(candidates), size_bytes)
    return Doomed(tuple(trash), tuple(candidates[:count]))


def _candidates(connection: sqlite3.Connection) -> list[Run]:
    """The runs that may lose their files, the first to go first."""
    runs = list_runs(connection, RunQuery())
    ids = {run.id for run in runs if run.asset and run.status is not RunStatus.RUNNING}
    may = ids - protected(connection, runs, ids)
    found = [run for run in runs if run.id in may]
    found.sort(key=lambda run: (run.status is RunStatus.SUCCEEDED, run.sequence or 0))
    return found


def _ranks(connection: sqlite3.Connection, trash: list[Run], candidates: list[Run]) -> dict[Digest, int]:
    """When each asset goes: 0 with the trash, n with the n-th candidate."""
    order = {run.id: 0 for run in trash} | {run.id: place + 1 for place, run in enumerate(candidates)}
    ranks: dict[Digest, int] = {}
    for run, asset in connection.execute("SELECT id, asset FROM run WHERE asset IS NOT NULL"):
        digest = Digest(asset)
        ranks[digest] = max(ranks.get(digest, 0), order.get(run, KEPT))
    return ranks


def _rank(ranks: dict[Digest, int], asset: AssetSummary) -> int:
    return ranks.get(asset.digest, KEPT)


def _enough(connection: sqlite3.Connection, count: int, size_bytes: int) -> int:
    """How many candidates have to go."""
    query = (
        "SELECT COALESCE(need.rank, 0), SUM(blob.length) FROM blob LEFT JOIN need ON need.digest = blob.digest "
        "GROUP BY 1 ORDER BY 1"
    )
    freed = {int(row[0]): int(row[1]) for row in connection.execute(query)}
    total = freed.get(0, 0)
    for place in range(count + 1):
        total += freed.get(place, 0) if place else 0
        if total >= size_bytes:
            return place
    return count
