"""Zip and tar files: what is in them, from their own lists. Nothing is unpacked, and nothing inside is opened."""

from __future__ import annotations

import tarfile
import zipfile
from datetime import datetime

from nbcellar.assets.display import size_text
from nbcellar.frontends.browsing.previews.head import ROWS, Head
from nbcellar.frontends.browsing.previews.window import Window
from nbcellar.frontends.browsing.views import TableView

_COLUMNS = ("name", "size", "packed", "changed")


def zip_view(head: Head) -> TableView | None:
    """The names in a zip file; None where its list cannot be read."""
    try:
        with zipfile.ZipFile(Window(head)) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    rows = [
        (
            one.filename,
            size_text(one.file_size),
            size_text(one.compress_size),
            "{:04}-{:02}-{:02}".format(*one.date_time),
        )
        for one in members[:ROWS]
    ]
    return TableView(_COLUMNS, (), tuple(rows), len(members), len(members) <= ROWS, 0)


def tar_view(head: Head) -> TableView | None:
    """The names in a tar file that is not compressed; None where it is none."""
    rows: list[tuple[str, str, str, str]] = []
    complete = True
    try:
        with tarfile.open(fileobj=Window(head), mode="r:") as archive:
            for member in archive:
                if len(rows) == ROWS:
                    complete = False
                    break
                changed = f"{datetime.fromtimestamp(member.mtime):%Y-%m-%d}"
                rows.append((member.name, size_text(member.size), size_text(member.size), changed))
    except (OSError, tarfile.TarError, ValueError, OverflowError):
        if not rows:
            return None
        complete = False
    return TableView(_COLUMNS, (), tuple(rows), len(rows) if complete else None, complete, 0)
