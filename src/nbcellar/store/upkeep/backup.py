"""A backup of a store, taken while others write: a store of its own, complete at one moment, and checked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from nbcellar.errors import ConflictError, CorruptDataError
from nbcellar.lightclasses import dataclass
from nbcellar.store.catalogue.connections import Catalogue, transaction
from nbcellar.store.catalogue.faults import catalogue_errors
from nbcellar.store.journal.events import FOLDER as JOURNAL
from nbcellar.store.journal.events import key_of as event_key_of
from nbcellar.store.journal.layout import BACKUP_BEGUN, FORMAT_FILE, Format, make_folders, read_format, write_format
from nbcellar.store.objects.failures import file_errors, storage_error
from nbcellar.store.objects.local import LocalObjects, sync_folder, write_durably
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.store.packs.pack import FOLDER, index_key_of, key_of
from nbcellar.store.upkeep.checker import Checker
from nbcellar.store.upkeep.checks import CheckLevel

_TRIES = 5
_STEP = 16 * 2**20
_OTHER = "Name a new or empty folder."


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds.

    Attributes:
        copied_bytes: What had to be copied; what an earlier backup had is not.
    """

    folder: Path
    run_count: int
    pack_count: int
    copied_count: int
    copied_bytes: int


class Backup:
    """One backup into one folder."""

    def __init__(self, catalogue: Catalogue, objects: Objects, format_: Format, folder: Path) -> None:
        self._catalogue = catalogue
        self._objects = objects
        self._format = format_
        self._folder = folder
        self._target = LocalObjects(folder)
        self._copied_count = 0
        self._copied_bytes = 0

    def take(self) -> BackupReport:
        """Copy the catalogue, then everything that it names, and check the copy.

        Raises:
            ConflictError: The folder holds something else, or runs that the store does not have, or collections came
                between again and again.
            CorruptDataError: What was copied is damaged.
            StorageError: It could not be read or written.
        """
        saved = "The store itself is as it was; the backup is not complete."
        with file_errors("write the backup to", str(self._folder), saved):
            self._open()
            for _ in range(_TRIES):
                path = self._copy_catalogue()
                try:
                    if self._copy_objects(path):
                        return self._finish(path)
                finally:
                    path.unlink(missing_ok=True)
        raise ConflictError("Collections came between again and again.", saved=saved, hint="Back up when none runs.")

    def _open(self) -> None:
        if self._folder.exists() and not self._folder.is_dir():
            raise ConflictError(f"{self._folder} is no folder.", saved="It was not changed.", hint=_OTHER)
        existing = self._existing()
        if existing is None:
            ours = self._is_begun() or not self._folder.exists() or not any(map(_counts, self._folder.iterdir()))
        else:
            ours = existing.store == self._format.store
        if not ours:
            raise ConflictError(f"{self._folder} holds something else than backups of this store.", hint=_OTHER)
        if existing is None and not self._is_begun():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(self._folder / BACKUP_BEGUN, self._format.store.encode())
        make_folders(self._folder)

    def _existing(self) -> Format | None:
        """The format of the store that the folder is; a backup that died before it was finished is none yet."""
        whole = (self._folder / FORMAT_FILE).exists() or not self._is_begun()
        return read_format(self._target) if self._folder.exists() and whole else None

    def _is_begun(self) -> bool:
        """Whether a first backup of this store into this folder was begun, and died."""
        try:
            return (self._folder / BACKUP_BEGUN).read_text() == self._format.store
        except FileNotFoundError:
            return False

    def _copy_catalogue(self) -> Path:
        path = self._folder / "tmp" / f"catalogue-{new_ulid()}"
        with (
            self._catalogue.private() as source,
            catalogue_errors(str(path)),
            closing(sqlite3.connect(path, isolation_level=None)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("PRAGMA synchronous = FULL")
            with transaction(copy):  # those who are writing now are not in the backup
                copy.execute("DELETE FROM reservation")
                copy.execute("DELETE FROM pack WHERE live = 0")
        return path

    def _copy_objects(self, catalogue: Path) -> bool:
        """Whether everything that the catalogue names was still there."""
        with closing(sqlite3.connect(catalogue)) as copy:
            packs = [str(row[0]) for row in copy.execute("SELECT name FROM pack")]
            events = [str(row[0]) for row in copy.execute("SELECT id FROM event")]
        self._refuse_worked_in(events)
        keys = [key for name in packs for key in (key_of(name), index_key_of(name))]
        keys += [event_key_of(event) for event in events]
        have = {one.key: one.size_bytes for folder in (FOLDER, JOURNAL) for one in self._target.listed(folder)}
        try:
            for key in keys:
                if have.get(key) != self._objects.size(key):
                    self._copy(key)
        except FileNotFoundError:  # collected since the catalogue was copied
            return False
        sync_folder(self._folder / FOLDER)
        sync_folder(self._folder / JOURNAL)
        return True

    def _refuse_worked_in(self, events: list[str]) -> None:
        """Somebody may have opened a copy and gone on in it; the next backup would make that unfindable."""
        known = {event_key_of(event) for event in events}
        if any(one.key not in known for one in self._target.listed(JOURNAL)):
            raise ConflictError(
                f"Somebody went on working in {self._folder}: it holds changes that are not in this store.",
                saved="Nothing was changed there.",
                hint="Back up into another folder; `export` and `import` bring its runs here.",
            )

    def _copy(self, key: str) -> None:
        size = self._objects.size(key)
        writer = self._target.create(key)
        try:
            for start in range(0, size, _STEP):
                writer.write([self._read(key, start, min(_STEP, size - start))])
            writer.finish()
        except BaseException:
            writer.discard()
            raise
        self._copied_count += 1
        self._copied_bytes += size

    def _read(self, key: str, start: int, length: int) -> bytes:
        try:
            return self._objects.read(key, start, length)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise storage_error(error, "read", self._objects.place, "The backup is not complete.") from error

    def _finish(self, catalogue: Path) -> BackupReport:
        final = self._folder / "catalogue.db"
        for suffix in ("-wal", "-shm"):
            final.with_name(final.name + suffix).unlink(missing_ok=True)
        catalogue.rename(final)
        sync_folder(self._folder)
        write_format(self._target, self._format)
        (self._folder / BACKUP_BEGUN).unlink(missing_ok=True)
        copy = Catalogue(final, self._format.catalogue)
        try:
            report = Checker(copy, self._target, CheckLevel.READ_DATA).check()
            with copy.reading() as connection:
                (runs,) = connection.execute("SELECT COUNT(*) FROM run").fetchone()
        finally:
            copy.close()
        if report.damages:
            names = ", ".join(damage.object for damage in report.damages[:5])
            raise CorruptDataError(
                f"The backup in {self._folder} is complete, but {len(report.damages)} objects are damaged: {names}.",
                hint="Run `nbcellar check --read-data` here and on the backup.",
            )
        return BackupReport(self._folder, int(runs), report.pack_count, self._copied_count, self._copied_bytes)


def _counts(path: Path) -> bool:
    """Whether a file says that a folder holds something; one of ours that died before it had its name does not."""
    return not path.name.startswith(f".{BACKUP_BEGUN}.")
