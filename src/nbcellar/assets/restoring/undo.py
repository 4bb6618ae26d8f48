"""Takes the last restore back: what it made goes, what it replaced comes again."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from nbcellar.assets.restoring.debris import noted, sweep
from nbcellar.assets.restoring.mover import bring_back
from nbcellar.assets.restoring.newfile import Placement
from nbcellar.assets.restoring.plan import Action
from nbcellar.assets.restoring.record import Moved, Record, forget, newest_record, sweep_records
from nbcellar.assets.restoring.writer import Writer
from nbcellar.assets.scanning.columns import printable
from nbcellar.assets.scanning.digests import hash_name, hash_row
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.ignore import TEMPORARY_PREFIX
from nbcellar.assets.scanning.scanner import scan_files
from nbcellar.errors import ConflictError, NotFoundError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import Digest, Entry, Kind
from nbcellar.store import Cellar
from nbcellar.store.objects.ulid import new_ulid

_NOTHING_UNDONE = "Nothing was undone."


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did.

    Attributes:
        folder: The folder that the restore had been into.
        put_back: What is again as it was before.
        removed: What the restore had made.
    """

    folder: Path
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
    sweep(cellar)
    sweep_records(cellar)
    record = newest_record(cellar)
    if record is None:
        raise NotFoundError("There is no restore to undo.")
    if not record.base.is_dir():
        raise NotFoundError(f"The folder {record.base} is gone.", saved=_NOTHING_UNDONE)
    with contextlib.closing(Folders(record.base)) as folders, contextlib.closing(Folders(record.path)) as kept:
        left = _Inspector(record, folders, kept).places_left()
        old = _temporary_names(left)
        with noted(cellar, record.base, list(old.values())):
            _write_stored(cellar, left, old, folders)
            for place in left:
                _put_back(place, folders, kept, old)
        removed = _remove_made(record, folders)
    forget(record)
    return Undone(record.base, _paths(record, [place.name for place in left]), _paths(record, removed))


class _Inspector:
    """Tells what a restore has left to undo, also where it or an earlier undo was killed half-way."""

    def __init__(self, record: Record, folders: Folders, kept: Folders) -> None:
        self._record = record
        self._folders = folders
        self._kept = kept
        self._replaced = {place.name: place for place in record.moved if place.action is not Action.CREATE}
        self._scan = scan_files(record.base, [entry.name for entry in record.made])

    def places_left(self) -> list[Moved]:
        """Where something has to be put back.

        Raises:
            ConflictError: Files were changed since.
        """
        done: set[bytes] = set()
        changed = []
        for entry in self._record.made:
            place = self._replaced.get(entry.name)
            if place is not None and self._is_as_before(place):
                done.add(entry.name)
            elif self._is_changed(entry):
                changed.append(printable(entry.name))
        if changed:
            more = ", …" if len(changed) > 3 else ""
            were = "1 restored file was" if len(changed) == 1 else f"{len(changed)} restored files were"
            raise ConflictError(
                f"{were} changed since: {', '.join(changed[:3])}{more}.",
                saved=_NOTHING_UNDONE,
                hint="Move them away, or save them, and remove them.",
            )
        return [place for name, place in self._replaced.items() if name not in done]

    def _is_changed(self, entry: Entry) -> bool:
        row = self._scan.row(entry.name)
        if row < 0 or entry.kind is Kind.FOLDER:
            return False  # gone is as good as removed, and a folder that is not empty stays
        mode = self._scan.modes[row]
        kind = Kind.LINK if stat.S_ISLNK(mode) else Kind.FILE
        return stat.S_ISDIR(mode) or kind is not entry.kind or self._digest(row) != entry.digest

    def _is_as_before(self, place: Moved) -> bool:
        """Whether it was not replaced yet, or was put back already."""
        row = self._scan.row(place.name)
        if place.stored is not None:
            return row >= 0 and self._digest(row) == place.stored
        folder, base = (self._kept, os.fsencode(place.kept)) if place.kept else (self._folders, place.backup)
        try:
            other = hash_name(folder, base)
        except FileNotFoundError:
            return True
        same = row >= 0 and other is not None and self._digest(row) == other
        if same and place.backup:  # it has both names
            os.unlink(base.rpartition(b"/")[2], dir_fd=folder.open(base.rpartition(b"/")[0]))
        return same

    def _digest(self, row: int) -> Digest | None:
        return hash_row(self._folders, self._scan, row)


def _temporary_names(places: Sequence[Moved]) -> dict[bytes, bytes]:
    """A temporary name beside each place whose bytes the store has."""
    token = new_ulid().encode()
    names = {}
    for number, place in enumerate(place for place in places if place.stored is not None):
        parent = place.name.rpartition(b"/")[0]
        base = b"%b%b-%d" % (TEMPORARY_PREFIX, token, number)
        names[place.name] = parent + b"/" + base if parent else base
    return names


def _write_stored(cellar: Cellar, places: Sequence[Moved], old: Mapping[bytes, bytes], folders: Folders) -> None:
    """Write what was replaced because the store had it, under temporary names."""
    wanted = [(place.name, place.stored) for place in places if place.stored is not None]
    entries = _find(cellar, [digest for _, digest in wanted])
    placements = [Placement(replace(entries[digest], name=name), old[name], durable=True) for name, digest in wanted]
    links = dict(cellar.read_many({p.entry.digest for p in placements if p.entry.kind is Kind.LINK}))
    try:
        Writer(cellar, folders, links).write(placements)
    except BaseException:
        for name in old.values():
            with contextlib.suppress(OSError):
                os.unlink(name.rpartition(b"/")[2], dir_fd=folders.open(name.rpartition(b"/")[0]))
        raise


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


def _put_back(place: Moved, folders: Folders, kept: Folders, old: Mapping[bytes, bytes]) -> None:
    parent, _, base = place.name.rpartition(b"/")
    folder = folders.make(parent)
    if place.name in old:
        os.rename(old[place.name].rpartition(b"/")[2], base, src_dir_fd=folder, dst_dir_fd=folder)
    elif place.kept:
        bring_back(place.kept, kept.root, base, folder)
    else:
        os.rename(place.backup.rpartition(b"/")[2], base, src_dir_fd=folder, dst_dir_fd=folder)


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
