"""The head of a file, shown by what it is."""

from __future__ import annotations

import os
from pathlib import Path

from nbcellar.assets.display import size_text
from nbcellar.frontends.browsing.about import snippet
from nbcellar.frontends.browsing.answers import Fact, FactsView, Preview, TableView, TextView, View
from nbcellar.frontends.browsing.listing import ref_of, shown_name
from nbcellar.frontends.browsing.previews.head import HEAD_BYTES, Head
from nbcellar.frontends.browsing.previews.pictures import picture_of, picture_view
from nbcellar.frontends.browsing.previews.plain import json_view, table_view, text_view
from nbcellar.model import Entry, Kind, Run
from nbcellar.store import Cellar

_NO_PREVIEW = "There is no preview of this kind of file. Restore it, or open it with the copied code."
_JSON = (".json", ".geojson", ".ipynb", ".webmanifest")
_TABLES = (".csv", ".tsv")
_WORDS = {
    ".csv": "CSV table",
    ".tsv": "TSV table",
    ".json": "JSON",
    ".ipynb": "notebook",
    ".py": "Python",
    ".md": "Markdown",
    ".html": "HTML, shown as text",
    ".svg": "SVG, shown as text",
    ".xml": "XML",
    ".yaml": "YAML",
    ".yml": "YAML",
}


def preview(cellar: Cellar, run: Run, entry: Entry) -> Preview:
    """What a file begins with.

    Raises:
        StorageError, CorruptDataError: Its bytes cannot be had, or are not what they were.
    """
    ref = ref_of(run, cellar.project)
    shown, kind = _view(cellar, entry)
    return Preview(
        path=f"{ref}/{shown_name(entry.name)}",
        size_bytes=entry.size_bytes,
        type=kind,
        snippet=snippet(ref, entry.name),
        shown=shown,
    )


def _view(cellar: Cellar, entry: Entry) -> tuple[View, str]:
    match entry.kind:
        case Kind.FOLDER:
            return FactsView((), "This folder is empty."), "folder"
        case Kind.LINK:
            target = cellar.read_file(entry)
            return FactsView((Fact("Points to", os.fsdecode(target)),), "A link is kept as a link."), "link"
        case Kind.FILE:
            return view_of(_head(cellar, entry))


def _head(cellar: Cellar, entry: Entry) -> Head:
    data = cellar.read_file(entry, 0, min(entry.size_bytes, HEAD_BYTES)) if entry.size_bytes else b""
    name = shown_name(entry.name.rsplit(b"/", 1)[-1])
    return Head(name, entry.size_bytes, data, lambda offset, length: cellar.read_file(entry, offset, length))


def view_of(head: Head) -> tuple[View, str]:
    """What a file's head shows, and what it is in words."""
    picture = picture_of(head.data)
    if picture:
        return picture_view(head, picture), f"{picture.format} picture"
    text = head.text()
    if text is not None:
        return _text_view(head, text), _word(head)
    facts = (Fact("Size", size_text(head.size_bytes)), Fact("Begins with", head.data[:16].hex(" ")))
    return FactsView(facts, _NO_PREVIEW), "binary"


def _text_view(head: Head, text: str) -> TextView | TableView:
    if head.ends(*_JSON) and text:
        return json_view(head, text)
    if head.ends(*_TABLES):
        table = table_view(head, text)
        if table:
            return table
    return text_view(head, text)


def _word(head: Head) -> str:
    return _WORDS.get(Path(head.name.lower()).suffix, "text")
