"""Checking a store without changing it, also while others write: what looks wrong is looked up a second time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from blake3 import blake3

from nbcellar.errors import CorruptDataError, NbcellarError
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.model import AssetSummary, Digest
from nbcellar.store.catalogue.connections import Catalogue, has_our_tables
from nbcellar.store.catalogue.locations import known_digests, locate
from nbcellar.store.catalogue.runs import runs_with_assets
from nbcellar.store.journal.events import Event, event_names, key_of, read_event
from nbcellar.store.journal.layout import FORMAT_FILE, read_format
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.content import Content
from nbcellar.store.packs.manifests import Manifest
from nbcellar.store.packs.pack import EMPTY, FOLDER, Pack, index_key_of, read_index, rows_of
from nbcellar.store.packs.pack import key_of as pack_key_of
from nbcellar.store.publishing.lineage import is_kept, live_assets
from nbcellar.store.upkeep.checks import CheckLevel, CheckReport, Damage, DamageKind, Need
from nbcellar.store.upkeep.contradictions import Replay

_HEAL = "Save the files once more: the same content heals the store. Before that run `nbcellar repair packs`."
_AGAIN = "Run `nbcellar repair catalogue`."
_STEP = 4 * 2**20


@dataclass(slots=True)
class _PackRow:
    number: int
    name: str
    size_bytes: int


@dataclass(slots=True)
class _Found:
    damages: list[Damage] = field(default_factory=list)
    read_bytes: int = 0
    blob_count: int = 0


class Checker:
    """One check of one store.

    Args:
        part: ``(2, 5)`` reads the blobs of the second fifth of the packs; None reads all.
        resume: Of an earlier report: packs up to there are not read again.
        most_bytes: Stop reading blobs after so many bytes; None for no limit.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        objects: Objects,
        level: CheckLevel,
        part: tuple[int, int] | None = None,
        resume: str = "",
        most_bytes: int | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._objects = objects
        self._level = level
        self._part = part
        self._resume = resume
        self._most_bytes = most_bytes
        self._stopped = ""
        self._found = _Found()

    def check(self) -> CheckReport:
        """Look at everything that the level asks for."""
        self._check_format()
        self._check_rows()
        events = self._check_events()
        packs = self._packs()
        debris = self._check_objects(packs)
        assets = self._assets()
        if self._level is not CheckLevel.QUICK:
            self._check_indexes(packs)
            self._check_manifests(assets)
        if self._level is CheckLevel.READ_DATA:
            self._read_packs(packs)
        return CheckReport(
            level=self._level,
            damages=tuple(self._with_needs(assets)),
            asset_count=len(assets),
            event_count=events,
            pack_count=len(packs),
            blob_count=self._found.blob_count,
            read_bytes=self._found.read_bytes,
            debris_count=debris,
            resume=self._stopped,
        )

    def _add(self, key: str, kind: DamageKind, what: str, blobs: tuple[Digest, ...] = (), advice: str = _HEAL) -> None:
        for place, known in enumerate(self._found.damages):
            if known.object == key:
                both = tuple(dict.fromkeys(known.blobs + blobs))
                self._found.damages[place] = replace(known, blobs=both)
                return
        self._found.damages.append(Damage(key, kind, what.rstrip("."), blobs, (), advice))

    def _check_format(self) -> None:
        try:
            if read_format(self._objects) is None:
                self._add(FORMAT_FILE, DamageKind.MISSING, "it is gone", advice="Restore this one file from a backup.")
        except CorruptDataError as error:
            self._add(FORMAT_FILE, DamageKind.CONTENT, error.message, advice=error.hint)

    def _check_rows(self) -> None:
        pragma = "integrity_check" if self._level is CheckLevel.READ_DATA else "quick_check"
        with self._catalogue.reading() as connection:
            if not has_our_tables(connection):
                self._add("catalogue", DamageKind.ROWS, "its tables are not defined as they should be", advice=_AGAIN)
            for (line,) in connection.execute(f"PRAGMA {pragma}").fetchall():
                if line != "ok":
                    self._add("catalogue", DamageKind.ROWS, str(line), advice=_AGAIN)
            for row in connection.execute("PRAGMA foreign_key_check").fetchall():
                self._add("catalogue", DamageKind.ROWS, f"a row of {row[0]} refers to nothing", advice=_AGAIN)
            query = (
                "SELECT pack.name, COUNT(*) FROM blob LEFT JOIN pack ON pack.id = blob.pack "
                "WHERE pack.live IS NOT 1 OR blob.offset < 0 OR blob.offset + blob.length > pack.size_bytes GROUP BY 1"
            )
            for name, count in connection.execute(query).fetchall():
                self._add("catalogue", DamageKind.ROWS, f"{count} blobs lie outside of pack {name}", advice=_AGAIN)
            (self._found.blob_count,) = connection.execute("SELECT COUNT(*) FROM blob").fetchone()

    def _check_events(self) -> int:
        with self._catalogue.reading() as connection, closing(Replay()) as replay:
            rows = connection.execute("SELECT id, sequence FROM event ORDER BY sequence").fetchall()
            names = set(event_names(self._objects))  # after the rows: an event is older than its row
            whole = self._level is not CheckLevel.QUICK
            for name, sequence in rows:
                if not isinstance(name, str) or not isinstance(sequence, int):
                    self._add("catalogue", DamageKind.ROWS, f"event {name!r:.60} has no place", advice=_AGAIN)
                    whole = False
                    continue
                event = self._event(name, sequence, name in names)
                if event is not None and whole:
                    replay.add(replace(event, sequence=sequence))
                whole = whole and event is not None
            for what in replay.contradictions(connection) if whole else ():
                self._add("catalogue", DamageKind.ROWS, what, advice=_AGAIN)
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
        self._add(key_of(name), kind, what, advice=advice)

    def _packs(self) -> list[_PackRow]:
        with self._catalogue.reading() as connection:
            rows = connection.execute("SELECT id, name, size_bytes FROM pack WHERE live = 1 ORDER BY name").fetchall()
        return [_PackRow(*row) for row in rows]

    def _check_objects(self, packs: list[_PackRow]) -> int:
        sizes = {stored.key: stored.size_bytes for stored in self._objects.listed(FOLDER)}
        for pack in packs:
            size = sizes.pop(pack_key_of(pack.name), None)
            if size != pack.size_bytes and self._is_live(pack):
                kind = DamageKind.MISSING if size is None else DamageKind.SIZE
                what = "it is gone" if size is None else f"it has {size} bytes instead of {pack.size_bytes}"
                first = 0 if size is None else size
                blobs = tuple(digest for digest, offset, length in self._blobs(pack) if offset + length > first)
                self._add(pack_key_of(pack.name), kind, what, blobs)
            if sizes.pop(index_key_of(pack.name), None) is None and self._is_live(pack):
                self._index_damage(pack, DamageKind.MISSING, "it is gone")
        with self._catalogue.reading() as connection:
            staged = {str(row[0]) for row in connection.execute("SELECT name FROM pack")}
        return sum(1 for key in sizes if key.removeprefix(f"{FOLDER}/").removesuffix(".idx") not in staged)

    def _index_damage(self, pack: _PackRow, kind: DamageKind, what: str) -> None:
        advice = "No bytes are lost: run `nbcellar repair packs`, which writes the index again."
        self._add(index_key_of(pack.name), kind, what, tuple(blob[0] for blob in self._blobs(pack)), advice)

    def _is_live(self, pack: _PackRow) -> bool:
        with self._catalogue.reading() as connection:
            row = connection.execute("SELECT 1 FROM pack WHERE id = ? AND live = 1", (pack.number,)).fetchone()
        return row is not None

    def _blobs(self, pack: _PackRow) -> list[tuple[Digest, int, int]]:
        with self._catalogue.reading() as connection:
            query = "SELECT digest, offset, length FROM blob WHERE pack = ? ORDER BY offset"
            return [(Digest(row[0]), row[1], row[2]) for row in connection.execute(query, (pack.number,))]

    def _check_indexes(self, packs: list[_PackRow]) -> None:
        for pack in packs:
            index = self._index(pack)
            if index is None:
                continue
            rows = set(self._blobs(pack))
            if not rows <= set(index.blobs()) and self._is_live(pack):
                self._add("catalogue", DamageKind.ROWS, f"it contradicts the index {pack.name}.idx", advice=_AGAIN)

    def _index(self, pack: _PackRow) -> Pack | None:
        try:
            return read_index(self._objects, pack.name)
        except FileNotFoundError:
            return None  # named already, or collected meanwhile
        except CorruptDataError as error:
            self._index_damage(pack, DamageKind.CONTENT, error.message)
        except OSError as error:
            self._index_damage(pack, DamageKind.UNREADABLE, str(error))
        return None

    def _assets(self) -> list[AssetSummary]:
        with self._catalogue.reading() as connection:
            return live_assets(connection, removed=True)

    def _check_manifests(self, assets: list[AssetSummary]) -> None:
        content = Content(self._catalogue, self._objects)
        for asset in assets:
            try:
                needed = set(Manifest(asset, content.read).blobs())
            except NbcellarError:
                if self._still_there(asset):
                    self._blame_packs(asset, content)
                continue
            with self._catalogue.reading() as connection:
                lost = needed - known_digests(connection, needed) - {EMPTY}
            if lost and self._still_there(asset):
                what = f"{len(lost)} of its blobs have no row"
                self._add(f"asset {asset.digest.hex()}", DamageKind.MISSING, what, tuple(sorted(lost)))

    def _blame_packs(self, asset: AssetSummary, content: Content) -> None:
        """Name the packs whose bytes make a manifest unreadable."""
        for digest in _manifest_blobs(asset, content):
            try:
                content.read(digest)
            except NbcellarError as error:
                with self._catalogue.reading() as connection:
                    places = locate(connection, [digest])
                key = pack_key_of(places[0].pack) if places else f"asset {asset.digest.hex()}"
                self._add(key, DamageKind.CONTENT if places else DamageKind.MISSING, error.message, (digest,))

    def _still_there(self, asset: AssetSummary) -> bool:
        with self._catalogue.reading() as connection:
            return is_kept(connection, asset)

    def _read_packs(self, packs: list[_PackRow]) -> None:
        try:
            self._read_each(packs)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(self._so_far())
            raise

    def _so_far(self) -> str:
        """What an interrupted check has found, and how to go on."""
        bad = [damage.object for damage in self._found.damages]
        found = f"Damaged so far: {', '.join(bad)}." if bad else "No damage so far."
        last = self._last or self._resume
        if not last:
            return found
        part = f" --part {self._part[0]}/{self._part[1]}" if self._part else ""
        return f"{found}\nGo on with `nbcellar check --read-data{part} --resume {last}`."

    def _read_each(self, packs: list[_PackRow]) -> None:
        for place, pack in enumerate(packs):
            if self._part and place % self._part[1] != self._part[0] - 1:
                continue
            if pack.name <= self._resume:
                continue
            if self._most_bytes is not None and self._found.read_bytes >= self._most_bytes:
                self._stopped = self._last
                return
            self._read_pack(pack)
            self._last = pack.name

    _last = ""

    def _read_pack(self, pack: _PackRow) -> None:
        try:
            index = read_index(self._objects, pack.name)
        except (NbcellarError, OSError):  # named by the check of the indexes; the rows tell as much
            index = Pack(pack.name, pack.size_bytes, rows_of(self._blobs(pack)))
        bad = []
        what = ""
        try:
            for digest, offset, length in index.blobs():
                if self._digest_at(pack, offset, length) != digest:
                    bad.append(digest)
                    what = what or f"the bytes at {offset} are not those of blob {digest.hex()[:16]}"
        except FileNotFoundError:
            return  # named already, or collected meanwhile
        except OSError as error:
            self._add(pack_key_of(pack.name), DamageKind.UNREADABLE, str(error), tuple(b[0] for b in index.blobs()))
        if bad:
            self._add(pack_key_of(pack.name), DamageKind.CONTENT, what, tuple(bad))

    def _digest_at(self, pack: _PackRow, offset: int, length: int) -> bytes:
        hasher = blake3()
        for start in range(offset, offset + length, _STEP):
            part = self._objects.read(pack_key_of(pack.name), start, min(_STEP, offset + length - start))
            self._found.read_bytes += len(part)
            hasher.update(part)
        return hasher.digest()

    def _with_needs(self, assets: list[AssetSummary]) -> Iterator[Damage]:
        content = Content(self._catalogue, self._objects)
        wanted = {digest for damage in self._found.damages for digest in damage.blobs}
        needs: dict[Digest, list[Need]] = {}
        with self._catalogue.reading() as connection:
            for asset in assets if wanted else []:
                _collect_needs(connection, asset, content, wanted, needs)
            for damage in self._found.damages:
                found = {(need.run.id, need.name): need for digest in damage.blobs for need in needs.get(digest, [])}
                yield replace(damage, needs=tuple(found.values()))


def _manifest_blobs(asset: AssetSummary, content: Content) -> tuple[Digest, ...]:
    try:
        return tuple(Manifest(asset, content.read).own_blobs())
    except NbcellarError:
        return (asset.manifest,)


def _collect_needs(
    connection: sqlite3.Connection,
    asset: AssetSummary,
    content: Content,
    wanted: set[Digest],
    needs: dict[Digest, list[Need]],
) -> None:
    runs = runs_with_assets(connection, [asset.digest], removed=True)
    own = _manifest_blobs(asset, content)
    for digest in wanted.intersection(own):
        needs.setdefault(digest, []).extend(Need(run, None) for run in runs)
    try:
        for block in Manifest(asset, content.read).blocks():
            for row in range(len(block)):
                for digest in wanted.intersection(block.chunk_list(row) or [block.digest(row)]):
                    needs.setdefault(digest, []).extend(Need(run, block.names[row]) for run in runs)
    except NbcellarError:  # what cannot be read is named as a whole
        needs.setdefault(asset.manifest, []).extend(Need(run, None) for run in runs)
