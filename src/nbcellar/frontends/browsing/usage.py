"""What each name holds on disk, and what lies in the trash."""

from __future__ import annotations

from nbcellar.frontends.browsing.facts import Usage, UsageRow
from nbcellar.frontends.commands.usage import du
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery


def usage(cellar: Cellar) -> Usage:
    """By name, the largest first."""
    if not cellar.exists:
        return Usage((), 0, 0, 0, 0)
    use = du(cellar=cellar)
    removed = cellar.runs(RunQuery(removed=True))
    rows = tuple(
        UsageRow(
            one.name if one.project == cellar.project else f"{one.project}:{one.name}",
            one.asset_count,
            one.size_bytes,
            one.own_bytes,
        )
        for one in use.names
    )
    trashed = sum(run.asset.size_bytes for run in removed if run.asset)
    return Usage(rows, use.content_bytes, use.stored_bytes, len(removed), trashed)
