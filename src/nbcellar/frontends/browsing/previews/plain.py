"""Text, JSON and tables of text."""

from __future__ import annotations

import csv
import io
from itertools import islice

from nbcellar.frontends.browsing.previews.head import Head
from nbcellar.frontends.browsing.views import TableView, TextView

_COLUMNS = 200
_CELL = 500
_DELIMITERS = ",;\t|"


def text_view(head: Head, text: str) -> TextView:
    """Text as it is written; markup too."""
    return TextView(text, head.complete, len(head.data))


def json_view(head: Head, text: str) -> TextView:
    """JSON that the browser opens as a tree where all of it is here."""
    return TextView(text, head.complete, len(head.data), view="json")


def table_view(head: Head, text: str) -> TableView | None:
    """The rows of a CSV or TSV file; None where it is no table."""
    lines = list(io.StringIO(text, newline=""))
    if not head.complete:
        lines = lines[:-1]  # the last one is cut
    if not lines:
        return None
    delimiter = "\t" if head.ends(".tsv") else max(_DELIMITERS, key=lines[0].count)
    try:
        rows = list(islice(filter(None, csv.reader(lines, delimiter=delimiter)), head.rows + 2))
    except csv.Error:
        return None  # a NUL, or a field longer than any: text shows it better
    if not rows:
        return None
    titles, body = rows[0], rows[1 : head.rows + 1]
    width = min(_COLUMNS, max(map(len, rows)))
    complete = head.complete and len(rows) <= head.rows + 1
    return TableView(
        columns=tuple(_padded(titles, width)),
        types=(),
        rows=tuple(tuple(_padded(row, width)) for row in body),
        total_rows=len(body) if complete else None,
        complete=complete,
        shown_bytes=len(head.data),
    )


def _padded(row: list[str], width: int) -> list[str]:
    cells = [cell if len(cell) <= _CELL else f"{cell[:_CELL]}…" for cell in row[:width]]
    return cells + [""] * (width - len(cells))
