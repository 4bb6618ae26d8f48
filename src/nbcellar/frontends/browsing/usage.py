"""What each name holds on disk, and what lies in the trash."""

from __future__ import annotations

from nbcellar.frontends.browsing.facts import Usage, UsageRow
from nbcellar.frontends.stock import stock_of
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery


def usage(cellar: Cellar) -> Usage:
    """By name, the largest first."""
    if not cellar.exists:
        return Usage((), 0, 0, 0, 0)
    stock = stock_of(cellar)
    removed = cellar.runs(RunQuery(removed=True))
    rows = tuple(
        UsageRow(
            one.name if one.project == cellar.project else f"{one.project}:{one.name}",
            one.asset_count,
            one.size_bytes,
            one.own_bytes,
        )
        for one in stock.names
    )
    trashed = sum(run.asset.size_bytes for run in removed if run.asset)
    return Usage(rows, stock.content_bytes, stock.stored_bytes, len(removed), trashed)
