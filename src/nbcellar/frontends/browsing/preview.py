"""The head of a file, shown by what it is."""

from __future__ import annotations

import os
from pathlib import Path

from nbcellar.assets.display import size_text
from nbcellar.frontends.browsing.about import snippet
from nbcellar.frontends.browsing.facts import Fact
from nbcellar.frontends.browsing.listing import ref_of, shown_name
from nbcellar.frontends.browsing.previews.archives import tar_view, zip_view
from nbcellar.frontends.browsing.previews.arrays import MAGIC, archive_view, array_view
from nbcellar.frontends.browsing.previews.foreign import Unreadable, foreign_view
from nbcellar.frontends.browsing.previews.head import HEAD_BYTES, ROWS, Head
from nbcellar.frontends.browsing.previews.notebooks import notebook_view
from nbcellar.frontends.browsing.previews.pages import pdf_view
from nbcellar.frontends.browsing.previews.pictures import picture_of, picture_view
from nbcellar.frontends.browsing.previews.plain import json_view, table_view, text_view
from nbcellar.frontends.browsing.previews.sounds import sound_of, sound_view
from nbcellar.frontends.browsing.views import FactsView, Preview, TableView, TextView, View
from nbcellar.model import Entry, Kind, Run
from nbcellar.store import Cellar

_NO_PREVIEW = "There is no preview of this kind of file. Restore it, or open it with the copied code."
_JSON = (".json", ".geojson", ".ipynb", ".webmanifest", ".zarray", ".zgroup", ".zattrs", ".zmetadata")
_FOREIGN = {
    b"PAR1": ("parquet", "Parquet table"),
    b"ARROW1": ("arrow", "Arrow table"),
    b"\x89HDF\r\n\x1a\n": ("hdf5", "HDF5"),
}
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


def preview(cellar: Cellar, run: Run, entry: Entry, pages: int = 1) -> Preview:
    """What a file begins with.

    Args:
        pages: So many times the usual bytes and rows.

    Raises:
        StorageError, CorruptDataError: Its bytes cannot be had, or are not what they were.
    """
    ref = ref_of(run, cellar.project)
    shown, kind = _view(cellar, entry, pages)
    return Preview(
        path=f"{ref}/{shown_name(entry.name)}",
        size_bytes=entry.size_bytes,
        type=kind,
        digest=entry.digest.hex(),
        snippet=snippet(ref, entry.name),
        shown=shown,
    )


def _view(cellar: Cellar, entry: Entry, pages: int) -> tuple[View, str]:
    match entry.kind:
        case Kind.FOLDER:
            return FactsView((), "This folder is empty."), "folder"
        case Kind.LINK:
            target = cellar.read_file(entry)
            return FactsView((Fact("Points to", os.fsdecode(target)),), "A link is kept as a link."), "link"
        case Kind.FILE:
            return view_of(_head(cellar, entry, pages))


def _head(cellar: Cellar, entry: Entry, pages: int) -> Head:
    length = min(entry.size_bytes, pages * HEAD_BYTES)
    data = cellar.read_file(entry, 0, length) if length else b""
    name = shown_name(entry.name.rsplit(b"/", 1)[-1])
    return Head(name, entry.size_bytes, data, lambda at, size: cellar.read_file(entry, at, size), pages * ROWS)


def view_of(head: Head) -> tuple[View, str]:
    """What a file's head shows, and what it is in words."""
    if known := _known(head):
        return known
    text = head.text()
    if text is not None:
        return _text_view(head, text), _word(head)
    return FactsView(_facts(head), _NO_PREVIEW), "binary"


def _known(head: Head) -> tuple[View, str] | None:
    """What is told by its first bytes, whatever its name says."""
    if picture := picture_of(head.data):
        return picture_view(head, picture), f"{picture.format} picture"
    if sound := sound_of(head.data):
        return sound_view(head, sound), f"{sound.format} sound"
    if head.data.startswith(b"%PDF-"):
        return pdf_view(head), "PDF"
    if head.data.startswith(MAGIC):
        return array_view(head)
    for magic, (format_name, word) in _FOREIGN.items():
        if head.data.startswith(magic):
            return _foreign(head, format_name, word)
    return _archive(head)


def _foreign(head: Head, format_name: str, word: str) -> tuple[View, str]:
    try:
        return foreign_view(head, format_name)
    except Unreadable as fault:
        return FactsView((Fact("Format", word), Fact("Size", size_text(head.size_bytes))), str(fault)), word


def _archive(head: Head) -> tuple[View, str] | None:
    if head.data.startswith(b"PK\x03\x04"):
        arrays = archive_view(head) if head.ends(".npz") else None
        names = arrays or zip_view(head)
        return (names, "NumPy arrays" if arrays else "zip file") if names else None
    if head.data[257:262] == b"ustar":
        names = tar_view(head)
        return (names, "tar file") if names else None
    return None


def _facts(head: Head) -> tuple[Fact, ...]:
    return (Fact("Size", size_text(head.size_bytes)), Fact("Begins with", head.data[:16].hex(" ")))


def _text_view(head: Head, text: str) -> TextView | TableView:
    if head.ends(".ipynb") and (cells := notebook_view(head)):
        return cells
    if head.ends(*_JSON) and text:
        return json_view(head, text)
    if head.ends(*_TABLES):
        table = table_view(head, text)
        if table:
            return table
    return text_view(head, text)


def _word(head: Head) -> str:
    return _WORDS.get(Path(head.name.lower()).suffix, "text")
