"""Reading an exported file: from anybody, so everything in it is looked at before the first byte is stored."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from blake3 import blake3

from nbcellar.errors import CorruptDataError, FormatTooNewError, NbcellarError, NotFoundError, UnsafeError, UsageError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON, NAME, AssetSummary, Entry, Kind, Run, RunStatus
from nbcellar.store.catalogue.documents import Document, load
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.packs.pack import EMPTY, SMALL_BYTES
from nbcellar.store.packs.stage import Stage
from nbcellar.store.transfer.bundle import LARGEST_LIST, LIST, MOST_ENTRIES, VERSION, Bundled, bundle_from_json

_STEP = 2**20
_COMPRESSION = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NOTHING = "Nothing was imported."


@dataclass(frozen=True, slots=True)
class Import:
    """What an import needs of its cellar.

    Attributes:
        folder: For temporary files.
        find: The run of an id, where there is one already.
        publish: Publishes a run with its stage, under a number of its own here.
    """

    folder: Path
    project: str
    stage: Callable[[], Stage]
    find: Callable[[str], Run | None]
    publish: Callable[[Run, Stage], Run]


def import_file(path: Path, target: Import) -> list[Run]:
    """Store every run of an exported file; the same file again gives the same runs.

    Returns:
        The runs, with their numbers here.

    Raises:
        NotFoundError: There is no such file.
        UnsafeError: It lists paths, sizes or members that it should not.
        CorruptDataError: Something in it is not what its digest says.
        FormatTooNewError: A newer version wrote it.
        StorageError: It could not be stored.
    """
    with _opened(path) as archive:
        bundled = _read_list(archive, path)
        for one in bundled:
            _check_members(archive, one)
        return [_store(archive, one, target) for one in bundled]


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file.", saved=_NOTHING, hint="Name a file that `nbcellar export` has made.")
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.", saved=_NOTHING)
    try:
        with zipfile.ZipFile(path) as archive:
            if any(member.compress_type not in _COMPRESSION for member in archive.infolist()):
                raise UnsafeError(f"{path} is compressed in a way that an export is not.", saved=_NOTHING)
            yield archive
    except NbcellarError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError) as error:  # zipfile raises them all
        raise CorruptDataError(f"{path} is damaged or no zip file: {error}.", saved=_NOTHING) from error
    except OSError as error:
        raise CorruptDataError(f"{path} cannot be read: {error}.", saved=_NOTHING) from error


def _read_list(archive: zipfile.ZipFile, path: Path) -> list[Bundled]:
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise UnsafeError(f"{path} holds two members of one name.", saved=_NOTHING)
    if LIST not in names:
        raise CorruptDataError(f"{path} was not written by `nbcellar export`.", saved=_NOTHING)
    data = _read_member(archive, LIST, LARGEST_LIST)
    try:
        value = load(data)
    except (ValueError, RecursionError) as error:
        raise CorruptDataError(f"The list in {path} cannot be read.", saved=_NOTHING) from error
    version = Document.of(value).whole("format")
    if version > VERSION:
        raise FormatTooNewError(
            f"{path} has format {version}; this version reads up to {VERSION}.",
            saved=_NOTHING,
            hint="Upgrade with `pip install -U nbcellar`.",
        )
    try:
        return bundle_from_json(value)
    except ValueError as error:
        raise CorruptDataError(f"The list in {path} cannot be read: {error}.", saved=_NOTHING) from error


def _check_members(archive: zipfile.ZipFile, one: Bundled) -> None:
    sizes = {member.filename: member for member in archive.infolist()}
    run = one.run
    if not NAME.fullmatch(run.name) or run.status is RunStatus.RUNNING or len(one.entries) > MOST_ENTRIES:
        raise UnsafeError(f"The file holds a run {run.name!r:.80} that cannot be.", saved=_NOTHING)
    for entry, name in zip(one.entries, one.members, strict=True):
        if entry.kind is Kind.FOLDER:
            if entry.digest != EMPTY or entry.size_bytes:
                raise UnsafeError(f"The folder {entry.name!r:.200} has content.", saved=_NOTHING)
            continue
        member = sizes.get(name)
        if member is None or member.flag_bits & 1 or member.file_size != entry.size_bytes:
            raise UnsafeError(f"The content of {entry.name!r:.200} is not in the file as listed.", saved=_NOTHING)


def _store(archive: zipfile.ZipFile, one: Bundled, target: Import) -> Run:
    existing = target.find(one.run.id)
    if existing is not None and (existing.asset and existing.asset.digest) == (one.run.asset and one.run.asset.digest):
        return existing
    with target.stage() as stage:
        entries = [
            _store_entry(archive, entry, member, stage, target.folder)
            for entry, member in zip(one.entries, one.members, strict=True)
        ]
        asset = write_manifest(stage, entries) if one.run.asset else None
        _compare(asset, one.run)
        origin: dict[str, JSON] = {"project": one.run.project, "number": one.run.number}
        detail: dict[str, JSON] = {**one.run.detail, "imported": origin}
        run = replace(one.run, project=target.project, number=0, asset=asset, detail=detail, sequence=None)
        return target.publish(run, stage)


def _compare(asset: AssetSummary | None, run: Run) -> None:
    if asset is not None and run.asset is not None and asset.digest != run.asset.digest:
        raise CorruptDataError(f"The files of {run.ref} are not those of its digest.", saved=_NOTHING)


def _store_entry(archive: zipfile.ZipFile, entry: Entry, member: str, stage: Stage, folder: Path) -> Entry:
    if entry.kind is Kind.FOLDER:
        return entry
    if entry.size_bytes < SMALL_BYTES:
        data = _read_member(archive, member, entry.size_bytes)
        if len(data) != entry.size_bytes or blake3(data).digest() != entry.digest:
            raise _damaged(entry)
        stage.put(data)
        return entry
    with TemporaryFile(dir=folder) as file:
        written = 0
        with archive.open(member) as source:
            while part := source.read(_STEP):
                written += len(part)
                if written > entry.size_bytes:
                    raise _damaged(entry)
                file.write(part)
        file.flush()
        if os.fstat(file.fileno()).st_size != entry.size_bytes:
            raise _damaged(entry)
        whole, chunks = stage.put_large(file.fileno(), entry.size_bytes)
    if whole != entry.digest:
        raise _damaged(entry)
    return replace(entry, chunks=chunks)


def _read_member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """A member's bytes; what is longer than it may be is not unpacked any further."""
    with archive.open(name) as source:
        data = source.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise UnsafeError(f"The member {name!r:.200} is larger than it should be.", saved=_NOTHING)
    return data


def _damaged(entry: Entry) -> CorruptDataError:
    return CorruptDataError(f"The content of {entry.name!r:.200} is not what its digest says.", saved=_NOTHING)
