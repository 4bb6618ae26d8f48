"""``du``: what each name holds on disk, its own and what it shares."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.display import Table, size_text
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Command
from nbcellar.frontends.commands.place import here
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Digest, Run
from nbcellar.store import Cellar, RunQuery


@dataclass(frozen=True, slots=True)
class NameUse:
    """What the assets of one name hold.

    Attributes:
        size_bytes: Of all their different contents.
        own_bytes: Of those contents that no other name has: what removing them all would free.
    """

    project: str
    name: str
    asset_count: int
    size_bytes: int
    own_bytes: int


@dataclass(frozen=True, repr=False)
class DiskUse(Answer):
    """What is stored, by name."""

    verb: ClassVar[str] = "du"
    project: str
    names: tuple[NameUse, ...]
    content_bytes: int
    stored_bytes: int

    def _facts(self) -> dict[str, JSON]:
        return {
            "content_bytes": self.content_bytes,
            "stored_bytes": self.stored_bytes,
            "names": list(self._items()),
        }

    def _items(self) -> Iterable[JSON]:
        return [
            {
                "project": one.project,
                "name": one.name,
                "asset_count": one.asset_count,
                "size_bytes": one.size_bytes,
                "own_bytes": one.own_bytes,
            }
            for one in self.names
        ]

    def _blocks(self) -> list[Block]:
        rows = [
            (
                one.name if one.project == self.project else f"{one.project}:{one.name}",
                f"{one.asset_count:,}",
                size_text(one.size_bytes),
                size_text(one.own_bytes),
            )
            for one in self.names
        ]
        total = f"{size_text(self.content_bytes)} of different contents, {size_text(self.stored_bytes)} on disk."
        if not rows:
            return [total]
        return [Table(("Name", "Assets", "Holds", "Alone"), rows, frozenset({"Assets", "Holds", "Alone"})), total]


def du(*, cellar: Cellar | None = None) -> DiskUse:
    """What each name holds, trash included, and what the store's folder takes on disk."""
    place = here(cellar)
    contents = {run.asset.digest: _contents(place, run) for run in _with_assets(place) if run.asset}
    by_name: dict[tuple[str, str], dict[Digest, int]] = {}
    assets: dict[tuple[str, str], set[Digest]] = {}
    for run in _with_assets(place):
        if run.asset:
            by_name.setdefault((run.project, run.name), {}).update(contents[run.asset.digest])
            assets.setdefault((run.project, run.name), set()).add(run.asset.digest)
    holders: dict[Digest, int] = {}
    for held in by_name.values():
        for digest in held:
            holders[digest] = holders.get(digest, 0) + 1
    names = [
        NameUse(
            *key,
            asset_count=len(assets[key]),
            size_bytes=sum(held.values()),
            own_bytes=sum(size for digest, size in held.items() if holders[digest] == 1),
        )
        for key, held in by_name.items()
    ]
    names.sort(key=lambda one: -one.size_bytes)
    everything: dict[Digest, int] = {}
    for held in by_name.values():
        everything.update(held)
    return DiskUse(place.project, tuple(names), sum(everything.values()), _on_disk(place))


def _with_assets(cellar: Cellar) -> list[Run]:
    return cellar.runs(RunQuery(with_asset=True, removed=None))


def _contents(cellar: Cellar, run: Run) -> dict[Digest, int]:
    assert run.asset is not None
    found: dict[Digest, int] = {}
    for block in cellar.manifest(run.asset).blocks():
        for row in range(len(block)):
            found[block.digest(row)] = block.sizes[row]
    return found


def _on_disk(cellar: Cellar) -> int:
    packs = cellar.folder / "packs"
    return sum(path.stat().st_size for path in packs.iterdir()) if packs.is_dir() else 0


COMMANDS = (
    Command(
        "du",
        "Show what each name holds on disk, and what no other name shares.",
        (("du", "by name, largest first"),),
        (),
        lambda given: du(cellar=given.cellar),
        "cellar.du()",
    ),
)
