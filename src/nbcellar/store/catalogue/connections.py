"""The catalogue's connections and transactions: SQLite, set up so that what it acknowledged survives a power cut."""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nbcellar.errors import FormatTooNewError, StorageError
from nbcellar.lighttypes import TypeAlias
from nbcellar.store.catalogue.faults import BUSY_S, catalogue_errors
from nbcellar.store.catalogue.schema import SCHEMA, make_tables
from nbcellar.store.objects.address import file_url
from nbcellar.store.objects.failures import NOTHING_PUBLISHED
from nbcellar.store.objects.local import is_writable

Value: TypeAlias = "int | str | bytes | None"

_BATCH = 500  # values of one IN list; SQLite allows 32,766, and longer statements do not get faster


class ForeignCatalogue(StorageError):
    """The file is the catalogue of another store."""


class Catalogue:
    """The SQLite file of one store; connections are lent to one thread at a time.

    Args:
        path: The file; None for an empty catalogue in memory, which is what a store that does not exist yet has.
        uuid: What ``format.json`` calls this catalogue.
    """

    def __init__(self, path: Path | None, uuid: str = "") -> None:
        self.path = path
        self.uuid = uuid
        self._idle: list[sqlite3.Connection] = []
        self._owner = os.getpid()
        self._finalizer = weakref.finalize(self, _close_all, self._idle, self._owner)

    def create(self) -> str:
        """Make the file with its tables, where it is not there yet; whole or not at all.

        Returns:
            The catalogue's uuid: an earlier one where a first write died before the store existed.

        Raises:
            StorageError: There is a catalogue, of another store; or none could be made.
        """
        with catalogue_errors(self._place()), closing(self._connect(must_exist=False)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                make_tables(connection, self.uuid)
            elif connection.execute("SELECT 1 FROM series LIMIT 1").fetchone():
                raise self._foreign()
            (uuid,) = connection.execute("SELECT value FROM about WHERE key = 'uuid'").fetchone()
            connection.execute("COMMIT")
            return str(uuid)

    def close(self) -> None:
        """Close the connections that nobody has in use."""
        self._drop_inherited()
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the catalogue.

        Raises:
            StorageError: It could not be read.
            CorruptDataError: It is damaged.
        """
        with self._lent() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction that is durable when the block has ended, and never was where it raised.

        Args:
            durable: False for what means nothing after a power cut: it is durable with the next transaction that is,
                and everybody sees it at once, also after a kill.

        Raises:
            StoreFull: There is no space for it.
            StorageError: It could not be written.
            ConflictError: Another writer held it for longer than 30 s.
            CorruptDataError: It is damaged.
        """
        with self._lent() as connection, _synchronous(connection, durable), transaction(connection):
            yield connection

    @contextmanager
    def private(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own, outside of transactions, for work with temporary tables.

        Raises:
            StorageError: It could not be opened.
        """
        with catalogue_errors(self._place()), closing(self._connect()) as connection:
            connection.execute("PRAGMA temp_store = MEMORY")  # a full disk must not stop a collection
            yield connection

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        self._drop_inherited()
        with catalogue_errors(self._place()):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            except sqlite3.DatabaseError:
                connection.close()
                raise
            except BaseException:
                self._idle.append(connection)
                raise
            self._idle.append(connection)

    def _drop_inherited(self) -> None:
        if self._owner != os.getpid():  # a connection must not cross a fork: closing it could undo the parent's locks
            _INHERITED.extend(self._idle)
            self._idle.clear()
            self._finalizer.detach()
            self._owner = os.getpid()
            self._finalizer = weakref.finalize(self, _close_all, self._idle, self._owner)

    def _place(self) -> str:
        return str(self.path or "memory")

    def _connect(self, *, must_exist: bool = True) -> sqlite3.Connection:
        if self.path is None:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            make_tables(connection, self.uuid)
            return connection
        if must_exist and not self.path.exists():
            raise StorageError(
                f"The catalogue {self.path} is gone.",
                saved="Packs and journal are as they were.",
                hint="Run `nbcellar repair catalogue`: it makes the catalogue again from the journal.",
            )
        read_only = must_exist and not is_writable(self.path.parent)
        way = _way_to_read(self.path) if read_only else ""
        connection = sqlite3.connect(
            file_url(self.path) + way, timeout=BUSY_S, isolation_level=None, check_same_thread=False, uri=True
        )
        try:
            if way == _ALONE:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            if not read_only:
                _set_up(connection)
            if must_exist:
                self._check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        about = dict(connection.execute("SELECT key, value FROM about").fetchall())
        if not str(about.get("schema", "")).isdecimal() or "uuid" not in about:
            raise sqlite3.DatabaseError("its table of versions is damaged")
        if int(about["schema"]) > SCHEMA:
            raise FormatTooNewError(
                f"The catalogue {self.path} was written by a newer version.",
                saved="Nothing was changed.",
                hint="Upgrade with `pip install -U nbcellar`.",
            )
        if about["uuid"] != self.uuid:
            raise self._foreign()

    def _foreign(self) -> ForeignCatalogue:
        return ForeignCatalogue(
            f"The catalogue {self.path} belongs to another store.",
            saved="Nothing was changed.",
            hint="Set NBCELLAR_CATALOGUE_URL to this store's own catalogue.",
        )


_INHERITED: list[sqlite3.Connection] = []
_ending: list[bool] = []


def leave_log() -> None:
    """Say that this process ends now, without freeing its memory: connections are not closed any more.

    Whoever closes the last connection of a catalogue moves the whole log into it, which takes three fsyncs of a command
    that needed four, and two more of the next one, which makes the log again. Nothing depends on it: what was
    acknowledged is durable in the log, and SQLite moves it when it has grown to 4 MB.
    """
    _ending.append(True)


@contextmanager
def _synchronous(connection: sqlite3.Connection, durable: bool) -> Iterator[None]:
    if durable:  # as every connection is set up
        yield
        return
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = FULL")


def _close_all(connections: list[sqlite3.Connection], owner: int) -> None:
    if owner == os.getpid() and not _ending:
        while connections:
            connections.pop().close()


_SETTLED = "?mode=ro&immutable=1"
"""Without a log the file itself is all there is, and SQLite, told so, makes no files beside it."""

_ALONE = "?mode=ro&vfs=unix-none"
"""A log without its index, in a folder where nobody can make it: SQLite makes one in its own memory if it has the file
for itself, which it takes for granted without locks."""


def _way_to_read(path: Path) -> str:
    """How SQLite is to open a catalogue in a folder where no file can be made."""
    log, index = (path.with_name(f"{path.name}-{what}") for what in ("wal", "shm"))
    if not log.exists() or not log.stat().st_size:
        return _SETTLED
    return "?mode=ro" if index.exists() else _ALONE


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    asserted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_S * 1000}
    for pragma, wanted in asserted.items():
        (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
        if found != wanted:
            raise StorageError(f"SQLite keeps {pragma} at {found!r} instead of {wanted!r}.", saved=NOTHING_PUBLISHED)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A writing transaction on a connection that one has: all of the block, or none where it raises."""
    connection.execute("BEGIN IMMEDIATE")  # a deferred one fails at once when two writers meet
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def in_batches(connection: sqlite3.Connection, statement: str, values: Iterable[Value]) -> Iterator[tuple[Value, ...]]:
    """The rows of a statement whose ``{}`` stands for an IN list, asked in batches.

    Args:
        connection: Lent by the catalogue.
        statement: Ends in ``IN ({})``; without other parameters.
        values: Of any number.
    """
    rest = list(values)
    for start in range(0, len(rest), _BATCH):
        batch = rest[start : start + _BATCH]
        yield from connection.execute(statement.format(",".join("?" * len(batch))), batch)
