"""What a check has found so far, and which files need what is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from nbcellar.errors import NbcellarError
from nbcellar.lightclasses import replace
from nbcellar.model import AssetSummary, Digest
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.catalogue.runs import runs_with_assets
from nbcellar.store.packs.content import Content
from nbcellar.store.packs.manifests import Manifest
from nbcellar.store.upkeep.checks import Damage, DamageKind, Need

HEAL = "Save the files once more: the same content heals the store. Before that run `nbcellar repair packs`."
AGAIN = "Run `nbcellar repair catalogue`."


class Findings:
    """The damaged objects of one check, each once.

    Attributes:
        damages: They, in the order in which they were found.
    """

    def __init__(self) -> None:
        self.damages: list[Damage] = []

    def add(self, key: str, kind: DamageKind, what: str, blobs: tuple[Digest, ...] = (), advice: str = HEAL) -> None:
        """Note damage to an object; of one that is noted already, only the blobs."""
        for place, known in enumerate(self.damages):
            if known.object == key:
                both = tuple(dict.fromkeys(known.blobs + blobs))
                self.damages[place] = replace(known, blobs=both)
                return
        self.damages.append(Damage(key, kind, what.rstrip("."), blobs, (), advice))

    def add_rows(self, what: str) -> None:
        """Note that the catalogue says something wrong."""
        self.add("catalogue", DamageKind.ROWS, what, advice=AGAIN)

    def with_needs(self, catalogue: Catalogue, content: Content, assets: Sequence[AssetSummary]) -> tuple[Damage, ...]:
        """The damages, each with the files that need what it hurt."""
        wanted = {digest for damage in self.damages for digest in damage.blobs}
        needs: dict[Digest, list[Need]] = {}
        named = []
        with catalogue.reading() as connection:
            for asset in assets if wanted else []:
                _collect_needs(connection, asset, content, wanted, needs)
            for damage in self.damages:
                found = {(need.run.id, need.name): need for digest in damage.blobs for need in needs.get(digest, [])}
                named.append(replace(damage, needs=tuple(found.values())))
        return tuple(named)


def manifest_blobs(asset: AssetSummary, content: Content) -> tuple[Digest, ...]:
    """The blobs that an asset's manifest consists of; its root alone, where that cannot be read."""
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
    own = manifest_blobs(asset, content)
    for digest in wanted.intersection(own):
        needs.setdefault(digest, []).extend(Need(run, None) for run in runs)
    try:
        for block in Manifest(asset, content.read).blocks():
            for row in range(len(block)):
                for digest in wanted.intersection(block.chunk_list(row) or [block.digest(row)]):
                    needs.setdefault(digest, []).extend(Need(run, block.names[row]) for run in runs)
    except NbcellarError:  # what cannot be read is named as a whole
        needs.setdefault(asset.manifest, []).extend(Need(run, None) for run in runs)
