"""Checking a store without changing it, also while others write: what looks wrong is looked up a second time."""

from __future__ import annotations

from contextlib import closing

from nbcellar.errors import CorruptDataError, NbcellarError
from nbcellar.lightclasses import replace
from nbcellar.model import AssetSummary
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.catalogue.locations import known_digests, locate
from nbcellar.store.catalogue.schema import has_our_tables
from nbcellar.store.journal.events import Event, event_names, key_of, read_event
from nbcellar.store.journal.layout import FORMAT_FILE, read_format
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.content import Content
from nbcellar.store.packs.manifests import Manifest
from nbcellar.store.packs.pack import EMPTY
from nbcellar.store.packs.pack import key_of as pack_key_of
from nbcellar.store.publishing.lineage import is_kept, live_assets
from nbcellar.store.upkeep.checks import CheckLevel, CheckReport, DamageKind
from nbcellar.store.upkeep.contradictions import Replay
from nbcellar.store.upkeep.findings import Findings, manifest_blobs
from nbcellar.store.upkeep.packchecks import PackChecks, Portion


class Checker:
    """One check of one store."""

    def __init__(
        self, catalogue: Catalogue, objects: Objects, level: CheckLevel, portion: Portion | None = None
    ) -> None:
        self._catalogue = catalogue
        self._objects = objects
        self._content = Content(catalogue, objects)
        self._level = level
        self._portion = portion or Portion()
        self._found = Findings()

    def check(self) -> CheckReport:
        """Look at everything that the level asks for.

        Raises:
            KeyboardInterrupt: While data were read: with a note that says what was found, and how to go on.
        """
        self._check_format()
        blobs = self._check_rows()
        events = self._check_events()
        packs = PackChecks(self._catalogue, self._objects, self._found)
        debris = packs.check_objects()
        assets = self._assets()
        if self._level is not CheckLevel.QUICK:
            packs.check_indexes()
            self._check_manifests(assets)
        if self._level is CheckLevel.READ_DATA:
            packs.read(self._portion)
        return CheckReport(
            level=self._level,
            damages=self._found.with_needs(self._catalogue, self._content, assets),
            asset_count=len(assets),
            event_count=events,
            pack_count=len(packs.packs),
            blob_count=blobs,
            read_bytes=packs.read_bytes,
            debris_count=debris,
            resume=packs.stopped,
        )

    def _check_format(self) -> None:
        try:
            if read_format(self._objects) is None:
                self._found.add(
                    FORMAT_FILE, DamageKind.MISSING, "it is gone", advice="Restore this one file from a backup."
                )
        except CorruptDataError as error:
            self._found.add(FORMAT_FILE, DamageKind.CONTENT, error.message, advice=error.hint)

    def _check_rows(self) -> int:
        """How many blobs there are."""
        pragma = "integrity_check" if self._level is CheckLevel.READ_DATA else "quick_check"
        with self._catalogue.reading() as connection:
            if not has_our_tables(connection):
                self._found.add_rows("its tables are not defined as they should be")
            for (line,) in connection.execute(f"PRAGMA {pragma}").fetchall():
                if line != "ok":
                    self._found.add_rows(str(line))
            for row in connection.execute("PRAGMA foreign_key_check").fetchall():
                self._found.add_rows(f"a row of {row[0]} refers to nothing")
            query = (
                "SELECT pack.name, COUNT(*) FROM blob LEFT JOIN pack ON pack.id = blob.pack "
                "WHERE pack.live IS NOT 1 OR blob.offset < 0 OR blob.offset + blob.length > pack.size_bytes GROUP BY 1"
            )
            for name, count in connection.execute(query).fetchall():
                self._found.add_rows(f"{count} blobs lie outside of pack {name}")
            (count,) = connection.execute("SELECT COUNT(*) FROM blob").fetchone()
            return int(count)

    def _check_events(self) -> int:
        with self._catalogue.reading() as connection, closing(Replay()) as replay:
            rows = connection.execute("SELECT id, sequence FROM event ORDER BY sequence").fetchall()
            names = set(event_names(self._objects))  # after the rows: an event is older than its row
            whole = self._level is not CheckLevel.QUICK
            for name, sequence in rows:
                if not isinstance(name, str) or not isinstance(sequence, int):
                    self._found.add_rows(f"event {name!r:.60} has no place")
                    whole = False
                    continue
                event = self._event(name, sequence, name in names)
                if event is not None and whole:
                    replay.add(replace(event, sequence=sequence))
                whole = whole and event is not None
            for what in replay.contradictions(connection) if whole else ():
                self._found.add_rows(what)
        return len(rows)

    def _event(self, name: str, sequence: int, there: bool) -> Event | None:
        """None where it is damaged, or was not read."""
        try:
            if not there:
                raise FileNotFoundError("it is gone")
            if self._level is CheckLevel.QUICK:
                return None
            event = read_event(self._objects, name)
        except FileNotFoundError as error:
            self._event_damage(name, DamageKind.MISSING, str(error))
        except CorruptDataError as error:
            self._event_damage(name, DamageKind.CONTENT, str(error))
        except OSError as error:
            self._event_damage(name, DamageKind.UNREADABLE, str(error))
        else:
            if event.sequence != sequence:
                self._event_damage(name, DamageKind.ROWS, f"it has sequence {event.sequence}, its row {sequence}")
            return event
        return None

    def _event_damage(self, name: str, kind: DamageKind, what: str) -> None:
        advice = "The catalogue still has it; make a backup now, and do not repair the catalogue from this journal."
        self._found.add(key_of(name), kind, what, advice=advice)

    def _assets(self) -> list[AssetSummary]:
        with self._catalogue.reading() as connection:
            return live_assets(connection, removed=True)

    def _check_manifests(self, assets: list[AssetSummary]) -> None:
        for asset in assets:
            try:
                needed = set(Manifest(asset, self._content.read).blobs())
            except NbcellarError:
                if self._still_there(asset):
                    self._blame_packs(asset)
                continue
            with self._catalogue.reading() as connection:
                lost = needed - known_digests(connection, needed) - {EMPTY}
            if lost and self._still_there(asset):
                what = f"{len(lost)} of its blobs have no row"
                self._found.add(f"asset {asset.digest.hex()}", DamageKind.MISSING, what, tuple(sorted(lost)))

    def _blame_packs(self, asset: AssetSummary) -> None:
        """Name the packs whose bytes make a manifest unreadable."""
        for digest in manifest_blobs(asset, self._content):
            try:
                self._content.read(digest)
            except NbcellarError as error:
                with self._catalogue.reading() as connection:
                    places = locate(connection, [digest])
                key = pack_key_of(places[0].pack) if places else f"asset {asset.digest.hex()}"
                self._found.add(key, DamageKind.CONTENT if places else DamageKind.MISSING, error.message, (digest,))

    def _still_there(self, asset: AssetSummary) -> bool:
        with self._catalogue.reading() as connection:
            return is_kept(connection, asset)
