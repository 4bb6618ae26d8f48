"""What a restore did, kept beside the files that it replaced, so that it can be undone.

One folder a restore below the cellar's ``rescue/undo/``: ``record.json``, and the replaced files under numbers.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nbcellar.assets.restoring.mover import PART, Place
from nbcellar.assets.restoring.plan import Action
from nbcellar.assets.restoring.userkey import own_key, read_key
from nbcellar.errors import NbcellarError, StorageError, UnsafeError
from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest, Entry, Kind
from nbcellar.store import Cellar
from nbcellar.store.objects.local import sync_folder
from nbcellar.store.objects.ulid import ulid_after

VERSION = 1
RECORD = "record.json"
SIGNATURE = "record.signature"


@dataclass(frozen=True, slots=True)
class Moved:
    """One place that a restore filled.

    Attributes:
        name: Below the record's base.
        kept: The file in the record's folder that stood there; empty where there is none.
        backup: The name that the file which stood there was given; empty where it was given none.
        stored: The digest of what stood there, where the store has it.
    """

    name: bytes
    action: Action
    folder: bool
    kept: str
    backup: bytes
    stored: Digest | None


@dataclass(frozen=True, slots=True)
class Record:
    """What one restore did.

    Attributes:
        path: The record's folder.
        base: The folder that all names are below.
        made: What was written, under its final name.
    """

    path: Path
    base: Path
    moved: tuple[Moved, ...]
    made: tuple[Entry, ...]


@contextmanager
def keeping(cellar: Cellar, base: Path, places: Sequence[Place], made: Sequence[tuple[bytes, Entry]]) -> Iterator[int]:
    """Write the record, and lend the descriptor of its folder to the mover.

    Args:
        made: What was written, with its final name.

    Raises:
        StorageError: It could not be written.
    """
    folder_of_all = cellar.folder / "rescue" / "undo"
    path = folder_of_all / ulid_after(os.listdir(folder_of_all) if folder_of_all.is_dir() else ())
    for number, place in enumerate(places):
        if place.action is Action.REPLACE and place.item is not None and place.item.stored is None:
            place.kept = str(number)
    try:
        path.mkdir(mode=0o700, parents=True)
        _write(path, _Ground(_store_of(cellar), base), places, made)
        sync_folder(path)
        sync_folder(path.parent)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except NbcellarError:  # of the key, which says enough
        _discard(path)
        raise
    except OSError as error:
        _discard(path)
        raise StorageError(
            f"The restore could not be noted for undo in {path}: {error.strerror}.",
            saved="Nothing was restored; the target is as it was.",
            hint="Free some space there.",
        ) from error
    try:
        yield folder
    except BaseException:
        _discard(path)
        raise
    finally:
        os.close(folder)


def newest_record(cellar: Cellar) -> Record | None:
    """The record of this user's last restore that is not undone.

    Raises:
        UnsafeError: Somebody else has written it, or it is damaged: it says what to write where, so it must be ours.
        StorageError: It cannot be read.
    """
    folder = cellar.folder / "rescue" / "undo"
    with contextlib.suppress(FileNotFoundError):
        for path in sorted(folder.iterdir(), reverse=True):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                if path.lstat().st_uid == os.geteuid():  # of a store that several people use
                    return _read(path, _store_of(cellar))
    return None


def sweep_records(cellar: Cellar) -> None:
    """Remove folders without a record and without a kept file, which a process that was killed has left."""
    before_s = time.time() - 3600  # one that is being made is younger
    with contextlib.suppress(OSError):
        for path in (cellar.folder / "rescue" / "undo").iterdir():
            with contextlib.suppress(OSError):
                if path.lstat().st_mtime < before_s and {SIGNATURE, "record.new"}.issuperset(os.listdir(path)):
                    _remove(path)


def forget(record: Record) -> None:
    """It is undone, or can no longer be."""
    (record.path / RECORD).unlink()  # first: a folder without it means nothing, however far this comes
    _remove(record.path)


def _remove(path: Path) -> None:
    import shutil  # loads the compressors, which few restores need

    shutil.rmtree(path)


def _discard(path: Path) -> None:
    """The restore was taken back; a kept file goes only if it has another name, so never the last copy."""
    for kept in path.iterdir() if path.exists() else ():
        if kept.name in (RECORD, SIGNATURE) or kept.suffix == PART or kept.lstat().st_nlink > 1:
            kept.unlink()
    with contextlib.suppress(OSError):
        path.rmdir()


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where a restore was.

    Attributes:
        store: The store's folder, without links; empty for one that is no folder.
        base: The folder that all names are below.
    """

    store: str
    base: Path

    def seen_from(self, store: str) -> Path:
        """The base for a store that was moved or copied with the project around it: there, and not where it was."""
        project = os.path.dirname(self.store)
        if self.store and store and self.store != store and self.base.is_relative_to(project):
            return Path(os.path.dirname(store), self.base.relative_to(project))
        return self.base


def _store_of(cellar: Cellar) -> str:
    return os.path.realpath(cellar.own_folder) if cellar.own_folder else ""


def _write(path: Path, ground: _Ground, places: Sequence[Place], made: Sequence[tuple[bytes, Entry]]) -> None:
    moved = [
        [
            os.fsdecode(place.name),
            place.action.value,
            place.folder,
            place.kept,
            os.fsdecode(place.backup),
            _stored(place),
        ]
        for place in places
    ]
    columns = {  # in columns because there may be very many
        "names": [os.fsdecode(name) for name, _ in made],
        "kinds": [entry.kind for _, entry in made],
        "executable": [entry.executable for _, entry in made],
        "sizes": [entry.size_bytes for _, entry in made],
        "digests": b"".join([entry.digest for _, entry in made]).hex(),
    }
    where = {"base": str(ground.base), "store": ground.store}
    body = {"version": VERSION, **where, "at_ns": time.time_ns(), "moved": moved, "made": columns}
    data = json.dumps(body).encode("ascii")  # not dump: that one encodes in Python, ten times slower
    _write_one(path / SIGNATURE, _signature(own_key(), data))
    _write_one(path / RECORD, data)


def _write_one(path: Path, data: bytes) -> None:
    new = path.with_suffix(".new")
    with open(new, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


def _signature(key: bytes, data: bytes) -> bytes:
    from blake3 import blake3

    return blake3(b"nbcellar undo record\0" + data, key=key).hexdigest().encode()


def _stored(place: Place) -> str:
    return place.item.stored.hex() if place.item is not None and place.item.stored is not None else ""


def _read(path: Path, store: str) -> Record:
    import hmac  # loads OpenSSL, which only an undo needs

    data = (path / RECORD).read_bytes()
    key = read_key()
    try:
        given = (path / SIGNATURE).read_bytes()
    except FileNotFoundError:
        given = b""
    if key is None or not hmac.compare_digest(given, _signature(key, data)):
        raise UnsafeError(
            f"The record of the last restore, {path}, was not written by you, or is damaged.",
            saved="Nothing was undone. What was replaced is in that folder.",
            hint="Move what you need out of that folder, then remove it.",
        )
    body = json.loads(data)
    moved = tuple(
        Moved(
            os.fsencode(name),
            Action(action),
            bool(folder),
            str(kept),
            os.fsencode(backup),
            Digest(bytes.fromhex(stored)) if stored else None,
        )
        for name, action, folder, kept, backup, stored in body["moved"]
    )
    columns = body["made"]
    digests = bytes.fromhex(columns["digests"])
    rows = zip(columns["names"], columns["kinds"], columns["executable"], columns["sizes"], strict=True)
    made = tuple(
        Entry(os.fsencode(name), Kind(kind), bool(executable), int(size), Digest(digests[row * 32 : row * 32 + 32]))
        for row, (name, kind, executable, size) in enumerate(rows)
    )
    base = _Ground(body.get("store", ""), Path(body["base"])).seen_from(store)
    return Record(path, base, moved, made)
