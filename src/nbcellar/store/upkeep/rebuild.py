"""Making the catalogue again from the journal and the packs' indexes, in one transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from nbcellar.errors import CorruptDataError, StorageError
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.model import Digest, Run, RunStatus
from nbcellar.store.catalogue.connections import Catalogue, ForeignCatalogue
from nbcellar.store.catalogue.documents import Document
from nbcellar.store.catalogue.queries import RunQuery
from nbcellar.store.catalogue.rows import keep_numbers, put_run
from nbcellar.store.catalogue.runs import list_runs
from nbcellar.store.catalogue.schema import FORGET, has_our_tables, start_counters
from nbcellar.store.journal.events import Event, EventKind, event_names, read_event
from nbcellar.store.journal.replay import apply_event
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.objects.ulid import is_ulid, new_ulid
from nbcellar.store.packs.pack import FOLDER, Pack, index_key_of, read_index
from nbcellar.store.upkeep.checks import RepairReport


@dataclass(slots=True)
class _Sources:
    events: list[Event] = field(default_factory=list)
    packs: list[Pack] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)


def rebuild_catalogue(catalogue: Catalogue, objects: Objects) -> RepairReport:
    """Empty the catalogue and fill it again; others see it before or after, never between.

    Raises:
        StorageError: It could not be written.
    """
    moved = _set_aside(catalogue, objects)
    sources = _Sources()
    _read_events(objects, sources)
    _read_indexes(objects, sources)
    sources.events = list(_with_own_sequences(sources.events))
    try:
        return _fill(catalogue, sources, moved)
    except CorruptDataError:  # damage of a kind that shows only in writing
        if moved:
            raise
        catalogue.close()
        assert catalogue.path is not None
        moved = str(_move(catalogue.path))
        catalogue.create()
        sources.incomplete.clear()
        return _fill(catalogue, sources, moved)


def _fill(catalogue: Catalogue, sources: _Sources, moved: str) -> RepairReport:
    with catalogue.writing() as connection:
        open_runs = _read_open_runs(connection)
        for table in FORGET:
            connection.execute(f"DELETE FROM {table}")
        last = max((event.sequence for event in sources.events), default=0)
        start_counters(connection, last, collections=time.time_ns())
        blobs = _fill_packs(connection, sources.packs)
        runs = _replay(connection, sources)
        _put_open_runs(connection, open_runs)
    return RepairReport(
        event_count=len(sources.events),
        run_count=runs,
        pack_count=len(sources.packs),
        blob_count=blobs,
        unreadable=tuple(sorted(sources.unreadable)),
        incomplete=tuple(sources.incomplete),
        moved=moved,
    )


@dataclass(frozen=True, slots=True)
class _OpenRuns:
    """What only the catalogue knows: the numbers that were given, and the runs that are not closed yet."""

    series: list[tuple[str, str, int]]
    runs: list[Run]


def _read_open_runs(connection: sqlite3.Connection) -> _OpenRuns:
    series = connection.execute("SELECT project, name, last_number FROM series").fetchall()
    return _OpenRuns(series, list_runs(connection, RunQuery(statuses=(RunStatus.RUNNING,), removed=None)))


def _put_open_runs(connection: sqlite3.Connection, known: _OpenRuns) -> None:
    for project, name, number in known.series:
        keep_numbers(connection, project, name, number)
    taken = "SELECT 1 FROM run WHERE id = ? OR (project = ? AND name = ? AND number = ?)"
    for run in known.runs:
        if not connection.execute(taken, (run.id, run.project, run.name, run.number)).fetchone():
            put_run(connection, run)


def _set_aside(catalogue: Catalogue, objects: Objects) -> str:
    """Move a catalogue that cannot be used out of the way, and make an empty one.

    Raises:
        ForeignCatalogue: It is another store's, and not in the folder of this one.
    """
    assert catalogue.path is not None
    moved = ""
    if catalogue.path.exists():
        try:
            with catalogue.reading() as connection:
                if connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok" and has_our_tables(connection):
                    return ""
        except ForeignCatalogue:
            if str(catalogue.path.parent) != objects.place:
                raise
            moved = str(_move(catalogue.path))
        except (CorruptDataError, StorageError):
            moved = str(_move(catalogue.path))
        else:
            catalogue.close()
            moved = str(_move(catalogue.path))
    else:
        _move_beside(catalogue.path, new_ulid())
    catalogue.create()
    return moved


def _move(path: Path) -> Path:
    stamp = new_ulid()
    _move_beside(path, stamp)
    return path.rename(path.with_name(f"{path.name}.damaged-{stamp}"))


def _move_beside(path: Path, stamp: str) -> None:
    """A write-ahead log must never meet a catalogue that is not its own."""
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(path.with_name(f"{path.name}.damaged-{stamp}{suffix}"))


def _read_events(objects: Objects, sources: _Sources) -> None:
    for name in event_names(objects):
        try:
            sources.events.append(read_event(objects, name))
        except CorruptDataError:
            sources.unreadable.append(f"journal/{name}.json")
    sources.events.sort(key=lambda event: (event.sequence, event.id))


def _read_indexes(objects: Objects, sources: _Sources) -> None:
    keys = {stored.key for stored in objects.listed(FOLDER)}
    for key in sorted(keys):
        name = key.rpartition("/")[2]
        if not is_ulid(name):
            continue
        try:
            if index_key_of(name) in keys:
                sources.packs.append(read_index(objects, name))
        except CorruptDataError:
            sources.unreadable.append(index_key_of(name))


def _fill_packs(connection: sqlite3.Connection, packs: list[Pack]) -> int:
    for pack in packs:
        (number,) = connection.execute(
            "INSERT INTO pack (name, live, holder, since_ns, size_bytes) VALUES (?, 1, '', 0, ?) RETURNING id",
            (pack.name, pack.size_bytes),
        ).fetchone()
        rows = sorted((digest, number, offset, length) for digest, offset, length in pack.blobs())
        connection.executemany("INSERT INTO blob VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING", rows)
    (count,) = connection.execute("SELECT COUNT(*) FROM blob").fetchone()
    return int(count)


def _replay(connection: sqlite3.Connection, sources: _Sources) -> int:
    gone = _gone_later(sources.events)
    manifests = _manifests(sources.events)
    for event in sources.events:
        if event.kind is EventKind.RUN and not _has_manifest(connection, event, gone, manifests):
            sources.incomplete.append(_ref_of(event))
            connection.execute("INSERT INTO ignored VALUES (?)", (event.id,))
            continue
        apply_event(connection, event)
    unreadable = [(key.removeprefix("journal/").removesuffix(".json"),) for key in sources.unreadable]
    connection.executemany("INSERT INTO ignored VALUES (?)", [row for row in unreadable if is_ulid(row[0])])
    (count,) = connection.execute("SELECT COUNT(*) FROM run").fetchone()
    return int(count)


def _with_own_sequences(events: list[Event]) -> Iterator[Event]:
    """Two events have one sequence where a backup of the catalogue was put back and written to: keep both."""
    last = max((event.sequence for event in events), default=0)
    seen: set[int] = set()
    for event in events:
        if event.sequence in seen:
            last += 1
            event = replace(event, sequence=last)
        seen.add(event.sequence)
        yield event


def _gone_later(events: list[Event]) -> set[str]:
    """The runs whose files are no longer expected to be there."""
    over = (EventKind.EXPIRE, EventKind.DELETE)
    return {str(run) for event in events if event.kind in over for run in Document.of(event.body).items("runs")}


def _manifests(events: list[Event]) -> dict[Digest, Digest]:
    """Where the manifest of each asset is: a later event names another one only where the earlier one was lost."""
    assets = [Document.of(event.body).mapping("run").get("asset") for event in events if event.kind is EventKind.RUN]
    found = [Document.of(asset) for asset in assets if asset is not None]
    return {asset.digest("digest"): asset.digest("manifest") for asset in found}


def _has_manifest(
    connection: sqlite3.Connection, event: Event, gone: set[str], manifests: dict[Digest, Digest]
) -> bool:
    run = Document.of(Document.of(event.body).mapping("run"))
    if run.fields.get("asset") is None or run.text("id") in gone:
        return True
    manifest = manifests[Document.of(run.mapping("asset")).digest("digest")]
    return connection.execute("SELECT 1 FROM blob WHERE digest = ?", (manifest,)).fetchone() is not None


def _ref_of(event: Event) -> str:
    run = Document.of(Document.of(event.body).mapping("run"))
    return f"{run.text('project')}:{run.text('name')}@{run.whole('number')}"
