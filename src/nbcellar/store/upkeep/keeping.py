"""Keeping a store whole and small: checks, repairs, collection and backups; each loads only what it needs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from nbcellar.errors import UnsafeError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.store.journal.layout import check_writable
from nbcellar.store.objects.failures import NOTHING_CHANGED, storage_errors
from nbcellar.store.packs.pack import FOLDER
from nbcellar.store.publishing.opened import Opened

if TYPE_CHECKING:
    from nbcellar.store.catalogue.retention import Retention
    from nbcellar.store.upkeep.backup import BackupReport
    from nbcellar.store.upkeep.checks import CheckLevel, CheckReport, PackRepair, RepairReport
    from nbcellar.store.upkeep.collector import Collector
    from nbcellar.store.upkeep.gcreport import GcReport


class Keeping(Opened):
    """The part of a cellar that keeps it whole and small."""

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
        from nbcellar.store.upkeep.checker import Checker  # only a check needs it
        from nbcellar.store.upkeep.checks import CheckLevel
        from nbcellar.store.upkeep.packchecks import Portion

        catalogue = self._reading()
        portion = Portion(part, resume, most_bytes)
        with storage_errors("read", self._objects.place, NOTHING_CHANGED):
            return Checker(catalogue, self._objects, level or CheckLevel.DEFAULT, portion).check()

    def repair_catalogue(self) -> RepairReport:
        """Make the catalogue again from the journal and the packs' indexes.

        Raises:
            NotFoundError: There is no store here.
            StorageError: It could not be written.
        """
        from nbcellar.store.upkeep.rebuild import rebuild_catalogue  # only a repair needs it

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
        from nbcellar.store.catalogue.retention import Retention, doomed_runs
        from nbcellar.store.upkeep.collector import Collector

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
        from nbcellar.store.upkeep.collector import Collector
        from nbcellar.store.upkeep.freeing import choose

        collector = self._collector(Collector(self._reading(), self._objects, self.folder, least_fill=0.9))
        doomed = choose(self._reading(), self._content().read, size_bytes)
        return collector.plan(doomed) if dry_run or not self.exists else collector.collect(doomed)

    def empty_trash(self, *, dry_run: bool = False) -> GcReport:
        """Forget every run in the trash, and take its bytes out of every pack that nothing else needs them in.

        Raises:
            UnsafeError: The catalogue is older than the journal.
            StorageError: It could not be written, or a damaged manifest hides what is needed.
        """
        from nbcellar.store.catalogue.queries import RunQuery
        from nbcellar.store.catalogue.retention import Doomed
        from nbcellar.store.catalogue.runs import list_runs
        from nbcellar.store.upkeep.collector import Collector

        collector = self._collector(Collector(self._reading(), self._objects, self.folder, least_fill=1))
        with self._reading().reading() as connection:
            doomed = Doomed(deleted=tuple(list_runs(connection, RunQuery(removed=True))))
        return collector.plan(doomed) if dry_run or not self.exists else collector.collect(doomed)

    def repair_packs(self, *, dry_run: bool = False) -> PackRepair:
        """Set damaged packs aside, save what is whole in them, and name what is lost until it is saved again.

        Raises:
            ConflictError: A collection came between.
            StorageError: It could not be written.
        """
        from nbcellar.store.upkeep.mending import Mender

        self._must_exist()
        return Mender(self._catalogue, self._objects).mend(dry_run=dry_run)

    def backup(self, folder: Path) -> BackupReport:
        """Copy the store as it is at one moment, while others write; only what an earlier backup does not have.

        Raises:
            NotFoundError: There is no store here.
            ConflictError: The folder holds something else, or runs that this store does not have.
            UnsafeError: The folder is inside the store.
            CorruptDataError: What was copied is damaged.
            StorageError: It could not be read or written.
        """
        from nbcellar.store.upkeep.backup import Backup

        self._must_exist()
        assert self._format is not None
        if self.part_of(Path(os.path.realpath(folder))) is not None:
            raise UnsafeError(
                f"{folder} is inside the store.", saved="Nothing was copied.", hint="Name a folder outside of it."
            )
        return Backup(self._catalogue, self._objects, self._format, folder.absolute()).take()

    def stored_bytes(self) -> int:
        """What the packs and their indexes take where they lie.

        Raises:
            StorageError: They could not be listed.
        """
        with storage_errors("read", self._objects.place, ""):
            return sum(stored.size_bytes for stored in self._objects.listed(FOLDER))

    def _collector(self, collector: Collector) -> Collector:
        if self.exists:
            if self._format:
                check_writable(self._format, self._objects.place)
            with storage_errors("tidy", self._objects.place, NOTHING_CHANGED):
                collector.make_room()
            collector.refuse_old_catalogue()
        return collector
