"""The cellar: everything that other rooms may ask of a store, in one place."""

from __future__ import annotations

import contextlib
import io
import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.errors import NotFoundError, StorageError, UnsafeError
from nbcellar.lightclasses import replace
from nbcellar.model import (
    JSON,
    Address,
    AssetSummary,
    Digest,
    Entry,
    Label,
    LabelKind,
    Record,
    Ref,
    Run,
    RunKind,
    RunStatus,
    check_name,
)
from nbcellar.settings import Settings, load, project_folder
from nbcellar.store.address import address_of, catalogue_path, local_path, writable_folder
from nbcellar.store.ballast import keep_ballast
from nbcellar.store.catalogue import Catalogue
from nbcellar.store.content import Content
from nbcellar.store.documents import label_to_json, record_digest, record_to_json
from nbcellar.store.failures import NOTHING_CHANGED, storage_errors
from nbcellar.store.journal import EventKind
from nbcellar.store.labels import labels_of, tags_in_use
from nbcellar.store.layout import (
    Format,
    check_writable,
    make_folders,
    new_format,
    one_at_a_time,
    read_format,
    write_format,
)
from nbcellar.store.local import LocalObjects
from nbcellar.store.locations import known_digests
from nbcellar.store.manifests import Manifest
from nbcellar.store.objects import Objects
from nbcellar.store.packs import EMPTY
from nbcellar.store.processes import is_gone, this_process
from nbcellar.store.publication import Again, Publisher
from nbcellar.store.queries import RecordQuery, RunQuery, Series
from nbcellar.store.records import list_records
from nbcellar.store.redaction import redaction
from nbcellar.store.rows import put_run, take_number
from nbcellar.store.runs import find_run, list_runs, list_series, run_by_id
from nbcellar.store.stage import Stage
from nbcellar.store.ulid import new_ulid

if TYPE_CHECKING:
    from nbcellar.store.backup import BackupReport
    from nbcellar.store.checks import CheckLevel, CheckReport, PackRepair, RepairReport
    from nbcellar.store.collector import Collector, GcReport
    from nbcellar.store.retention import Retention


class Cellar:
    """Packs, journal and catalogue at one address. Any thread may use it; opening it never creates anything.

    Attributes:
        address: The two URLs that mean this cellar everywhere.
        home: The project's folder.
        folder: The local folder for work, cache, tmp and rescue; the user's where the store may only be read.
        project: The project whose names need no prefix.
    """

    def __init__(self, address: Address, settings: Settings, home: Path) -> None:
        self.address = address
        self.settings = settings
        self.home = home
        self.folder = writable_folder(address.store_url)
        self.project = settings.project or os.fsencode(home.name or "root").decode("utf-8", "replace")
        self._objects = _objects_at(address.store_url)
        self._catalogue = Catalogue(None)
        self._lock = threading.RLock()
        self._format: Format | None = None
        self._ready = False
        self._uuid = ""
        self._looked = 0.0
        self._look()

    @classmethod
    def open(
        cls, start: Path | None = None, *, address: Address | None = None, settings: Settings | None = None
    ) -> Cellar:
        """The cellar of a place.

        Args:
            start: A folder in the project; the current one where it is None.
            address: Instead of what settings and environment say.
            settings: Instead of the project's.

        Raises:
            UsageError: A URL is none that can be used.
            FormatTooNewError: A newer version wrote the store.
            CorruptDataError: Its ``format.json`` is damaged.
            StorageError: It could not be read.
        """
        start = (start or Path.cwd()).absolute()
        home = project_folder(start)
        settings = settings or load(home)
        return cls(address or address_of(start, settings), settings, home)

    @property
    def exists(self) -> bool:
        """Whether the first write has been."""
        return bool(self._uuid) or self._look()

    @property
    def uuid(self) -> str:
        """The store's uuid; empty where it does not exist yet."""
        return self._uuid if self.exists else ""

    def close(self) -> None:
        """Close connections that nobody has in use; the cellar can be used again."""
        self._catalogue.close()

    def __repr__(self) -> str:
        return f"<Cellar {self.address.store_url}>"

    # bytes

    def stage(self) -> Stage:
        """What one writer is about to publish, as a context manager.

        Raises:
            StorageError: The store could not be made.
        """
        self._ensure()
        return Stage(self._catalogue, self._objects)

    def read(self, digest: Digest, offset: int = 0, length: int | None = None) -> bytes:
        """One blob, or a part of it; verified.

        Raises:
            CorruptDataError: It is damaged or not there.
            StorageError: It could not be read.
        """
        return self._content().read(digest, offset, length)

    def read_many(self, digests: Iterable[Digest]) -> Iterator[tuple[Digest, bytes]]:
        """Each distinct blob once, in pack order; verified.

        Raises:
            CorruptDataError: One is damaged or not there.
            StorageError: One could not be read.
        """
        return self._content().read_many(digests)

    def read_file(self, entry: Entry, offset: int = 0, length: int | None = None) -> bytes:
        """A file of an asset, or a part of it; verified.

        Raises:
            CorruptDataError: It is damaged or not there.
            StorageError: It could not be read.
        """
        return self._content().read_file(entry, offset, length)

    def open_file(self, entry: Entry) -> io.RawIOBase:
        """A file of an asset, seekable; every read raises as :meth:`read_file`."""
        return self._content().open_file(entry)

    def known(self, digests: Collection[Digest]) -> set[Digest]:
        """Those that are stored."""
        with self._reading().reading() as connection:
            return known_digests(connection, digests) | ({EMPTY} & set(digests))

    # runs

    def open_run(
        self,
        kind: RunKind,
        name: str,
        *,
        project: str | None = None,
        parent: str | None = None,
        params: Mapping[str, JSON] | Iterable[tuple[str, JSON]] = (),
        code: str = "",
        origin: Mapping[str, JSON] | Iterable[tuple[str, JSON]] = (),
        detail: Mapping[str, JSON] | Iterable[tuple[str, JSON]] = (),
    ) -> Run:
        """Begin a run: it takes the next number of its series.

        Raises:
            UsageError: The name cannot name a series.
            EncodingError: Something is no JSON.
            StorageError: It could not be written.
        """
        self._ensure()
        run = Run(
            id=new_ulid(),
            kind=kind,
            project=project or self.project,
            name=check_name(name),
            number=0,
            status=RunStatus.RUNNING,
            started_ns=time.time_ns(),
            parent=parent,
            params=dict(params),
            code=code,
            origin={**this_process(), **dict(origin)},
            detail=dict(detail),
        )
        run = redaction().run(run)
        with self._catalogue.writing(durable=False) as connection:  # a power cut ends the run too
            run = replace(run, number=take_number(connection, run.project, run.name))
            put_run(connection, run)
        return run

    def publish(self, run: Run, stage: Stage | None = None, again: Again | None = None) -> Run:
        """Close a run, with everything that its stage holds; durable and visible when this returns.

        Args:
            run: With its final status, asset, inputs and result.
            stage: What it made; None where it stored nothing new.
            again: Stores blobs once more into the stage that a collector took meanwhile.

        Returns:
            The run with its sequence.

        Raises:
            ConflictError: Blobs were collected and could not be stored again.
            EncodingError: Something is no JSON.
            StoreFull, StorageError: It could not be written; nothing was published.
        """
        self._ensure()
        return Publisher(self._catalogue, self._objects).publish(redaction().run(run), stage, again)

    def abandon(self) -> None:
        """Close the runs whose process has ended without closing them."""
        catalogue = self._reading()
        with catalogue.reading() as connection:
            rows = connection.execute("SELECT id FROM run WHERE status = 'running'").fetchall()
            running = [run_by_id(connection, str(row[0])) for row in rows]
        for run in running:
            if is_gone(run.origin):
                self.publish(replace(run, status=RunStatus.ABANDONED, ended_ns=time.time_ns()))

    def find(self, ref: Ref | str, *, succeeded: bool = True) -> Run:
        """The run that a reference means: ``train`` is the newest success, one with an asset if there is any.

        Args:
            ref: A reference, or its text.
            succeeded: False for the newest run, whatever became of it.

        Raises:
            NotFoundError: Nothing fits; the hint says what is near.
            UsageError: It is no reference, or a digest prefix that fits several assets.
        """
        parsed = Ref.parse(ref) if isinstance(ref, str) else ref
        with self._reading().reading() as connection:
            return find_run(connection, parsed, self.project, succeeded=succeeded)

    def run(self, run_id: str) -> Run:
        """The run with an id.

        Raises:
            NotFoundError: There is none.
        """
        with self._reading().reading() as connection:
            return run_by_id(connection, run_id)

    def runs(self, query: RunQuery = RunQuery()) -> list[Run]:  # noqa: B008 - frozen
        """Runs that fit, newest first."""
        self._abandon_sometimes()
        with self._reading().reading() as connection:
            return list_runs(connection, query)

    def series(self, project: str | None = None) -> list[Series]:
        """Every series that has runs outside the trash, the one with the newest run first."""
        self._abandon_sometimes()
        with self._reading().reading() as connection:
            return list_series(connection, project)

    def manifest(self, asset: AssetSummary) -> Manifest:
        """The entries of an asset.

        Raises:
            CorruptDataError: It is damaged.
            StorageError: It could not be read.
        """
        content = self._content()
        return Manifest(asset, content.read, content.read_many)

    def find_content(self, digests: Collection[Digest], removed: bool = False) -> dict[Digest, list[tuple[Run, bytes]]]:
        """Which assets hold files with these contents: the runs that made them, newest first, and the entries' names.

        Args:
            digests: Of whole files.
            removed: Whether assets in the trash count too.
        """
        from nbcellar.store.lineage import find_content

        return find_content(self._reading(), digests, self._content().read, removed=removed)

    def each_holder(self, digests: Collection[Digest]) -> Iterator[tuple[Digest, Run, bytes]]:
        """As :meth:`find_content`, one by one and newest first."""
        from nbcellar.store.lineage import each_holder

        return each_holder(self._reading(), digests, self._content().read, removed=False)

    def perhaps_stored(self, sizes: Mapping[Digest, int]) -> set[Digest]:
        """Of digests of whole files, with their sizes, those that an asset may hold: one look into an index each."""
        from nbcellar.store.lineage import perhaps_stored

        with self._reading().reading() as connection:
            return perhaps_stored(connection, sizes)

    def used_by(self, run: Run) -> list[Run]:
        """The runs that read what this one made, newest first."""
        from nbcellar.store.lineage import users_of

        with self._reading().reading() as connection:
            return users_of(connection, run)

    # labels

    def label(self, run: Run, kind: LabelKind, key: str, value: str = "") -> Label:
        """Set a label; an alias moves from the run of the same series that has it.

        Raises:
            UsageError: The key cannot be an alias or a tag.
            StorageError: It could not be written.
        """
        if kind is not LabelKind.NOTE:
            check_name(key, kind.value)
        self._ensure()
        label = Label(kind, run.id, key, value, time.time_ns())
        body: JSON = {"label": label_to_json(label), "project": run.project, "name": run.name}
        return replace(label, sequence=self._append(EventKind.LABEL, body))

    def unlabel(self, run: Run, kind: LabelKind, key: str) -> None:
        """Take a label away.

        Raises:
            NotFoundError: The run has no such label.
            StorageError: It could not be written.
        """
        if not any(label.kind is kind and label.key == key for label in self.labels([run.id])):
            raise NotFoundError(f"{run.ref} has no {kind.value} {key!r}.")
        self._append(EventKind.UNLABEL, {"run": run.id, "kind": kind.value, "key": key})

    def labels(self, run_ids: Iterable[str]) -> list[Label]:
        """The labels of these runs, in the order in which they were set."""
        with self._reading().reading() as connection:
            return labels_of(connection, list(run_ids))

    def tags(self) -> list[tuple[str, str]]:
        """Key and value of every tag in use."""
        with self._reading().reading() as connection:
            return tags_in_use(connection)

    def remove(self, run: Run) -> None:
        """Put a run and what it made into the trash.

        Raises:
            StorageError: It could not be written.
        """
        self._append(EventKind.REMOVE, {"run": self.run(run.id).id})

    def put_back(self, run: Run) -> None:
        """Take a run out of the trash.

        Raises:
            NotFoundError: It is gone for ever.
            StorageError: It could not be written.
        """
        self._append(EventKind.PUT_BACK, {"run": self.run(run.id).id})

    # records

    def record(
        self,
        name: str,
        inputs: Mapping[str, JSON],
        outputs: Mapping[str, JSON],
        *,
        run: str | None = None,
        project: str | None = None,
    ) -> Record:
        """Keep a result; the same content again is the same record, found also by the run that repeats it.

        Raises:
            UsageError: The name cannot name a record.
            EncodingError: Something is no JSON.
            StorageError: It could not be written.
        """
        check_name(name)
        self._ensure()
        project = project or self.project
        hidden = redaction()
        inputs, outputs = hidden.table(inputs), hidden.table(outputs)
        digest = record_digest(name, inputs, outputs)
        newest = self.records(RecordQuery(project=project, name=name, run=run, limit=1)) if run else []
        same = newest or self.records(RecordQuery(project=project, name=name, digest=digest))
        if same and same[0].digest == digest and (newest or run is None):
            return same[0]
        record = Record(new_ulid(), project, name, dict(inputs), dict(outputs), digest, time.time_ns(), run)
        self._append(EventKind.RECORD, {"record": record_to_json(record)})
        return self.records(RecordQuery(project=project, name=name, digest=digest, run=run))[0]

    def records(self, query: RecordQuery = RecordQuery()) -> list[Record]:  # noqa: B008 - frozen
        """Records that fit, newest first."""
        with self._reading().reading() as connection:
            return list_records(connection, query)

    # keeping

    def check(
        self,
        level: CheckLevel | None = None,
        *,
        part: tuple[int, int] | None = None,
        resume: str = "",
        most_bytes: int | None = None,
    ) -> CheckReport:
        """Look for damage; changes nothing, and may run while others write.

        Args:
            level: How closely; ``DEFAULT`` where it is None.
            part: ``(2, 5)`` reads the blobs of the second fifth of the packs.
            resume: Of an earlier report that was cut short.
            most_bytes: Stop reading blobs after so many bytes.

        Raises:
            CorruptDataError: The catalogue cannot be read at all.
            StorageError: The store does not answer.
        """
        from nbcellar.store.checker import Checker  # only a check needs it
        from nbcellar.store.checks import CheckLevel

        catalogue = self._reading()
        with storage_errors("read", self._objects.place, NOTHING_CHANGED):
            return Checker(catalogue, self._objects, level or CheckLevel.DEFAULT, part, resume, most_bytes).check()

    def repair_catalogue(self) -> RepairReport:
        """Make the catalogue again from the journal and the packs' indexes.

        Raises:
            NotFoundError: There is no store here.
            StorageError: It could not be written.
        """
        from nbcellar.store.rebuild import rebuild_catalogue  # only a repair needs it

        self._must_exist()
        with storage_errors("read", self._objects.place, NOTHING_CHANGED):
            return rebuild_catalogue(self._catalogue, self._objects)

    def gc(
        self, retention: Retention | None = None, *, dry_run: bool = False, yes: bool = False, grace_s: float = 3600
    ) -> GcReport:
        """Forget what was in the trash for too long, expire failed runs, and free what nothing needs any more.

        Args:
            retention: Which successes may lose their files besides; none where it is None.
            dry_run: Only say what would go.
            yes: Also where more than half of all bytes would go.
            grace_s: How long writers that were not heard of are waited for.

        Raises:
            UnsafeError: The catalogue is older than the journal; or more than half would go, and ``yes`` was not said.
            StorageError: It could not be written, or a damaged manifest hides what is needed.
        """
        from nbcellar.store.collector import Collector
        from nbcellar.store.retention import Retention, doomed_runs

        collector = self._collector(Collector(self._reading(), self._objects, self.folder, int(grace_s * 1e9)))
        with self._reading().reading() as connection:
            rule = retention or Retention()
            doomed = doomed_runs(connection, rule, self.settings.trash_days, time.time_ns())
        plan = collector.plan(doomed)
        if dry_run or not self.exists:
            return plan
        if plan.frees_most and not yes:
            raise UnsafeError(
                f"This would free {plan.freed_bytes:,} bytes, more than half of all that is stored.",
                saved="Nothing was removed.",
                hint="Look at it with --dry-run, then say --yes.",
            )
        return collector.collect(doomed)

    def free(self, size_bytes: int, *, dry_run: bool = False) -> GcReport:
        """Free so many bytes at once: the trash, failed runs, then old versions, oldest first.

        What is labelled, the newest success of each series and what they have read stay, so it may be less.

        Raises:
            UnsafeError: The catalogue is older than the journal.
            StorageError: It could not be written, or a damaged manifest hides what is needed.
        """
        from nbcellar.store.collector import Collector
        from nbcellar.store.freeing import choose

        collector = self._collector(Collector(self._reading(), self._objects, self.folder, least_fill=0.9))
        doomed = choose(self._reading(), self._content().read, size_bytes)
        return collector.plan(doomed) if dry_run or not self.exists else collector.collect(doomed)

    def repair_packs(self, *, dry_run: bool = False) -> PackRepair:
        """Set damaged packs aside, save what is whole in them, and name what is lost until it is saved again.

        Raises:
            ConflictError: A collection came between.
            StorageError: It could not be written.
        """
        from nbcellar.store.mending import Mender

        self._must_exist()
        return Mender(self._catalogue, self._objects).mend(dry_run=dry_run)

    def backup(self, folder: Path) -> BackupReport:
        """Copy the store as it is at one moment, while others write; only what an earlier backup does not have.

        Raises:
            NotFoundError: There is no store here.
            ConflictError: The folder holds something else.
            CorruptDataError: What was copied is damaged.
            StorageError: It could not be read or written.
        """
        from nbcellar.store.backup import Backup

        self._must_exist()
        assert self._format is not None
        return Backup(self._catalogue, self._objects, self._format, folder.absolute()).take()

    def export(self, runs: Iterable[Run], path: Path, *, overwrite: bool = False) -> int:
        """Write runs with their files into a zip file; its size in bytes.

        Raises:
            ConflictError: There is a file already.
            CorruptDataError: Something is damaged; no file was made.
            StorageError: It could not be written; no file was made.
        """
        from nbcellar.store.exporter import export_runs

        return export_runs(self._content(), runs, path, overwrite=overwrite)

    def import_file(self, path: Path) -> list[Run]:
        """Store the runs of an exported file, under numbers of their own here; twice is once.

        Raises:
            NotFoundError: There is no such file.
            UnsafeError: It lists what could do harm.
            CorruptDataError: Something in it is damaged.
            FormatTooNewError: A newer version wrote it.
            StorageError: It could not be stored.
        """
        from nbcellar.store.importer import Import, import_file

        target = Import(self.folder / "tmp", self.project, self.stage, self._known_run, self._publish_foreign)
        return import_file(path, target)

    # within

    def _must_exist(self) -> None:
        if not self.exists:
            raise NotFoundError(f"There is no store at {self.address.store_url}.")
        self._ensure()

    def _known_run(self, run_id: str) -> Run | None:
        try:
            return self.run(run_id)
        except NotFoundError:
            return None

    def _publish_foreign(self, run: Run, stage: Stage) -> Run:
        """Publish a run that was made elsewhere; an id that another run has here is not taken."""
        return self.publish(replace(run, id=new_ulid()) if self._known_run(run.id) else run, stage)

    def _collector(self, collector: Collector) -> Collector:
        if self.exists:
            if self._format:
                check_writable(self._format, self._objects.place)
            with storage_errors("tidy", self._objects.place, NOTHING_CHANGED):
                collector.make_room()
            collector.refuse_old_catalogue()
        return collector

    def _look(self) -> bool:
        with storage_errors("read", self._objects.place, ""):
            found = read_format(self._objects)
        if found is None:
            return False
        with self._lock:
            if not self._uuid:
                self._catalogue = Catalogue(catalogue_path(self.address.catalogue_url), found.catalogue)
                self._format = found
                self._uuid = found.store
        return True

    def _ensure(self) -> None:
        """Make the store where it does not exist yet; the first write of all."""
        if self._ready:
            return
        with self._lock, storage_errors("create", self._objects.place):
            make_folders(self.folder)
            if not self._look():
                with one_at_a_time(self.folder / "tmp" / "create.lock"):
                    if not self._look():
                        self._create()
                self._look()
            assert self._format is not None
            check_writable(self._format, self._objects.place)
            keep_ballast(self.folder)
            self._ready = True

    def _create(self) -> None:
        path = catalogue_path(self.address.catalogue_url)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        format_ = new_format()
        write_format(self._objects, replace(format_, catalogue=Catalogue(path, format_.catalogue).create()))

    def _content(self) -> Content:
        return Content(self._reading(), self._objects)

    def _reading(self) -> Catalogue:
        """The catalogue; one that is empty where the store does not exist yet."""
        if not self._uuid:
            self._look()
        return self._catalogue

    def _append(self, kind: EventKind, body: JSON) -> int:
        self._ensure()
        return Publisher(self._catalogue, self._objects).append(kind, body)

    def _abandon_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._looked > 1:
            self._looked = now
            with contextlib.suppress(StorageError):  # where a store may only be read or is full, they stay as they are
                self.abandon()


def _objects_at(store_url: str) -> Objects:
    local = local_path(store_url)
    if local:
        return LocalObjects(local)
    from nbcellar.store.remote import RemoteObjects  # loads fsspec, which a local store does without

    return RemoteObjects(store_url)
