"""Where blobs lie: digest to pack, offset and length, by the catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest
from nbcellar.store.catalogue import in_batches


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """The place of one blob; ordered by pack, then offset."""

    pack: str
    offset: int
    length: int
    digest: Digest


def known_digests(connection: sqlite3.Connection, digests: Collection[Digest]) -> set[Digest]:
    """Those that have a row."""
    statement = "SELECT digest FROM blob WHERE digest IN ({})"
    return {Digest(row[0]) for row in in_batches(connection, statement, digests) if isinstance(row[0], bytes)}


def locate(connection: sqlite3.Connection, digests: Iterable[Digest]) -> list[Location]:
    """The places of those that have a row, in pack order."""
    statement = (
        "SELECT pack.name, blob.offset, blob.length, blob.digest FROM blob JOIN pack ON pack.id = blob.pack "
        "WHERE blob.digest IN ({})"
    )
    found = []
    for name, offset, length, digest in in_batches(connection, statement, digests):
        assert isinstance(name, str)
        assert isinstance(offset, int)
        assert isinstance(length, int)
        assert isinstance(digest, bytes)
        found.append((name, offset, length, digest))
    found.sort()
    return [Location(name, offset, length, Digest(digest)) for name, offset, length, digest in found]
