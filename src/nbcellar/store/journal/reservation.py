"""Rows made beforehand: names of packs, and places in the order of events. What has no row is garbage."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.journal.events import Ticket
from nbcellar.store.objects.ulid import new_ulid


def reserve(connection: sqlite3.Connection, holder: str, since_ns: int) -> Ticket:
    """The next place in the order of events, with the name that its event will have; within the open transaction."""
    row = connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'sequence' RETURNING value").fetchone()
    sequence = _counted(row)
    ticket = Ticket(sequence, new_ulid())
    connection.execute("INSERT INTO reservation VALUES (?, ?, ?, ?)", (sequence, ticket.event, holder, since_ns))
    return ticket


def reserve_alone(catalogue: Catalogue, holder: str) -> Ticket:
    """The next place in the order of events, in a transaction of its own."""
    with catalogue.writing() as connection:
        return reserve(connection, holder, time.time_ns())


def reserve_packs(connection: sqlite3.Connection, holder: str, names: Iterable[str], since_ns: int) -> None:
    """Rows for packs that are about to be written; within the open transaction.

    The rows that the holder has already are as young as these again: somebody who goes on is not collected.
    """
    connection.execute("UPDATE pack SET since_ns = ? WHERE live = 0 AND holder = ?", (since_ns, holder))
    connection.execute("UPDATE reservation SET since_ns = ? WHERE holder = ?", (since_ns, holder))
    connection.executemany(
        "INSERT INTO pack (name, live, holder, since_ns, size_bytes) VALUES (?, 0, ?, ?, 0)",
        [(name, holder, since_ns) for name in names],
    )


def give_back(catalogue: Catalogue, holder: str) -> list[str]:
    """Drop every row that a writer has reserved and not used; the packs whose objects are garbage now."""
    with catalogue.writing() as connection:
        return give_back_rows(connection, holder)


def give_back_rows(connection: sqlite3.Connection, holder: str) -> list[str]:
    """Drop every row that a writer has reserved and not used, within the open transaction."""
    connection.execute(
        "INSERT INTO dropped SELECT event FROM reservation WHERE holder = ? ON CONFLICT (key) DO NOTHING", (holder,)
    )
    connection.execute("DELETE FROM reservation WHERE holder = ?", (holder,))
    rows = connection.execute("DELETE FROM pack WHERE live = 0 AND holder = ? RETURNING name", (holder,)).fetchall()
    return [str(row[0]) for row in rows]


def collections(connection: sqlite3.Connection) -> int:
    """How often blobs have lost their rows so far."""
    return _counted(connection.execute("SELECT value FROM counter WHERE name = 'collections'").fetchone())


def _counted(row: tuple[object] | None) -> int:
    if row is None or not isinstance(row[0], int):
        raise sqlite3.DatabaseError("a counter is gone")  # the catalogue says how to repair it
    return row[0]


def count_collection(connection: sqlite3.Connection) -> None:
    """Say that blobs have lost their rows, so that writers look again; within the open transaction."""
    connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'collections'")
