"""Runs and their parts as rows of the catalogue."""

from __future__ import annotations

import sqlite3

from nbcellar.lightclasses import replace
from nbcellar.model import AssetSummary, Digest, Run, RunKind, RunStatus
from nbcellar.store.catalogue.documents import Document, body_to_json, dump, inputs_from_json, load
from nbcellar.store.catalogue.faults import damaged_row

RUN_COLUMNS = (
    "run.id, run.kind, run.project, run.name, run.number, run.status, run.started_ns, run.ended_ns, run.parent, "
    "run.key, run.sequence, run.removed_ns, run.body, "
    "asset.digest, asset.manifest, asset.entry_count, asset.size_bytes"
)
RUN_FROM = "run LEFT JOIN asset ON asset.digest = run.asset"

RunRow = tuple[
    str, str, str, str, int, str, int, int | None, str | None,
    str, int | None, int | None, str,
    bytes | None, bytes, int, int,
]  # fmt: skip


def run_of(row: RunRow) -> Run:
    """A run from the columns above.

    Raises:
        CorruptDataError: The row is damaged.
    """
    try:
        return _run_of(row)
    except (TypeError, ValueError) as error:  # no JSON, or none of our words
        raise damaged_row(f"run {row[0]!r:.60}") from error


def _run_of(row: RunRow) -> Run:
    body = Document.of(load(row[12]))
    asset = None if row[13] is None else AssetSummary(Digest(row[13]), Digest(row[14]), row[15], row[16])
    return Run(
        id=row[0],
        kind=RunKind(row[1]),
        project=row[2],
        name=row[3],
        number=row[4],
        status=RunStatus(row[5]),
        started_ns=row[6],
        ended_ns=row[7],
        parent=row[8],
        key=row[9],
        sequence=row[10],
        removed_ns=row[11],
        asset=asset,
        params=body.mapping("params"),
        inputs=inputs_from_json(body.items("inputs")),
        result=body.fields.get("result"),
        result_repr=body.text("result_repr"),
        code=body.text("code"),
        error=body.text("error"),
        key_parts=body.mapping("key_parts"),
        origin=body.mapping("origin"),
        detail=body.mapping("detail"),
    )


def put_run(connection: sqlite3.Connection, run: Run) -> None:
    """Insert a run or replace it, with what is searched of it."""
    asset = run.asset.digest if run.asset else None
    values = (
        *(run.id, run.kind.value, run.project, run.name, run.number, run.status.value, run.started_ns, run.ended_ns),
        *(run.parent, asset, run.key, run.sequence, run.removed_ns, dump(body_to_json(run))),
    )
    connection.execute(
        "INSERT INTO run (id, kind, project, name, number, status, started_ns, ended_ns, parent, asset, key, "
        "sequence, removed_ns, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended_ns = excluded.ended_ns, "
        "asset = excluded.asset, key = excluded.key, sequence = excluded.sequence, body = excluded.body",
        values,
    )
    connection.execute("DELETE FROM run_param WHERE run = ?", (run.id,))
    connection.execute("DELETE FROM run_input WHERE run = ?", (run.id,))
    connection.executemany(
        "INSERT INTO run_param VALUES (?, ?, ?)", [(run.id, name, dump(value)) for name, value in run.params.items()]
    )
    connection.executemany(
        "INSERT INTO run_input VALUES (?, ?, ?, ?)",
        [(run.id, place, one.run, one.digest) for place, one in enumerate(run.inputs)],
    )


def put_open_body(connection: sqlite3.Connection, run: Run) -> None:
    """Replace what is told of a run, as long as it is open."""
    values = (dump(body_to_json(run)), run.id, RunStatus.RUNNING.value)
    connection.execute("UPDATE run SET body = ? WHERE id = ? AND status = ?", values)


def put_asset(connection: sqlite3.Connection, asset: AssetSummary) -> None:
    """Insert an asset, or say where its manifest is by now: publication gives another one only where it was lost."""
    connection.execute(
        "INSERT INTO asset VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET manifest = excluded.manifest",
        (asset.digest, asset.manifest, asset.entry_count, asset.size_bytes),
    )


def keep_numbers(connection: sqlite3.Connection, project: str, name: str, number: int) -> None:
    """Never give this number of the series again, nor a lower one."""
    connection.execute(
        "INSERT INTO series VALUES (?, ?, ?) ON CONFLICT (project, name) "
        "DO UPDATE SET last_number = MAX(last_number, excluded.last_number)",
        (project, name, number),
    )


def take_number(connection: sqlite3.Connection, project: str, name: str) -> int:
    """The next number of the series."""
    (number,) = connection.execute(
        "INSERT INTO series VALUES (?, ?, 1) ON CONFLICT (project, name) "
        "DO UPDATE SET last_number = last_number + 1 RETURNING last_number",
        (project, name),
    ).fetchone()
    return int(number)


def numbered(run: Run, number: int) -> Run:
    """The run with its number."""
    return replace(run, number=number)
