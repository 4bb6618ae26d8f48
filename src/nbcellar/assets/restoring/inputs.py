"""Files and whole assets at stable, read-only paths in the cellar's cache, for whoever needs a path."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from nbcellar.assets.restoring.newfile import Placement
from nbcellar.assets.restoring.planner import link_fault, read_links, refuse_hostile
from nbcellar.assets.restoring.writer import Writer
from nbcellar.assets.scanning.digests import hash_row
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.ignore import TEMPORARY_PREFIX
from nbcellar.assets.scanning.scanner import scan_files
from nbcellar.assets.scanning.statcache import StatCache
from nbcellar.errors import NbcellarError, UsageError
from nbcellar.lightclasses import replace
from nbcellar.model import AssetSummary, Digest, Entry, Kind
from nbcellar.store import Cellar
from nbcellar.store.objects.failures import NOTHING_CHANGED, storage_error
from nbcellar.store.objects.ulid import new_ulid


def materialise(cellar: Cellar, what: Entry | AssetSummary) -> Path:
    """A read-only path with the content: ``cache/inputs/<digest>/<name>``, or ``cache/inputs/<digest>`` for an asset.

    The path is always the same. What is there is compared by stat with what was written, by digest where that
    differs, and written again where it is damaged. An asset's links that lead out of it are left out.

    Raises:
        UsageError: The entry is no file.
        UnsafeError: The asset has names that could do harm.
        CorruptDataError: It is damaged in the store.
        StorageError: The cache could not be written.
    """
    home = cellar.folder / "cache" / "inputs"
    refuse_hostile([what] if isinstance(what, Entry) else list(cellar.manifest(what)))
    if isinstance(what, Entry) and what.kind is not Kind.FILE:
        raise UsageError(f"{os.fsdecode(what.name)!r} is a {what.kind}, not a file.")
    try:
        if isinstance(what, AssetSummary):
            return _materialise_tree(cellar, what, home)
        return _materialise_file(cellar, what, home / what.digest.hex())
    except OSError as error:
        if isinstance(error, NbcellarError):
            raise
        raise storage_error(error, "write to", str(home), NOTHING_CHANGED) from error


def _materialise_file(cellar: Cellar, entry: Entry, folder: Path) -> Path:
    base = entry.name.rpartition(b"/")[2]
    only = replace(entry, name=base)
    if not _is_there(cellar, folder, [only]):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.closing(Folders(folder)) as folders:
            new = _temporary()
            try:
                Writer(cellar, folders, {}).write([Placement(only, new)])
                os.chmod(new, _mode(entry), dir_fd=folders.root)
                os.rename(new, base, src_dir_fd=folders.root, dst_dir_fd=folders.root)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(new, dir_fd=folders.root)
                raise
    return folder / os.fsdecode(base)


def _materialise_tree(cellar: Cellar, asset: AssetSummary, home: Path) -> Path:
    import shutil

    place = home / asset.digest.hex()
    entries = list(cellar.manifest(asset))
    links = read_links(cellar, entries)
    entries = [e for e in entries if e.kind is not Kind.LINK or not link_fault(e.name, links[e.digest])]
    if _is_there(cellar, place, entries):
        return place
    new = home / os.fsdecode(_temporary())
    new.mkdir(mode=0o700, parents=True)
    try:
        with contextlib.closing(Folders(new)) as folders:
            Writer(cellar, folders, links).write([Placement(entry, entry.name) for entry in entries])
            for entry in entries:
                if entry.kind is Kind.FILE:
                    parent, _, base = entry.name.rpartition(b"/")
                    os.chmod(base, _mode(entry), dir_fd=folders.open(parent))
        _swap(new, place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return place


def _swap(new: Path, place: Path) -> None:
    """Put a folder in its place; what is there is damaged, or was just made by somebody else from the same bytes."""
    import shutil

    aside = new.with_name(new.name + "-old")
    with contextlib.suppress(FileNotFoundError):
        place.rename(aside)
    try:
        new.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _is_there(cellar: Cellar, root: Path, entries: Sequence[Entry]) -> bool:
    """Whether every entry is below the root as it should be; what was hashed for that is remembered."""
    if not root.is_dir():
        return False
    cache = StatCache(cellar.folder / "cache", root, "inputs")
    scan = scan_files(root, {*(entry.name for entry in entries), *cache.names()})
    known = cache.recall(scan)
    learnt = False
    with contextlib.closing(Folders(root)) as folders:
        for entry in entries:
            row = scan.row(entry.name)
            if row < 0:
                return False
            if entry.kind is Kind.FOLDER:
                continue
            digest: Digest | None = known.digests[row]
            if digest is None:
                digest = known.digests[row] = hash_row(folders, scan, row)
                learnt = True
            if digest != entry.digest:
                return False
    if learnt:
        with contextlib.suppress(OSError):  # a cache
            cache.remember(scan, known)
    return True


def _mode(entry: Entry) -> int:
    return 0o555 if entry.executable else 0o444


def _temporary() -> bytes:
    return TEMPORARY_PREFIX + new_ulid().encode()
