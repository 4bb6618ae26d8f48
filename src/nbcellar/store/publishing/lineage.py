"""Who used what: runs by the assets they read, assets by the contents they hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping

from nbcellar.errors import NbcellarError
from nbcellar.model import AssetSummary, Digest, Run
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.catalogue.runs import Conditions, runs_with_assets, select_runs
from nbcellar.store.packs.blocks import Block
from nbcellar.store.packs.manifests import Manifest, Reader
from nbcellar.store.packs.pack import CHUNK_BYTES

_FEW = 16  # so many digests are looked for in a block faster than it is decoded


def users_of(connection: sqlite3.Connection, run: Run, limit: int | None = None) -> list[Run]:
    """The runs outside the trash that read what this run made, newest first; no more than the limit."""
    return select_runs(connection, _reading(run), limit=limit)


def count_users(connection: sqlite3.Connection, run: Run) -> int:
    """How many runs outside the trash read what this run made."""
    where = _reading(run)
    return int(connection.execute(f"SELECT COUNT(*) FROM run{where.where()}", where.values).fetchone()[0])


def _reading(run: Run) -> Conditions:
    where = Conditions()
    clause = "run.id IN (SELECT run_input.run FROM run_input WHERE run_input.source = ?{})"
    if run.asset:
        where.add(clause.format(" OR run_input.digest = ?"), run.id, run.asset.digest)
    else:
        where.add(clause.format(""), run.id)
    where.add("run.removed_ns IS NULL")
    return where


def live_assets(connection: sqlite3.Connection, *, removed: bool) -> list[AssetSummary]:
    """Every asset that a run holds, newest first."""
    clause = "" if removed else " AND run.removed_ns IS NULL"
    rows = connection.execute(
        "SELECT asset.digest, asset.manifest, asset.entry_count, asset.size_bytes FROM asset "
        f"JOIN run ON run.asset = asset.digest{clause} GROUP BY asset.digest ORDER BY MAX(run.sequence) DESC"
    )
    return [AssetSummary(Digest(row[0]), Digest(row[1]), row[2], row[3]) for row in rows]


def is_kept(connection: sqlite3.Connection, asset: AssetSummary) -> bool:
    """Whether the asset is there with this manifest; one that was collected and saved again may have another."""
    query = "SELECT 1 FROM asset WHERE digest = ? AND manifest = ?"
    return connection.execute(query, (asset.digest, asset.manifest)).fetchone() is not None


def find_content(
    catalogue: Catalogue, digests: Collection[Digest], read: Reader, *, removed: bool
) -> dict[Digest, list[tuple[Run, bytes]]]:
    """Which assets hold files with these contents: every run that made one, with the entry's name."""
    found: dict[Digest, list[tuple[Run, bytes]]] = {}
    for digest, run, name in each_holder(catalogue, digests, read, removed=removed):
        found.setdefault(digest, []).append((run, name))
    return found


def each_holder(
    catalogue: Catalogue, digests: Collection[Digest], read: Reader, *, removed: bool
) -> Iterator[tuple[Digest, Run, bytes]]:
    """One by one, those of the newest asset first: who has seen enough need not look through all manifests."""
    wanted = set(digests)
    with catalogue.reading() as connection:
        assets = live_assets(connection, removed=removed)
    for asset in assets:
        try:
            names = list(_names_with(Manifest(asset, read), wanted))
        except NbcellarError:
            with catalogue.reading() as connection:
                if is_kept(connection, asset):
                    raise
            continue  # collected since it was listed
        if names:
            with catalogue.reading() as connection:
                runs = runs_with_assets(connection, [asset.digest], removed=removed)
            yield from ((digest, run, name) for digest, name in names for run in runs)


def perhaps_stored(connection: sqlite3.Connection, sizes: Mapping[Digest, int]) -> set[Digest]:
    """Of contents with these sizes, those that an asset may hold: what is not cut into chunks is a blob."""
    cut = {digest for digest, size in sizes.items() if size > CHUNK_BYTES}
    query = "SELECT 1 FROM blob WHERE digest = ?"
    return cut | {one for one in sizes.keys() - cut if connection.execute(query, (one,)).fetchone() is not None}


def _names_with(manifest: Manifest, wanted: set[Digest]) -> Iterator[tuple[Digest, bytes]]:
    for block in manifest.blocks(wanted if len(wanted) <= _FEW else ()):
        for row in _rows_with(block, wanted):
            yield block.digest(row), block.names[row]


def _rows_with(block: Block, wanted: set[Digest]) -> list[int]:
    if len(wanted) > len(block):
        return [row for row in range(len(block)) if block.digest(row) in wanted]
    rows = []
    for digest in wanted:
        place = block.digests.find(digest)
        while place >= 0:
            if place % 32 == 0:
                rows.append(place // 32)
                place = block.digests.find(digest, place + 32)
            else:  # the bytes of two neighbours, by chance
                place = block.digests.find(digest, place + 1)
    return sorted(rows)
