"""Takes the last restore back: what it made goes, what it replaced comes again."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nbcellar.assets.columns import printable
from nbcellar.assets.digests import hash_row
from nbcellar.assets.folders import Folders
from nbcellar.assets.ignore import TEMPORARY_PREFIX
from nbcellar.assets.mover import bring_back
from nbcellar.assets.plan import Action
from nbcellar.assets.record import Moved, Record, forget, newest_record
from nbcellar.assets.scanner import scan_files
from nbcellar.assets.writer import Placement, Writer
from nbcellar.errors import ConflictError, NotFoundError
from nbcellar.model import Digest, Entry, Kind
from nbcellar.store import Cellar
from nbcellar.store.ulid import new_ulid

_NOTHING_UNDONE = "Nothing was undone."


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did."""

    put_back: tuple[Path, ...]
    removed: tuple[Path, ...]


def undo(cellar: Cellar) -> Undone:
    """Undo the newest restore that is not undone.

    Files that changed since forbid it; folders that other files came into stay.

    Raises:
        NotFoundError: There is nothing to undo, or what was replaced is nowhere any more.
        ConflictError: Restored files were changed since.
        StorageError: The target could not be written.
    """
    record = newest_record(cellar)
    if record is None:
        raise NotFoundError("There is no restore to undo.")
    if not record.base.is_dir():
        raise NotFoundError(f"The folder {record.base} is gone.", saved=_NOTHING_UNDONE)
    with contextlib.closing(Folders(record.base)) as folders:
        _refuse_changed(record, folders)
        old = _write_stored(cellar, record, folders)
        put_back = [place.name for place in record.moved if _put_back(record, place, folders, old)]
        removed = _remove_made(record, folders)
    forget(record)
    return Undone(_paths(record, put_back), _paths(record, removed))


def _refuse_changed(record: Record, folders: Folders) -> None:
    scan = scan_files(record.base, [entry.name for entry in record.made])
    changed = []
    for entry in record.made:
        row = scan.row(entry.name)
        if row < 0 or entry.kind is Kind.FOLDER:
            continue  # gone is as good as removed, and a folder that is not empty stays
        kind = Kind.LINK if stat.S_ISLNK(scan.modes[row]) else Kind.FILE
        if stat.S_ISDIR(scan.modes[row]) or kind is not entry.kind or hash_row(folders, scan, row) != entry.digest:
            changed.append(printable(entry.name))
    if changed:
        more = ", …" if len(changed) > 3 else ""
        raise ConflictError(
            f"{len(changed)} restored files were changed since: {', '.join(changed[:3])}{more}.",
            saved=_NOTHING_UNDONE,
            hint="Move them away, or save them, and remove them.",
        )


def _write_stored(cellar: Cellar, record: Record, folders: Folders) -> dict[bytes, bytes]:
    """Write what was replaced because the store had it under temporary names, which are given by name."""
    wanted = [(place, place.stored) for place in record.moved if place.stored is not None]
    entries = _find(cellar, [digest for _, digest in wanted])
    token = new_ulid().encode()
    old: dict[bytes, bytes] = {}
    placements = []
    for number, (place, digest) in enumerate(wanted):
        parent = place.name.rpartition(b"/")[0]
        base = b"%b%b-%d" % (TEMPORARY_PREFIX, token, number)
        old[place.name] = parent + b"/" + base if parent else base
        placements.append(Placement(replace(entries[digest], name=place.name), old[place.name], durable=True))
    links = dict(cellar.read_many({p.entry.digest for p in placements if p.entry.kind is Kind.LINK}))
    try:
        Writer(cellar, folders, links).write(placements)
    except BaseException:
        for name in old.values():
            with contextlib.suppress(OSError):
                os.unlink(name.rpartition(b"/")[2], dir_fd=folders.open(name.rpartition(b"/")[0]))
        raise
    return old


def _find(cellar: Cellar, digests: Sequence[Digest]) -> dict[Digest, Entry]:
    found = cellar.find_content(digests, removed=True) if digests else {}
    entries = {}
    for digest in digests:
        for run, name in found.get(digest, []):
            if run.asset is not None:
                entries[digest] = cellar.manifest(run.asset)[name]
                break
        else:
            raise NotFoundError("The store no longer has what was replaced.", saved=_NOTHING_UNDONE)
    return entries


def _put_back(record: Record, place: Moved, folders: Folders, old: dict[bytes, bytes]) -> bool:
    """False where nothing stood at this place before."""
    if place.action is Action.CREATE:
        return False
    parent, _, base = place.name.rpartition(b"/")
    folder = folders.make(parent)
    if place.name in old:
        os.rename(old[place.name].rpartition(b"/")[2], base, src_dir_fd=folder, dst_dir_fd=folder)
    elif place.kept:
        keep = os.open(record.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            bring_back(place.kept, keep, base, folder)
        finally:
            os.close(keep)
    else:
        os.rename(place.backup.rpartition(b"/")[2], base, src_dir_fd=folder, dst_dir_fd=folder)
    return True


def _remove_made(record: Record, folders: Folders) -> list[bytes]:
    created = {place.name for place in record.moved if place.action is Action.CREATE}
    removed = []
    emptied: set[bytes] = {place.name for place in record.moved if place.folder}
    replaced = {place.name for place in record.moved if place.action is not Action.CREATE}
    for entry in record.made:
        if entry.name in replaced:
            continue
        parent, _, base = entry.name.rpartition(b"/")
        if entry.kind is Kind.FOLDER:
            emptied.add(entry.name)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(base, dir_fd=folders.open(parent))
                removed.append(entry.name)
        emptied.update(_folders_up_to(parent, created))
    for name in sorted(emptied, key=len, reverse=True):
        parent, _, base = name.rpartition(b"/")
        folders.forget(name)
        with contextlib.suppress(OSError):  # something else is in it by now, so it stays
            os.rmdir(base, dir_fd=folders.open(parent))
    return removed


def _folders_up_to(parent: bytes, created: Collection[bytes]) -> set[bytes]:
    above, found = parent, set()
    while above:
        found.add(above)
        if above in created:
            return found
        above = above.rpartition(b"/")[0]
    return set()  # it was there before


def _paths(record: Record, names: Sequence[bytes]) -> tuple[Path, ...]:
    return tuple(record.base / os.fsdecode(name) for name in names)
