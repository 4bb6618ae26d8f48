"""Repairing damaged packs: what is whole moves into new packs, the rest is set aside and named.

A blob whose row is gone is stored anew by the next save of the same content, which heals every asset that needs it.
"""

from __future__ import annotations

from blake3 import blake3

from nbcellar.errors import ConflictError
from nbcellar.model import Digest
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.objects.failures import NOTHING_CHANGED, storage_errors
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.store.packs.pack import FOLDER, Pack, index_key_of, key_of, rows_of, write_index
from nbcellar.store.packs.stage import Move
from nbcellar.store.upkeep.checker import Checker
from nbcellar.store.upkeep.checks import CheckLevel, Damage, Need, PackRepair
from nbcellar.store.upkeep.rewriting import can_move, move_rows

Blob = tuple[Digest, int, int]


class Mender:
    """Repairs the packs of one store."""

    def __init__(self, catalogue: Catalogue, objects: Objects) -> None:
        self._catalogue = catalogue
        self._objects = objects
        self._aside = f"rescue/packs-{new_ulid()}"
        self._set_aside: list[str] = []
        self._indexes: list[str] = []
        self._saved = 0
        self._lost: list[Digest] = []
        self._needs: dict[tuple[str, bytes | None], Need] = {}

    def mend(self, *, dry_run: bool) -> PackRepair:
        """Read everything, and repair what is damaged.

        Raises:
            ConflictError: A collection came between; nothing is worse than before.
            StorageError: It could not be written.
        """
        report = Checker(self._catalogue, self._objects, CheckLevel.READ_DATA).check()
        packs = [damage for damage in report.damages if _is_pack(damage.object)]
        broken = {damage.object.removeprefix(f"{FOLDER}/") for damage in packs}
        for damage in packs:
            self._mend_pack(damage, dry_run)
        for damage in report.damages:
            name = damage.object.removeprefix(f"{FOLDER}/").removesuffix(".idx")
            if damage.object == index_key_of(name) and name not in broken:
                self._mend_index(name, dry_run)
        return PackRepair(
            dry_run=dry_run,
            set_aside=tuple(self._set_aside),
            indexes=tuple(self._indexes),
            saved_count=self._saved,
            lost=tuple(self._lost),
            needs=tuple(self._needs.values()),
        )

    def _mend_pack(self, damage: Damage, dry_run: bool) -> None:
        name = damage.object.removeprefix(f"{FOLDER}/")
        number, rows = self._rows(name)
        whole = [row for row in rows if self._read(name, row) is not None]
        lost = {digest for digest, _, _ in rows} - {digest for digest, _, _ in whole}
        if not dry_run:
            self._move(name, number, whole)
        self._set_aside += self._put_aside(name, dry_run)
        self._saved += len(whole)
        self._lost += sorted(lost)
        for need in damage.needs:
            self._needs[need.run.id, need.name] = need

    def _move(self, name: str, number: int, whole: list[Blob]) -> None:
        with Move(self._catalogue, self._objects) as stage:
            for row in whole:
                data = self._read(name, row)
                if data is not None:
                    stage.put(data)
            stage.seal()
            with self._catalogue.writing() as connection:
                if not can_move(connection, stage, number):
                    raise ConflictError(
                        "A collection came between.", saved="Nothing was lost by it.", hint="Repair once more."
                    )
                move_rows(connection, stage, number)
            stage.published = True

    def _put_aside(self, name: str, dry_run: bool) -> list[str]:
        moved = []
        for key in (key_of(name), index_key_of(name)):
            target = f"{self._aside}/{key.rpartition('/')[2]}"
            try:
                if dry_run:
                    self._objects.size(key)
                else:
                    self._objects.move(key, target)
            except FileNotFoundError:  # that is the damage
                continue
            moved.append(key if dry_run else target)
        return moved

    def _mend_index(self, name: str, dry_run: bool) -> None:
        self._indexes.append(index_key_of(name))
        if dry_run:
            return
        _, rows = self._rows(name)
        with storage_errors("write to", self._objects.place, NOTHING_CHANGED):
            write_index(self._objects, Pack(name, self._objects.size(key_of(name)), rows_of(rows)))
            self._objects.settle(FOLDER)

    def _rows(self, name: str) -> tuple[int, list[Blob]]:
        with self._catalogue.reading() as connection:
            row = connection.execute("SELECT id FROM pack WHERE name = ?", (name,)).fetchone()
            query = "SELECT digest, offset, length FROM blob WHERE pack = ? ORDER BY offset"
            rows = connection.execute(query, (row[0] if row else -1,)).fetchall()
        return (int(row[0]) if row else -1), [(Digest(digest), offset, length) for digest, offset, length in rows]

    def _read(self, name: str, row: Blob) -> bytes | None:
        """One blob, where it is whole."""
        digest, offset, length = row
        try:
            data = self._objects.read(key_of(name), offset, length)
        except OSError:  # gone or unreadable: this is what is being repaired
            return None
        return data if blake3(data).digest() == digest else None


def _is_pack(key: str) -> bool:
    return key.startswith(f"{FOLDER}/") and not key.endswith(".idx")
