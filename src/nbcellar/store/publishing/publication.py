"""Publication: what is durable becomes visible, in one transaction, and only if everything that it needs is there.

Order: packs and indexes, then the journal event, then the rows. A pack's row is made before its object, and the
transaction asks once more whether every blob still has a row, because a collector may have been here meanwhile. It asks
too whether a later event was published already, because what an event does depends on those before it: events are
published in the order of their sequences, so that replaying the journal gives this catalogue.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from itertools import chain

from nbcellar.errors import CorruptDataError, NbcellarError
from nbcellar.lightclasses import replace
from nbcellar.lighttypes import TypeAlias
from nbcellar.model import JSON, AssetSummary, Digest, Run
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.catalogue.documents import run_to_json
from nbcellar.store.catalogue.locations import known_digests
from nbcellar.store.catalogue.rows import keep_numbers, take_number
from nbcellar.store.catalogue.turns import turn
from nbcellar.store.journal.events import Event, EventKind, key_of, write_event
from nbcellar.store.journal.replay import apply_event
from nbcellar.store.journal.reservation import collections, give_back_rows
from nbcellar.store.objects.failures import storage_errors
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.content import Content
from nbcellar.store.packs.manifestroot import parse_root
from nbcellar.store.packs.stage import Stage, again_or_refuse

Again: TypeAlias = Callable[[Collection[Digest]], None]

_TRIES = 30
_ROWS = 50  # of one statement


class _Lost(Exception):
    """Rows that publication needs have been collected since they were seen, or a later event was published first."""

    def __init__(self, packs: set[str], blobs: set[Digest], ticket: bool) -> None:
        super().__init__()
        self.packs = packs
        self.blobs = blobs
        self.ticket = ticket


class Publisher:
    """Publishes into one store."""

    def __init__(self, catalogue: Catalogue, objects: Objects) -> None:
        self._catalogue = catalogue
        self._objects = objects

    def publish(self, run: Run, stage: Stage | None, again: Again | None) -> Run:
        """Close a run with what its stage holds; see :meth:`Cellar.publish`."""
        if stage is None:
            with Stage(self._catalogue, self._objects) as empty:
                return self.publish(run, empty, again)
        for _ in range(_TRIES):
            missing = stage.seal()
            if not missing:
                published = self._try(run, stage)
                if isinstance(published, Run):
                    return published
                missing = published
            if missing:
                if again is None:
                    raise again_or_refuse(missing)
                stage.forget(missing)
                again(missing)
        raise again_or_refuse(stage.relied)

    def append(self, kind: EventKind, body: JSON | Callable[[], JSON], at_ns: int | None = None) -> int:
        """Publish an event that needs no bytes; its sequence.

        Args:
            body: What it says; or who decides it, asked while others who publish wait.
        """
        for _ in range(_TRIES):
            with (
                contextlib.suppress(_Lost),
                Stage(self._catalogue, self._objects) as stage,
                turn(self._catalogue),
            ):
                ticket = stage.holder.take_ticket()
                event = Event(
                    ticket.event, ticket.sequence, kind, at_ns or time.time_ns(), body() if callable(body) else body
                )
                self._write(event, stage)
                self._commit(event, stage)
                return ticket.sequence
        raise again_or_refuse(())  # its place was taken again and again

    def _try(self, run: Run, stage: Stage) -> Run | set[Digest]:
        with turn(self._catalogue):
            return self._publish_in_turn(run, stage)

    def _publish_in_turn(self, run: Run, stage: Stage) -> Run | set[Digest]:
        ticket = stage.holder.take_ticket()
        run, last_number = self._number(self._with_stored_manifest(run, stage))
        body: JSON = {"run": run_to_json(run), "last_number": last_number}
        event = Event(ticket.event, ticket.sequence, EventKind.RUN, run.ended_ns or run.started_ns, body)
        self._write(event, stage)
        try:
            self._commit(event, stage, run)
        except _Lost as lost:
            if lost.ticket:
                with storage_errors("write to", self._objects.place):
                    self._objects.delete(key_of(event.id))  # it has no place in the order: nobody may find it
                stage.holder.lose_ticket()
            return lost.blobs | stage.drop_packs(lost.packs)
        return replace(run, sequence=ticket.sequence)

    def _with_stored_manifest(self, run: Run, stage: Stage) -> Run:
        """The run with the manifest that its asset has already: another one differs in times only, and would go.

        Where that one was lost, the new one takes its place, and heals the asset.
        """
        if run.asset is None:
            return run
        with self._catalogue.reading() as connection:
            row = connection.execute("SELECT manifest FROM asset WHERE digest = ?", (run.asset.digest,)).fetchone()
        if row is None or row[0] == run.asset.manifest:
            return run
        stored = replace(run.asset, manifest=Digest(row[0]))
        if run.asset.digest in stage.assets and not self._is_whole(stored):
            return run
        return replace(run, asset=stored)

    def _is_whole(self, asset: AssetSummary) -> bool:
        """Whether every blob of the manifest is there."""
        try:
            blocks, _ = parse_root(Content(self._catalogue, self._objects).read(asset.manifest), asset)
        except CorruptDataError:
            return False
        needed = {digest for digest, _, _ in blocks}
        with self._catalogue.reading() as connection:
            return needed <= known_digests(connection, needed)

    def _number(self, run: Run) -> tuple[Run, int]:
        """The run with a number that nobody else has: its own, unless the catalogue was made again meanwhile."""
        with self._catalogue.reading() as connection:
            last = connection.execute(
                "SELECT last_number FROM series WHERE project = ? AND name = ?", (run.project, run.name)
            ).fetchone()
            if connection.execute("SELECT 1 FROM run WHERE id = ?", (run.id,)).fetchone():
                return run, int(last[0])
        with self._catalogue.writing() as connection:
            taken = connection.execute(
                "SELECT 1 FROM run WHERE project = ? AND name = ? AND number = ?", (run.project, run.name, run.number)
            ).fetchone()
            number = take_number(connection, run.project, run.name) if taken or not run.number else run.number
            keep_numbers(connection, run.project, run.name, number)
        return replace(run, number=number), number

    def _write(self, event: Event, stage: Stage) -> None:
        if not stage.holder.event_written:
            stage.holder.event_written = True
            with storage_errors("write to", self._objects.place):
                write_event(self._objects, event)

    def _commit(self, event: Event, stage: Stage, run: Run | None = None) -> None:
        try:
            with self._catalogue.writing() as connection:
                _check(connection, stage, run)
                _add_packs(connection, stage)
                connection.execute("DELETE FROM reservation WHERE event = ?", (event.id,))
                give_back_rows(connection, stage.holder.name)
                apply_event(connection, event)
        except NbcellarError:
            if not self._has(event):
                raise
        stage.published = True

    def _has(self, event: Event) -> bool:
        """Whether the event was published although the answer was lost."""
        with self._catalogue.reading() as connection:
            return connection.execute("SELECT 1 FROM event WHERE id = ?", (event.id,)).fetchone() is not None


def _check(connection: sqlite3.Connection, stage: Stage, run: Run | None) -> None:
    """Raise where something that publication needs has lost its row, or a later event was published before this one.

    Raises:
        _Lost: It has.
    """
    ticket = stage.holder.ticket
    assert ticket is not None
    query = "SELECT 1 FROM reservation WHERE event = ? AND NOT EXISTS (SELECT 1 FROM event WHERE event.sequence > ?)"
    ticket_lost = connection.execute(query, (ticket.event, ticket.sequence)).fetchone() is None
    rows = connection.execute("SELECT name FROM pack WHERE holder = ? AND live = 0", (stage.holder.name,)).fetchall()
    packs = {pack.name for pack in stage.packs} - {str(row[0]) for row in rows}
    blobs: set[Digest] = set()
    if collections(connection) != stage.holder.collections:
        blobs = stage.relied - known_digests(connection, stage.relied)
    if run and run.asset and run.asset.digest not in stage.assets:
        query = "SELECT 1 FROM asset WHERE digest = ?"
        changed = stage.recognised and collections(connection) != stage.holder.collections
        if changed or connection.execute(query, (run.asset.digest,)).fetchone() is None:
            blobs.add(run.asset.manifest)
    if ticket_lost or packs or blobs:
        raise _Lost(packs, blobs, ticket_lost)


def _add_packs(connection: sqlite3.Connection, stage: Stage) -> None:
    for pack in stage.packs:
        (number,) = connection.execute(
            "UPDATE pack SET live = 1, size_bytes = ? WHERE name = ? RETURNING id", (pack.size_bytes, pack.name)
        ).fetchone()
        _add_blobs(connection, sorted((digest, number, offset, length) for digest, offset, length in pack.blobs()))


def _add_blobs(connection: sqlite3.Connection, rows: Sequence[tuple[Digest, int, int, int]]) -> None:
    """Many rows a statement, which takes two thirds of the time of one by one."""
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        values = ", ".join(["(?, ?, ?, ?)"] * len(part))
        statement = f"INSERT INTO blob VALUES {values} ON CONFLICT (digest) DO NOTHING"
        connection.execute(statement, list(chain.from_iterable(part)))
