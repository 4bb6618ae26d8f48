"""Records: queryable results, unique by content."""

from __future__ import annotations

import sqlite3

from nbcellar.model import Record
from nbcellar.store.catalogue.documents import Document, load
from nbcellar.store.catalogue.faults import damaged_row
from nbcellar.store.catalogue.queries import RecordQuery
from nbcellar.store.catalogue.runs import Conditions

RecordRow = tuple[str, str, str, str, str, str, int, str | None, int]


def list_records(connection: sqlite3.Connection, query: RecordQuery) -> list[Record]:
    """Records that fit the query, newest first.

    Raises:
        CorruptDataError: A row is damaged.
    """
    where = Conditions()
    where.equal("record.project", query.project)
    where.equal("record.name", query.name)
    where.equal("record.digest", query.digest)
    within = query.run is not None
    sequence = "record_run.sequence" if within else "record.sequence"
    where.equal("record_run.run", query.run)
    if query.before is not None:
        where.add(f"{sequence} < ?", query.before)
    statement = (
        "SELECT record.id, record.project, record.name, record.digest, record.inputs, record.outputs, "
        f"record.created_ns, {'record_run.run' if within else 'record.run'}, {sequence} FROM record"
        f"{' JOIN record_run ON record_run.record = record.id' if within else ''}{where.where()} "
        f"ORDER BY {sequence} DESC LIMIT ?"
    )
    rows = connection.execute(statement, [*where.values, -1 if query.limit is None else query.limit])
    return [_record_of(row) for row in rows]


def _record_of(row: RecordRow) -> Record:
    try:
        inputs, outputs = (Document.of(load(text)).fields for text in row[4:6])
    except (TypeError, ValueError) as error:
        raise damaged_row(f"record {row[0]!r:.60}") from error
    return Record(
        id=row[0],
        project=row[1],
        name=row[2],
        digest=row[3],
        inputs=inputs,
        outputs=outputs,
        created_ns=row[6],
        run=row[7],
        sequence=row[8],
    )
