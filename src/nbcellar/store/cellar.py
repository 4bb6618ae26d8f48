"""The cellar: everything that other rooms may ask of a store, in one place."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbcellar.errors import NotFoundError, StorageError, UnsafeError
from nbcellar.lightclasses import replace
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import JSON, AssetSummary, Run, RunKind, RunStatus, check_name
from nbcellar.reference import Ref
from nbcellar.store.catalogue.queries import RunQuery, Series
from nbcellar.store.catalogue.redaction import redaction
from nbcellar.store.catalogue.rows import put_open_body, put_run, take_number
from nbcellar.store.catalogue.runs import find_run, list_assets, list_runs, list_series, run_by_id
from nbcellar.store.catalogue.since import newest_sequence, only_runs_since
from nbcellar.store.journal.events import EventKind
from nbcellar.store.objects.processes import is_gone, this_process
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.store.publishing.annotations import Annotations
from nbcellar.store.publishing.contents import Contents
from nbcellar.store.upkeep.keeping import Keeping

if TYPE_CHECKING:
    from nbcellar.store.packs.stage import Stage
    from nbcellar.store.publishing.publication import Again


class Cellar(Annotations, Contents, Keeping):
    """Packs, journal and catalogue at one address. Any thread may use it; opening it never creates anything.

    Attributes:
        address: The two URLs that mean this cellar everywhere.
        home: The project's folder.
        folder: The local folder for work, cache, tmp and rescue; the user's where the store may only be read.
        project: The project whose names need no prefix.
    """

    def stage(self) -> Stage:
        """What one writer is about to publish, as a context manager.

        Raises:
            StorageError: The store could not be made.
        """
        from nbcellar.store.packs.stage import Stage  # readers do without it

        self._ensure()
        return Stage(self._catalogue, self._objects)

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

    def tell_open(self, run: Run) -> None:
        """Write down what is known by now of a run that is open; nothing happens where it was closed meanwhile.

        Raises:
            EncodingError: Something is no JSON.
            StorageError: It could not be written.
        """
        run = redaction().run(run)
        with self._catalogue.writing(durable=False) as connection:
            put_open_body(connection, run)

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
        return self._publisher().publish(redaction().run(run), stage, again)

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
            return _as_it_is(run_by_id(connection, run_id))

    def runs(self, query: RunQuery = RunQuery()) -> list[Run]:  # noqa: B008 - frozen
        """Runs that fit, newest first."""
        self._abandon_sometimes()
        with self._reading().reading() as connection:
            return [_as_it_is(run) for run in list_runs(connection, query)]

    def newest_sequence(self) -> int:
        """The place of the event that was published last; 0 before the first one."""
        with self._reading().reading() as connection:
            return newest_sequence(connection)

    def only_runs_since(self, sequence: int) -> bool:
        """Whether only runs were published after this place: nothing was removed, expired, labelled or recorded."""
        with self._reading().reading() as connection:
            return only_runs_since(connection, sequence)

    def series(self, project: str | None = None) -> list[Series]:
        """Every series that has runs outside the trash, the one with the newest run first."""
        self._abandon_sometimes()
        with self._reading().reading() as connection:
            return list_series(connection, project)

    def assets(self, project: str, name: str) -> list[AssetSummary]:
        """The different assets of a series outside the trash, newest first."""
        with self._reading().reading() as connection:
            return list_assets(connection, project, name)

    def used_by(self, run: Run, limit: int | None = None) -> list[Run]:
        """The runs that read what this one made, newest first; no more than the limit."""
        from nbcellar.store.publishing.lineage import users_of

        with self._reading().reading() as connection:
            return users_of(connection, run, limit)

    def count_users(self, run: Run) -> int:
        """How many runs read what this one made."""
        from nbcellar.store.publishing.lineage import count_users

        with self._reading().reading() as connection:
            return count_users(connection, run)

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

    def export(self, runs: Iterable[Run], path: Path, *, overwrite: bool = False) -> int:
        """Write runs with their files into a zip file; its size in bytes.

        Raises:
            ConflictError: There is a file already.
            UnsafeError: The place is inside the store.
            CorruptDataError: Something is damaged; no file was made.
            StorageError: It could not be written; no file was made.
        """
        from nbcellar.store.transfer.exporter import NO_FILE, export_runs

        if self.part_of(path) not in (None, "work"):  # where tasks have their fresh folders
            raise UnsafeError(f"{path} is inside the store.", saved=NO_FILE, hint="Name a file outside of it.")
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
        from nbcellar.store.transfer.importer import Import, import_file

        target = Import(self.folder / "tmp", self.project, self.stage, self._known_run, self._publish_foreign)
        return import_file(path, target)

    def _known_run(self, run_id: str) -> Run | None:
        try:
            return self.run(run_id)
        except NotFoundError:
            return None

    def _publish_foreign(self, run: Run, stage: Stage) -> Run:
        """Publish a run that was made elsewhere; an id that another run has here is not taken."""
        return self.publish(replace(run, id=new_ulid()) if self._known_run(run.id) else run, stage)

    def _abandon_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._looked > 1:
            self._looked = now
            with contextlib.suppress(StorageError):  # where a store may only be read or is full, their rows stay
                self.abandon()


def _as_it_is(run: Run) -> Run:
    """A run whose process is gone is abandoned, also where that cannot be written down."""
    gone = run.status is RunStatus.RUNNING and is_gone(run.origin)
    return replace(run, status=RunStatus.ABANDONED) if gone else run
