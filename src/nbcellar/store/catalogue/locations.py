"""Where blobs lie: digest to pack, offset and length, by the catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from operator import itemgetter

from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest
from nbcellar.store.catalogue.connections import Value, in_batches

_MANY = 1000
_ROWS_READ = 4


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """The place of one blob; ordered by pack, then offset."""

    pack: str
    offset: int
    length: int
    digest: Digest


def known_digests(connection: sqlite3.Connection, digests: Collection[Digest]) -> set[Digest]:
    """Those that have a row."""
    if connection.execute("SELECT 1 FROM blob LIMIT 1").fetchone() is None:
        return set()
    if _are_most(connection, len(digests)):
        wanted = digests if isinstance(digests, set) else set(digests)
        return {digest for (digest,) in connection.execute("SELECT digest FROM blob") if digest in wanted}
    statement = "SELECT digest FROM blob WHERE digest IN ({})"
    return {Digest(row[0]) for row in in_batches(connection, statement, digests) if isinstance(row[0], bytes)}


def locate(connection: sqlite3.Connection, digests: Collection[Digest]) -> list[Location]:
    """The places of those that have a row, in pack order."""
    columns = "SELECT pack, offset, length, digest FROM blob"
    if _are_most(connection, len(digests)):
        wanted = set(digests)
        rows = [row for row in connection.execute(columns) if row[3] in wanted]
    else:
        rows = list(in_batches(connection, columns + " WHERE digest IN ({})", digests))  # none is left open
    if not rows:
        return []
    packs, offsets, lengths, found = zip(*rows, strict=True)  # column by column: there may be very many
    if {*map(type, offsets), *map(type, lengths)} != {int} or set(map(type, found)) != {bytes}:
        raise sqlite3.DatabaseError("the row of a blob is none")
    names = {pack: _name_of(connection, pack) for pack in set(packs)}
    places = list(zip(map(names.__getitem__, packs), offsets, lengths, found, strict=True))
    places.sort(key=itemgetter(1))  # by one column and then the other: a third of what comparing tuples takes
    places.sort(key=itemgetter(0))
    return [Location(*place) for place in places]


def _are_most(connection: sqlite3.Connection, wanted: int) -> bool:
    """Whether reading every row costs less than asking for these: a row asked for costs as much as four read."""
    if wanted < _MANY:
        return False
    (count,) = connection.execute("SELECT COUNT(*) FROM blob").fetchone()
    return int(count) <= _ROWS_READ * wanted


def _name_of(connection: sqlite3.Connection, pack: Value) -> str:
    row = connection.execute("SELECT name FROM pack WHERE id = ?", (pack,)).fetchone()
    if row is None:
        raise sqlite3.DatabaseError("the pack of a blob has no row")  # the catalogue says how to repair it
    return str(row[0])
