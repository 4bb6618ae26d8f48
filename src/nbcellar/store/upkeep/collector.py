"""Collection without a lock: rows go first, in transactions, then the objects that have no row any more.

A pack's row is made before its object and never made again, so an object without a row is garbage whoever looks, and
a writer whose rows went notices it in its publishing transaction. The grace only saves work; nothing depends on it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from nbcellar.errors import CorruptDataError, StoreFull, UnsafeError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON, Digest, Run
from nbcellar.store.catalogue.connections import Catalogue, transaction
from nbcellar.store.catalogue.retention import Doomed, still_doomed
from nbcellar.store.journal.events import EventKind, event_names
from nbcellar.store.journal.reservation import count_collection
from nbcellar.store.objects.ballast import drop_ballast, keep_ballast
from nbcellar.store.objects.failures import NOTHING_CHANGED, storage_errors
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.content import Content
from nbcellar.store.packs.pack import index_key_of, key_of
from nbcellar.store.publishing.publication import Publisher
from nbcellar.store.upkeep.debris import Debris
from nbcellar.store.upkeep.gcreport import GcReport
from nbcellar.store.upkeep.needs import Needs, settled
from nbcellar.store.upkeep.rewriting import rewrite_pack

HOUR_NS = 3600 * 10**9
_ROWS = 20_000  # of one transaction
_ROWS_ON_FULL_DISK = 500


@dataclass(frozen=True, slots=True)
class PackUse:
    """How much of a pack is needed."""

    number: int
    name: str
    size_bytes: int
    needed_bytes: int


@dataclass(slots=True)
class _Tally:
    pack_count: int = 0
    rewritten_count: int = 0
    freed_bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    unmoved_count: int = 0


class Collector:
    """Collects one store.

    Args:
        folder: The local folder, whose temporary files are looked at.
        grace_ns: Staged rows and temporary files that are younger are left alone.
        least_fill: Packs of which a smaller part is needed are rewritten.
    """

    def __init__(
        self, catalogue: Catalogue, objects: Objects, folder: Path, grace_ns: int = HOUR_NS, least_fill: float = 0.5
    ) -> None:
        self._catalogue = catalogue
        self._objects = objects
        self._folder = folder
        self._grace_ns = grace_ns
        self._debris = Debris(catalogue, objects, folder, grace_ns)
        self._least_fill = least_fill
        self._content = Content(catalogue, objects)
        self._tally = _Tally()
        self._rows = _ROWS

    def make_room(self) -> None:
        """On a full disk, give up the ballast and go in small steps; before all else, even opening the catalogue."""
        if not self._folder.exists():
            return
        state = os.statvfs(self._folder)
        if state.f_bavail * state.f_frsize < 32 * 2**20:
            drop_ballast(self._folder)
            self._rows = _ROWS_ON_FULL_DISK

    def plan(self, doomed: Doomed) -> GcReport:
        """What :meth:`collect` would take; changes nothing."""
        ids = doomed.ids
        with self._catalogue.private() as connection:
            held = _assets_of_others(connection, ids)
            needs = Needs(connection, self._content.read, lambda asset: 1 if asset.digest in held else None)
            needs.count()
            uses = pack_uses(connection)
        dead = [use for use in uses if not use.needed_bytes]
        thin = [use for use in uses if self._is_thin(use)]
        freed = sum(use.size_bytes - use.needed_bytes for use in (*dead, *thin))
        debris = list(self._debris.listed())
        return GcReport(
            dry_run=True,
            deleted=doomed.deleted,
            expired=doomed.expired,
            pack_count=len(dead) + len(thin),
            rewritten_count=len(thin),
            freed_bytes=freed + sum(size for _, size in debris),
            kept_bytes=sum(use.size_bytes for use in uses) - freed,
            debris_count=len(debris),
            debris_bytes=sum(size for _, size in debris),
        )

    def collect(self, doomed: Doomed) -> GcReport:
        """Take what is doomed, and everything that nothing needs.

        Raises:
            StorageError: It could not be written, or a manifest is damaged so that nobody knows what is needed.
        """
        doomed = Doomed(
            self._let_go(EventKind.DELETE, doomed, lambda still: still.deleted) if doomed.deleted else (),
            self._let_go(EventKind.EXPIRE, doomed, lambda still: still.expired) if doomed.expired else (),
        )
        with self._catalogue.private() as connection:
            self._drop_staged(connection)
            needs = Needs(connection, self._content.read)
            needs.count()
            uses = pack_uses(connection)
            for use in uses:
                if not use.needed_bytes:
                    self._drop_pack(connection, needs, use)
            for use in sorted(filter(self._is_thin, uses), key=lambda use: use.needed_bytes):  # each makes room
                self._rewrite(connection, needs, use)
            kept = connection.execute("SELECT COALESCE(SUM(size_bytes), 0) FROM pack WHERE live = 1").fetchone()[0]
        with storage_errors("tidy", self._objects.place, NOTHING_CHANGED):
            debris_count, debris_bytes = self._debris.sweep()
        if self._folder.exists():
            keep_ballast(self._folder)
        tally = self._tally
        return GcReport(
            dry_run=False,
            deleted=doomed.deleted,
            expired=doomed.expired,
            pack_count=tally.pack_count,
            rewritten_count=tally.rewritten_count,
            freed_bytes=tally.freed_bytes + debris_bytes,
            kept_bytes=kept,
            debris_count=debris_count,
            debris_bytes=debris_bytes,
            damaged=tuple(tally.damaged),
            unmoved_count=tally.unmoved_count,
        )

    def _let_go(self, kind: EventKind, doomed: Doomed, part: Callable[[Doomed], tuple[Run, ...]]) -> tuple[Run, ...]:
        """Publish that runs go: those of which that still holds while nobody else publishes."""
        going: tuple[Run, ...] = ()

        def body() -> JSON:
            nonlocal going
            with self._catalogue.reading() as connection:
                going = part(still_doomed(connection, doomed))
            return {"runs": [run.id for run in going]}

        Publisher(self._catalogue, self._objects).append(kind, body)
        return going

    def refuse_old_catalogue(self) -> None:
        """Refuse where the journal knows of events that the catalogue does not: their packs would look like garbage.

        Raises:
            UnsafeError: It does.
        """
        names = set(event_names(self._objects))  # before the rows: whoever writes an event has its row by then
        with self._catalogue.reading() as connection:
            for query in (
                "SELECT id FROM event",
                "SELECT event FROM reservation",
                "SELECT key FROM dropped",
                "SELECT event FROM ignored",
            ):
                names.difference_update(str(row[0]) for row in connection.execute(query))
        if names:
            raise UnsafeError(
                f"The catalogue is older than the journal: it does not know {len(names)} of its events.",
                saved="Nothing was removed.",
                hint="Run `nbcellar repair catalogue` first.",
            )

    def _is_thin(self, use: PackUse) -> bool:
        return 0 < use.needed_bytes < self._least_fill * use.size_bytes

    def _drop_staged(self, connection: sqlite3.Connection) -> None:
        """Rows of writers that were not heard of for the grace, by a clock that may be wrong: it only costs work."""
        now_ns = time.time_ns()
        old = "ABS(? - since_ns) > ?"
        with transaction(connection):
            connection.execute(
                f"INSERT INTO dropped SELECT event FROM reservation WHERE {old} ON CONFLICT (key) DO NOTHING",
                (now_ns, self._grace_ns),
            )
            connection.execute(f"DELETE FROM reservation WHERE {old}", (now_ns, self._grace_ns))
            connection.execute(f"DELETE FROM pack WHERE live = 0 AND {old}", (now_ns, self._grace_ns))

    def _drop_pack(self, connection: sqlite3.Connection, needs: Needs, use: PackUse) -> None:
        """Drop the rows of a pack that nothing needs, a few thousand at a time, then its object."""
        while True:
            with settled(connection, needs):
                if _is_needed(connection, use):
                    return
                connection.execute(
                    "DELETE FROM blob WHERE digest IN (SELECT digest FROM blob WHERE pack = ? LIMIT ?)",
                    (use.number, self._rows),
                )
                count_collection(connection)
                more = connection.execute("SELECT 1 FROM blob WHERE pack = ? LIMIT 1", (use.number,)).fetchone()
                if not more:
                    connection.execute("DELETE FROM pack WHERE id = ?", (use.number,))
            if not more:
                self._delete_pack(use)
                return

    def _delete_pack(self, use: PackUse) -> None:
        with storage_errors("tidy", self._objects.place, NOTHING_CHANGED):
            self._objects.delete(key_of(use.name))
            self._objects.delete(index_key_of(use.name))
        self._tally.pack_count += 1
        self._tally.freed_bytes += use.size_bytes

    def _rewrite(self, connection: sqlite3.Connection, needs: Needs, use: PackUse) -> None:
        try:
            moved = rewrite_pack(self._catalogue, self._objects, connection, needs, use.number)
        except CorruptDataError:
            self._tally.damaged.append(use.name)
            return
        except StoreFull:
            self._tally.unmoved_count += 1
            return
        if moved is not None:
            self._delete_pack(use)
            self._tally.rewritten_count += 1
            self._tally.freed_bytes -= moved


def pack_uses(connection: sqlite3.Connection) -> list[PackUse]:
    """How much of each live pack is needed, by the temporary table of needs."""
    query = (
        "SELECT pack.id, pack.name, pack.size_bytes, "
        "COALESCE(SUM(CASE WHEN need.digest IS NULL THEN 0 ELSE blob.length END), 0) "
        "FROM pack LEFT JOIN blob ON blob.pack = pack.id LEFT JOIN need ON need.digest = blob.digest "
        "WHERE pack.live = 1 GROUP BY pack.id ORDER BY pack.id"
    )
    return [PackUse(*row) for row in connection.execute(query)]


def _is_needed(connection: sqlite3.Connection, use: PackUse) -> bool:
    query = "SELECT 1 FROM blob JOIN need ON need.digest = blob.digest WHERE blob.pack = ? LIMIT 1"
    return connection.execute(query, (use.number,)).fetchone() is not None


def _assets_of_others(connection: sqlite3.Connection, ids: Iterable[str]) -> set[Digest]:
    """The assets that runs outside of these hold."""
    ids = set(ids)
    rows = connection.execute("SELECT id, asset FROM run WHERE asset IS NOT NULL")
    return {Digest(row[1]) for row in rows if row[0] not in ids}
