"""What an event does to the catalogue: the same code when it happens and when the journal is replayed."""

from __future__ import annotations

import sqlite3

from nbcellar.lightclasses import replace
from nbcellar.lighttypes import assert_never
from nbcellar.model import JSON, LabelKind
from nbcellar.store.catalogue.documents import Document, dump, label_from_json, load, record_from_json, run_from_json
from nbcellar.store.catalogue.rows import keep_numbers, put_asset, put_run
from nbcellar.store.journal.events import Event, EventKind


def apply_event(connection: sqlite3.Connection, event: Event) -> None:
    """Bring the catalogue to where it is after the event, within the open transaction."""
    body = Document.of(event.body)
    match event.kind:
        case EventKind.RUN:
            _close_run(connection, body, event)
        case EventKind.LABEL:
            _set_label(connection, body, event)
        case EventKind.UNLABEL:
            values = (body.text("run"), body.text("kind"), body.text("key"))
            connection.execute("DELETE FROM label WHERE run = ? AND kind = ? AND key = ?", values)
        case EventKind.RECORD:
            _record(connection, body, event)
        case EventKind.REMOVE:
            connection.execute("UPDATE run SET removed_ns = ? WHERE id = ?", (event.at_ns, body.text("run")))
        case EventKind.PUT_BACK:
            connection.execute("UPDATE run SET removed_ns = NULL WHERE id = ?", (body.text("run"),))
        case EventKind.EXPIRE:
            for run in body.items("runs"):
                _expire_run(connection, str(run), event.at_ns)
        case EventKind.DELETE:
            for run in body.items("runs"):
                _delete_run(connection, str(run))
        case _:
            assert_never(event.kind)
    connection.execute("INSERT INTO event VALUES (?, ?)", (event.id, event.sequence))


def _close_run(connection: sqlite3.Connection, body: Document, event: Event) -> None:
    run = replace(run_from_json(body.mapping("run")), sequence=event.sequence)
    if run.asset:
        put_asset(connection, run.asset)
    keep_numbers(connection, run.project, run.name, max(run.number, body.whole("last_number")))
    put_run(connection, run)


def _set_label(connection: sqlite3.Connection, body: Document, event: Event) -> None:
    label = label_from_json(body.mapping("label"), event.sequence)
    project, name = body.text("project"), body.text("name")
    if label.kind is LabelKind.ALIAS:  # an alias means one run of its series
        connection.execute(
            "DELETE FROM label WHERE kind = ? AND key = ? AND project = ? AND name = ?",
            (label.kind.value, label.key, project, name),
        )
    connection.execute(
        "INSERT INTO label VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, kind, key) "
        "DO UPDATE SET value = excluded.value, set_ns = excluded.set_ns, sequence = excluded.sequence",
        (label.kind.value, label.run, project, name, label.key, label.value, label.set_ns, event.sequence),
    )


def _record(connection: sqlite3.Connection, body: Document, event: Event) -> None:
    record = record_from_json(body.mapping("record"), event.sequence)
    connection.execute(
        "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project, name, digest) DO NOTHING",
        (
            *(record.id, record.project, record.name, record.digest, dump(record.inputs), dump(record.outputs)),
            *(record.created_ns, record.run, event.sequence),
        ),
    )
    if record.run is not None:
        connection.execute(
            "INSERT INTO record_run SELECT id, ?, ? FROM record WHERE project = ? AND name = ? AND digest = ? "
            "ON CONFLICT (record, run) DO UPDATE SET sequence = excluded.sequence",
            (record.run, event.sequence, record.project, record.name, record.digest),
        )


def _expire_run(connection: sqlite3.Connection, run: str, at_ns: int) -> None:
    row = connection.execute("SELECT asset, body FROM run WHERE id = ?", (run,)).fetchone()
    if row is None or row[0] is None:
        return
    body = Document.of(load(row[1]))
    detail: dict[str, JSON] = {**body.mapping("detail"), "expired_ns": at_ns, "expired_asset": row[0].hex()}
    text = dump({**body.fields, "detail": detail})
    connection.execute("UPDATE run SET asset = NULL, body = ? WHERE id = ?", (text, run))
    _drop_unused_asset(connection, row[0])


def _delete_run(connection: sqlite3.Connection, run: str) -> None:
    row = connection.execute("SELECT asset FROM run WHERE id = ?", (run,)).fetchone()
    for table in ("label", "run_param", "run_input"):
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
    connection.execute("DELETE FROM run WHERE id = ?", (run,))
    if row and row[0] is not None:
        _drop_unused_asset(connection, row[0])


def _drop_unused_asset(connection: sqlite3.Connection, digest: bytes) -> None:
    """An asset's row lives as long as a run holds it."""
    connection.execute(
        "DELETE FROM asset WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM run WHERE run.asset = asset.digest)",
        (digest,),
    )
