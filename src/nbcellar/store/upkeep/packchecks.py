"""The packs of a store, looked at without a change: sizes, indexes, and where it is asked for every byte."""

from __future__ import annotations

from blake3 import blake3

from nbcellar.errors import CorruptDataError, NbcellarError
from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.pack import FOLDER, Pack, index_key_of, read_index, rows_of
from nbcellar.store.packs.pack import key_of as pack_key_of
from nbcellar.store.upkeep.checks import DamageKind
from nbcellar.store.upkeep.findings import Findings

_STEP = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Portion:
    """How much of the data a check reads.

    Attributes:
        part: ``(2, 5)`` for the second fifth of the packs; None for all.
        resume: Of an earlier check: packs up to there are not read again.
        most_bytes: Stop after so many bytes; None for no limit.
    """

    part: tuple[int, int] | None = None
    resume: str = ""
    most_bytes: int | None = None

    def holds(self, place: int) -> bool:
        """Whether the pack at this place is of the part."""
        return self.part is None or place % self.part[1] == self.part[0] - 1


@dataclass(frozen=True, slots=True)
class PackRow:
    """A pack as the catalogue has it."""

    number: int
    name: str
    size_bytes: int


class PackChecks:
    """The checks of the packs that the catalogue had when they began.

    Attributes:
        packs: They, by name.
        read_bytes: What was read of them.
        stopped: Where a check that was cut short goes on; empty when it is complete.
    """

    def __init__(self, catalogue: Catalogue, objects: Objects, found: Findings) -> None:
        self._catalogue = catalogue
        self._objects = objects
        self._found = found
        self.read_bytes = 0
        self.stopped = ""
        with catalogue.reading() as connection:
            rows = connection.execute("SELECT id, name, size_bytes FROM pack WHERE live = 1 ORDER BY name").fetchall()
        self.packs = [PackRow(*row) for row in rows]

    def check_objects(self) -> int:
        """Look whether every pack and index is there in its size; how many objects have no row."""
        sizes = {stored.key: stored.size_bytes for stored in self._objects.listed(FOLDER)}
        for pack in self.packs:
            size = sizes.pop(pack_key_of(pack.name), None)
            if size != pack.size_bytes and self._is_live(pack):
                kind = DamageKind.MISSING if size is None else DamageKind.SIZE
                what = "it is gone" if size is None else f"it has {size} bytes instead of {pack.size_bytes}"
                first = 0 if size is None else size
                blobs = tuple(digest for digest, offset, length in self._blobs(pack) if offset + length > first)
                self._found.add(pack_key_of(pack.name), kind, what, blobs)
            indexed = sizes.pop(index_key_of(pack.name), None) is not None
            if (
                not indexed and size is not None and self._is_live(pack)
            ):  # of a pack that is gone nothing needs an index
                self._index_damage(pack, DamageKind.MISSING, "it is gone")
        with self._catalogue.reading() as connection:
            staged = {str(row[0]) for row in connection.execute("SELECT name FROM pack")}
        return sum(1 for key in sizes if key.removeprefix(f"{FOLDER}/").removesuffix(".idx") not in staged)

    def _index_damage(self, pack: PackRow, kind: DamageKind, what: str) -> None:
        advice = "No bytes are lost: run `nbcellar repair packs`, which writes the index again."
        self._found.add(index_key_of(pack.name), kind, what, tuple(blob[0] for blob in self._blobs(pack)), advice)

    def _is_live(self, pack: PackRow) -> bool:
        with self._catalogue.reading() as connection:
            row = connection.execute("SELECT 1 FROM pack WHERE id = ? AND live = 1", (pack.number,)).fetchone()
        return row is not None

    def _blobs(self, pack: PackRow) -> list[tuple[Digest, int, int]]:
        with self._catalogue.reading() as connection:
            query = "SELECT digest, offset, length FROM blob WHERE pack = ? ORDER BY offset"
            return [(Digest(row[0]), row[1], row[2]) for row in connection.execute(query, (pack.number,))]

    def check_indexes(self) -> None:
        """Look whether the catalogue says what the indexes say."""
        for pack in self.packs:
            index = self._index(pack)
            if index is None:
                continue
            rows = set(self._blobs(pack))
            if not rows <= set(index.blobs()) and self._is_live(pack):
                self._found.add_rows(f"it contradicts the index {pack.name}.idx")

    def _index(self, pack: PackRow) -> Pack | None:
        try:
            return read_index(self._objects, pack.name)
        except FileNotFoundError:
            return None  # named already, or collected meanwhile
        except CorruptDataError as error:
            self._index_damage(pack, DamageKind.CONTENT, error.message)
        except OSError as error:
            self._index_damage(pack, DamageKind.UNREADABLE, str(error))
        return None

    def read(self, portion: Portion) -> None:
        """Compare every byte with its digest.

        Raises:
            KeyboardInterrupt: With a note that says what was found so far, and how to go on.
        """
        last = portion.resume
        try:
            for place, pack in enumerate(self.packs):
                if pack.name <= portion.resume or not portion.holds(place):
                    continue
                if portion.most_bytes is not None and self.read_bytes >= portion.most_bytes:
                    self.stopped = last
                    return
                self._read_pack(pack)
                last = pack.name
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(self._so_far(portion, last))
            raise

    def _so_far(self, portion: Portion, last: str) -> str:
        bad = [damage.object for damage in self._found.damages]
        found = f"Damaged so far: {', '.join(bad)}." if bad else "No damage so far."
        if not last:
            return found
        part = f" --part {portion.part[0]}/{portion.part[1]}" if portion.part else ""
        return f"{found}\nGo on with `nbcellar check --read-data{part} --resume {last}`."

    def _read_pack(self, pack: PackRow) -> None:
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
            self._found.add(
                pack_key_of(pack.name), DamageKind.UNREADABLE, str(error), tuple(b[0] for b in index.blobs())
            )
        if bad:
            self._found.add(pack_key_of(pack.name), DamageKind.CONTENT, what, tuple(bad))

    def _digest_at(self, pack: PackRow, offset: int, length: int) -> bytes:
        hasher = blake3()
        for start in range(offset, offset + length, _STEP):
            part = self._objects.read(pack_key_of(pack.name), start, min(_STEP, offset + length - start))
            self.read_bytes += len(part)
            hasher.update(part)
        return hasher.digest()
