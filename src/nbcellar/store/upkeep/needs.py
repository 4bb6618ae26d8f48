"""What assets need: a temporary table of every blob that must stay, filled from manifests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nbcellar.errors import NbcellarError, StorageError
from nbcellar.model import AssetSummary, Digest
from nbcellar.store.catalogue.connections import transaction
from nbcellar.store.packs.manifests import Manifest, Reader
from nbcellar.store.publishing.lineage import is_kept, live_assets

_TABLES = """
CREATE TEMP TABLE counted (manifest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE need (digest BLOB PRIMARY KEY, rank INTEGER NOT NULL, users INTEGER NOT NULL) WITHOUT ROWID;
"""

KEPT = 2**62
"""The rank of what must stay; lower ones may go, the lowest first."""


class Needs:
    """The blobs that assets need, with how many need each and how long the longest-lived of them stays.

    Args:
        connection: A private one.
        read: Gives blobs of manifests, verified.
        rank: How long an asset stays; :data:`KEPT` for ever, None for not at all.
    """

    def __init__(
        self, connection: sqlite3.Connection, read: Reader, rank: Callable[[AssetSummary], int | None] = lambda _: KEPT
    ) -> None:
        self._connection = connection
        self._read = read
        self._rank = rank
        for statement in _TABLES.split(";"):
            connection.execute(statement)

    def count(self) -> None:
        """Count every asset that has not been counted; within a transaction nothing can come after."""
        for asset in self._new():
            rank = self._rank(asset)
            if rank is not None:
                blobs = self._blobs(asset)
                if blobs is None:
                    continue
                self._add([(digest, rank) for digest in blobs])
            self._connection.execute("INSERT INTO counted VALUES (?)", (asset.manifest,))

    def _add(self, rows: list[tuple[Digest, int]]) -> None:
        statement = (
            "INSERT INTO need VALUES (?, ?, 1) "
            "ON CONFLICT (digest) DO UPDATE SET users = users + 1, rank = MAX(rank, excluded.rank)"
        )
        alone = not self._connection.in_transaction
        if alone:
            self._connection.execute("BEGIN")
        self._connection.executemany(statement, rows)
        if alone:
            self._connection.execute("COMMIT")

    def _new(self) -> list[AssetSummary]:
        """By manifest: an asset that was collected and saved once more has another one."""
        counted = {row[0] for row in self._connection.execute("SELECT manifest FROM counted")}
        return [asset for asset in live_assets(self._connection, removed=True) if asset.manifest not in counted]

    def _blobs(self, asset: AssetSummary) -> set[Digest] | None:
        """What the asset needs; None where another collector took it since it was listed."""
        try:
            return set(Manifest(asset, self._read).blobs())
        except NbcellarError as error:
            if not is_kept(self._connection, asset):
                return None
            raise StorageError(
                f"Nothing can be collected: the files of asset {asset.digest.hex()[:8]} are not known, "
                "because its manifest is damaged.",
                saved="Nothing was removed.",
                hint="Run `nbcellar check`; save those files again, or remove that asset for ever.",
            ) from error


@contextmanager
def settled(connection: sqlite3.Connection, needs: Needs) -> Iterator[None]:
    """A writing transaction in which all assets are counted, so that a blob which is not needed is garbage."""
    needs.count()  # the long part, while others write
    with transaction(connection):
        needs.count()
        yield
