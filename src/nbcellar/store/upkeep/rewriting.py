"""Rewriting half-empty packs: what is needed moves into a new pack, which is published like any save."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from nbcellar.model import Digest
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.journal.reservation import count_collection, give_back_rows
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.content import Content
from nbcellar.store.packs.stage import Move, Stage
from nbcellar.store.upkeep.needs import Needs, settled


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
            if not can_move(connection, stage, number) or _needs_more(connection, number, set(wanted)):
                return None
            move_rows(connection, stage, number)
        stage.published = True
        return stage.new_bytes


def _needed(connection: sqlite3.Connection, number: int) -> Iterator[tuple[bytes]]:
    query = "SELECT blob.digest FROM blob JOIN need ON need.digest = blob.digest WHERE blob.pack = ?"
    return connection.execute(query, (number,))


def _needs_more(connection: sqlite3.Connection, number: int, moved: set[Digest]) -> bool:
    return any(digest not in moved for (digest,) in _needed(connection, number))


def can_move(connection: sqlite3.Connection, stage: Stage, number: int) -> bool:
    """Whether the old pack is still there, and the rows that the stage has reserved."""
    if not connection.execute("SELECT 1 FROM pack WHERE id = ? AND live = 1", (number,)).fetchone():
        return False
    rows = connection.execute("SELECT name FROM pack WHERE holder = ? AND live = 0", (stage.holder.name,))
    return {pack.name for pack in stage.packs} <= {str(row[0]) for row in rows}


def move_rows(connection: sqlite3.Connection, stage: Stage, number: int) -> None:
    """Let the blobs of the stage's packs lie there, and drop the old pack with everything else in it."""
    for pack in stage.packs:
        (new,) = connection.execute(
            "UPDATE pack SET live = 1, size_bytes = ? WHERE name = ? RETURNING id", (pack.size_bytes, pack.name)
        ).fetchone()
        rows = [(new, offset, length, digest, number) for digest, offset, length in pack.blobs()]
        connection.executemany("UPDATE blob SET pack = ?, offset = ?, length = ? WHERE digest = ? AND pack = ?", rows)
    connection.execute("DELETE FROM blob WHERE pack = ?", (number,))
    connection.execute("DELETE FROM pack WHERE id = ?", (number,))
    count_collection(connection)
    give_back_rows(connection, stage.holder.name)
