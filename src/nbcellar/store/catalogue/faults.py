"""What SQLite's errors mean for the catalogue, in our words."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcellar.errors import ConflictError, CorruptDataError, NbcellarError, StorageError, StoreFull
from nbcellar.store.objects.failures import NOTHING_PUBLISHED

BUSY_S = 30
_OTHER_TABLES = r"^(no such (table|column)|table \w+ has (no column|\d+ columns))"
"""What SQLite says where the text that defines a table was damaged: a column or table of another name."""


@contextmanager
def catalogue_errors(place: str) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except NbcellarError:
        raise
    except sqlite3.DatabaseError as error:
        raise _our_error(error, place) from error


def damaged_row(what: str) -> CorruptDataError:
    """One row says what no row of ours says.

    Args:
        what: Whose row: "run 'r1'".
    """
    return CorruptDataError(
        f"The catalogue's row of {what} is damaged.",
        saved="Packs and journal are as they were.",
        hint="Run `nbcellar repair catalogue`: it makes the catalogue again from the journal.",
    )


def _our_error(error: sqlite3.DatabaseError, place: str) -> NbcellarError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL") or (name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and _is_full(place)):
        return StoreFull(
            f"The disk of the catalogue {place} is full.", saved=NOTHING_PUBLISHED, hint="Run `nbcellar free 1GB`."
        )
    if name.startswith("SQLITE_READONLY"):
        return StorageError(
            f"The catalogue {place} may only be read.",
            saved=NOTHING_PUBLISHED,
            hint="Check who owns its folder and whether the disk is read-only, or set store_url to another place.",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ConflictError(
            f"Another process has held the catalogue {place} for {BUSY_S} s.",
            saved=NOTHING_PUBLISHED,
            hint="Look for a writer that hangs, then try again.",
        )
    unnamed = not name and not isinstance(error, sqlite3.ProgrammingError)  # ours, or a text that is no UTF-8
    if unnamed or name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or re.search(_OTHER_TABLES, str(error)):
        return CorruptDataError(
            f"The catalogue {place} is damaged ({error}).",
            saved="Packs and journal are as they were.",
            hint="Run `nbcellar repair catalogue`: it makes the catalogue again from the journal.",
        )
    return StorageError(
        f"The catalogue {place} could not be used: {error}.",
        saved=NOTHING_PUBLISHED,
        hint="Check that its folder is writable and its disk is well.",
    )


def _is_full(place: str) -> bool:
    """Whether the disk has no room, which SQLite does not always tell from other failures."""
    folder = Path(place).parent
    if not folder.is_dir():
        return False
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize < 2**20 or (state.f_files > 0 and state.f_favail == 0)
