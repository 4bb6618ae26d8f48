"""Aliases, tags and notes of runs."""

from __future__ import annotations

import sqlite3

from nbcellar.model import Label, LabelKind
from nbcellar.store.catalogue.connections import in_batches
from nbcellar.store.catalogue.faults import damaged_row

KINDS = frozenset(kind.value for kind in LabelKind)


def labels_of(connection: sqlite3.Connection, run_ids: list[str]) -> list[Label]:
    """The labels of these runs, in the order in which they were set.

    Raises:
        CorruptDataError: A row is damaged.
    """
    statement = "SELECT kind, run, key, value, set_ns, sequence FROM label WHERE run IN ({})"
    found = []
    for kind, run, key, value, set_ns, sequence in in_batches(connection, statement, run_ids):
        if kind not in KINDS or not isinstance(set_ns, int) or not isinstance(sequence, int):
            raise damaged_row(f"a label of run {run!r:.60}")
        found.append(Label(LabelKind(str(kind)), str(run), str(key), str(value), set_ns, sequence))
    found.sort(key=lambda label: label.sequence or 0)
    return found


def tags_in_use(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Key and value of every tag that a run outside the trash carries, in their order."""
    statement = (
        "SELECT DISTINCT label.key, label.value FROM label JOIN run ON run.id = label.run "
        "WHERE label.kind = 'tag' AND run.removed_ns IS NULL ORDER BY label.key, label.value"
    )
    return [(str(key), str(value)) for key, value in connection.execute(statement)]
