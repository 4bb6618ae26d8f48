"""Rewriting half-empty packs: what is needed moves into a new pack, which is published like any save."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator

from nbcellar.model import Digest
from nbcellar.store.catalogue import Catalogue
from nbcellar.store.content import Content
from nbcellar.store.needs import Needs, settled
from nbcellar.store.objects import Objects
from nbcellar.store.reservation import count_collection, give_back_rows
from nbcellar.store.stage import Stage


class Move(Stage):
    """A stage for blobs that have a row already and get a better place."""

    def drop_known(self, digests: Collection[Digest]) -> set[Digest]:
        """None: that they are known is why they are here."""
        return set()


def rewrite_pack(
    catalogue: Catalogue, objects: Objects, connection: sqlite3.Connection, needs: Needs, number: int
) -> int | None:
    """Move what is needed of one pack into new ones, and drop its row.

    Args:
        connection: A private one with the needs counted.
        number: Of the pack's row.

    Returns:
        Bytes that were moved; None where the pack stays, because somebody needs more of it by now.

    Raises:
        CorruptDataError: Something in it is damaged; nothing was changed.
        StorageError: It could not be written; nothing was changed.
    """
    with Move(catalogue, objects) as stage:
        wanted = [Digest(row[0]) for row in _needed(connection, number)]
        for _, data in Content(catalogue, objects).read_many(wanted):
            stage.put(data)
        stage.seal()
        with settled(connection, needs):
            if not _still_holds(connection, stage, number, set(wanted)):
                return None
            _repoint(connection, stage, number)
        stage.published = True
        return stage.new_bytes


def _needed(connection: sqlite3.Connection, number: int) -> Iterator[tuple[bytes]]:
    query = "SELECT blob.digest FROM blob JOIN need ON need.digest = blob.digest WHERE blob.pack = ?"
    return connection.execute(query, (number,))


def _still_holds(connection: sqlite3.Connection, stage: Stage, number: int, moved: set[Digest]) -> bool:
    """Whether the old pack is there, the new rows too, and nobody needs more of the old one than was moved."""
    if not connection.execute("SELECT 1 FROM pack WHERE id = ? AND live = 1", (number,)).fetchone():
        return False
    rows = connection.execute("SELECT name FROM pack WHERE holder = ? AND live = 0", (stage.holder,))
    if not {pack.name for pack in stage.packs} <= {str(row[0]) for row in rows}:
        return False
    return all(digest in moved for (digest,) in _needed(connection, number))


def _repoint(connection: sqlite3.Connection, stage: Stage, number: int) -> None:
    for pack in stage.packs:
        (new,) = connection.execute(
            "UPDATE pack SET live = 1, size_bytes = ? WHERE name = ? RETURNING id", (pack.size_bytes, pack.name)
        ).fetchone()
        rows = [(new, offset, length, digest, number) for digest, offset, length in pack.blobs()]
        connection.executemany("UPDATE blob SET pack = ?, offset = ?, length = ? WHERE digest = ? AND pack = ?", rows)
    connection.execute("DELETE FROM blob WHERE pack = ?", (number,))
    connection.execute("DELETE FROM pack WHERE id = ?", (number,))
    count_collection(connection)
    give_back_rows(connection, stage.holder)
