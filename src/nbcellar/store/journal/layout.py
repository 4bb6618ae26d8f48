"""What lies where in a store, and the note at its door that says which format it has."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcellar.errors import CorruptDataError, FormatTooNewError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.store.catalogue.documents import dump
from nbcellar.store.objects.frames import frame, unframe
from nbcellar.store.objects.local import LocalObjects, sync_folder, write_durably
from nbcellar.store.objects.protocol import Objects, write_object

FORMAT = 0
"""The format that is written, and the newest that is read. 0 is disposable: no release has promised to read it."""

FORMAT_FILE = "format.json"
BACKUP_BEGUN = "backup-begun"
"""Stands in a folder from the beginning of its first backup to the end: whose store it is going to be."""
FOLDERS = ("packs", "journal", "tmp", "work", "cache", "rescue")


@dataclass(frozen=True, slots=True)
class Format:
    """The content of ``format.json``.

    Attributes:
        store: The store's uuid.
        catalogue: The uuid of the one catalogue that it belongs to.
        min_reader: The oldest format version whose readers understand it.
        min_writer: The oldest format version whose writers may add to it.
    """

    store: str
    catalogue: str
    format: int = FORMAT
    min_reader: int = FORMAT
    min_writer: int = FORMAT
    hash: str = "blake3-256"
    chunker: str = "fixed-16777216"

    def to_json(self) -> bytes:
        """The bytes of ``format.json``."""
        fields: dict[str, JSON] = {name: getattr(self, name) for name in self.__slots__}
        return frame(dump({"nbcellar": "store", **fields}).encode())


def read_format(objects: Objects) -> Format | None:
    """The format of the store; None where there is no store.

    Raises:
        FormatTooNewError: A newer version wrote it.
        CorruptDataError: The file is damaged, or gone from a store that holds something.
        OSError: It could not be read.
    """
    try:
        data = objects.read(FORMAT_FILE)
    except FileNotFoundError:
        held = next((folder for folder in ("packs", "journal") if any(objects.listed(folder))), "")
        if not held:
            return None
        try:
            data = objects.read(FORMAT_FILE)  # it is there before the first pack; somebody may have made both by now
        except FileNotFoundError as error:
            raise _without_format(objects, held) from error
    return parse_format(data, objects.place)


def _without_format(objects: Objects, held: str) -> CorruptDataError:
    try:
        objects.size(BACKUP_BEGUN)
    except FileNotFoundError:
        return CorruptDataError(
            f"{FORMAT_FILE} of the store at {objects.place} is gone, and its folder {held} holds something.",
            saved="Nothing was changed.",
            hint="Restore this one file from a backup.",
        )
    return CorruptDataError(
        f"{objects.place} is a backup that was not finished.",
        saved="Nothing was changed.",
        hint="Back up into it once more; what it holds is not copied again.",
    )


def parse_format(data: bytes, place: str) -> Format:
    """Read the bytes of ``format.json``.

    Raises:
        FormatTooNewError: A newer version wrote it.
        CorruptDataError: The file is damaged.
    """
    try:
        fields = json.loads(unframe(data))
        format_ = Format(**{name: fields[name] for name in Format.__slots__})
        too_new = int(format_.min_reader) > FORMAT
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(
            f"{FORMAT_FILE} of the store at {place} is damaged.", hint="Restore this one file from a backup."
        ) from error
    if too_new or format_.hash != "blake3-256":
        raise FormatTooNewError(
            f"The store at {place} has format {format_.format}; this version reads up to {FORMAT}.",
            saved="Nothing was changed.",
            hint="Upgrade with `pip install -U nbcellar`.",
        )
    return format_


def check_writable(format_: Format, place: str) -> None:
    """Refuse to add to a store whose writers must be newer.

    Raises:
        FormatTooNewError: They must.
    """
    if format_.min_writer > FORMAT:
        raise FormatTooNewError(
            f"The store at {place} is written in format {format_.format}; this version writes {FORMAT}.",
            saved="Nothing was changed.",
            hint="Upgrade with `pip install -U nbcellar`.",
        )


def make_folders(folder: Path) -> None:
    """Make the local folder with everything in it, private to its owner and invisible to git."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    if not (folder / ".gitignore").exists():
        write_durably(folder / ".gitignore", b"*\n")
    if (folder / FORMAT_FILE).exists():
        return  # whoever wrote it made the folders durable before
    for path in (folder, *missing):
        sync_folder(path.parent)


def write_format(objects: Objects, format_: Format) -> None:
    """Put ``format.json`` in place; the store exists from here on."""
    if isinstance(objects, LocalObjects):
        write_durably(objects.root / FORMAT_FILE, format_.to_json())
    else:
        write_object(objects, FORMAT_FILE, [format_.to_json()])


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def new_format() -> Format:
    """The format of a store that is being made."""
    from uuid import uuid4  # loads platform, which only the first write of all needs

    return Format(store=str(uuid4()), catalogue=str(uuid4()))
