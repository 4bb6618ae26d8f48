"""Temporary names that a restore or an undo is about to use, noted beforehand: those of a killed one are removed later.

One file for each that is under way, below the cellar's ``rescue/under-way/``.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.ignore import TEMPORARY_PREFIX
from nbcellar.assets.scanning.names import name_fault
from nbcellar.errors import StorageError
from nbcellar.store import Cellar
from nbcellar.store.objects.processes import is_gone, this_process
from nbcellar.store.objects.ulid import new_ulid

OLD_SUFFIX = b"-old"
"""Behind a temporary name: what stood there, until everything is in place; the store holds it."""


@contextmanager
def noted(cellar: Cellar, base: Path, names: Sequence[bytes]) -> Iterator[None]:
    """Note that these temporary names below ``base`` belong to this process until the block ends.

    Raises:
        StorageError: The note could not be written.
    """
    note = cellar.folder / "rescue" / "under-way" / f"{new_ulid()}.json"
    body = {"process": this_process(), "base": str(base), "names": [os.fsdecode(name) for name in names]}
    try:
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.write_text(json.dumps(body), encoding="ascii")  # not made durable: it is about tidiness alone
    except OSError as error:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)
        raise StorageError(
            f"{note} could not be written: {error.strerror}.",
            saved="Nothing was changed in the target.",
            hint="Free some space there.",
        ) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # what it names is gone, so it harms nothing and is swept later
            note.unlink(missing_ok=True)


def sweep(cellar: Cellar) -> None:
    """Remove what restores and undos have left whose process was killed; what cannot be removed is left to the next."""
    with contextlib.suppress(OSError):
        for note in sorted((cellar.folder / "rescue" / "under-way").iterdir()):
            with contextlib.suppress(OSError):
                _sweep_one(note)


def _sweep_one(note: Path) -> None:
    try:
        body = json.loads(note.read_text(encoding="ascii"))
        gone, base = is_gone(body["process"]), Path(body["base"])
        names = [os.fsencode(name) for name in body["names"]]
    except (ValueError, KeyError, TypeError, AttributeError):  # cut short by a power cut
        note.unlink()
        return
    if not gone:
        return
    if base.is_dir():
        with Folders(base) as folders:
            for name in names:
                _remove(folders, name)
    note.unlink()


def _remove(folders: Folders, name: bytes) -> None:
    """Remove one temporary file or folder; a note that somebody else wrote cannot name anything else."""
    parent, _, base = name.rpartition(b"/")
    if name_fault(name) or not base.startswith(TEMPORARY_PREFIX):
        return
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        folder = folders.open(parent)
        for one in (base, base + OLD_SUFFIX):
            try:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(one, dir_fd=folder)
            except (IsADirectoryError, PermissionError):
                import shutil  # it loads the compressors, which few restores need

                folders.forget(name)
                shutil.rmtree(os.fsdecode(one), dir_fd=folder)
