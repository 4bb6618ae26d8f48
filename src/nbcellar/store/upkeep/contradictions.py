"""Whether the catalogue says what the journal says: the journal is replayed beside it, and rows are compared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import zip_longest

from nbcellar.errors import NbcellarError
from nbcellar.store.catalogue.schema import make_tables
from nbcellar.store.journal.events import Event
from nbcellar.store.journal.replay import apply_event

_CLOSED = "run IN (SELECT id FROM run WHERE sequence IS NOT NULL)"

_ROWS = {
    "assets": "SELECT digest, manifest, entry_count, size_bytes FROM asset NOT INDEXED ORDER BY 1",
    "runs": (
        "SELECT id, kind, project, name, number, status, started_ns, ended_ns, parent, asset, key, sequence, "
        "removed_ns, body FROM run NOT INDEXED WHERE sequence IS NOT NULL ORDER BY 1"
    ),
    "parameters": f"SELECT run, name, value FROM run_param NOT INDEXED WHERE {_CLOSED} ORDER BY 1, 2",
    "inputs": f"SELECT run, place, source, digest FROM run_input NOT INDEXED WHERE {_CLOSED} ORDER BY 1, 2",
    "labels": "SELECT run, kind, key, project, name, value, set_ns, sequence FROM label NOT INDEXED ORDER BY 1, 2, 3",
    "records": (
        "SELECT id, project, name, digest, inputs, outputs, created_ns, run, sequence "
        "FROM record NOT INDEXED ORDER BY 1"
    ),
    "runs of records": "SELECT record, run, sequence FROM record_run NOT INDEXED ORDER BY 1, 2",
}
"""What is an index of the journal alone, by its rows and not by SQLite's own indexes of them.

Runs that are not closed are only in the catalogue.
"""


class Replay:
    """The journal, event by event, in a catalogue of its own. Close it."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        make_tables(self._connection, "")
        self._last = 0
        self._broken = ""

    def close(self) -> None:
        """Let it go."""
        self._connection.close()

    def add(self, event: Event) -> None:
        """The next event, in the order of sequences."""
        self._last = event.sequence
        try:
            apply_event(self._connection, event)
        except (NbcellarError, sqlite3.DatabaseError) as error:
            self._broken = self._broken or f"event {event.id} cannot be replayed: {error}"

    def contradictions(self, connection: sqlite3.Connection) -> Iterator[str]:
        """What a catalogue that has these events says otherwise, in words; one line a table."""
        if self._broken:
            yield self._broken
            return
        for what, query in _ROWS.items():
            pairs = zip_longest(self._connection.execute(query), connection.execute(query))
            if any(own != theirs for own, theirs in pairs):
                yield f"its {what} are not what the journal says"
        query = "SELECT COALESCE(MAX(value), 0) FROM counter WHERE name = 'sequence'"
        (counter,) = connection.execute(query).fetchone()
        numbers = dict(_numbers(connection))
        behind = any(numbers.get(series, 0) < number for series, number in _numbers(self._connection))
        if counter < self._last or behind:
            yield "its counters are behind the journal"


def _numbers(connection: sqlite3.Connection) -> Iterator[tuple[tuple[str, str], int]]:
    for project, name, number in connection.execute("SELECT project, name, last_number FROM series"):
        yield (project, name), number
