"""``du``: what each name holds on disk, its own and what it shares."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.display import Table, size_text
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Command
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.stock import NameUse, stock_of
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON
from nbcellar.store import Cellar


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
    stock = stock_of(place)
    return DiskUse(place.project, stock.names, stock.content_bytes, stock.stored_bytes)


COMMANDS = (
    Command(
        "du",
        "Show what each name holds on disk, and what no other name shares.",
        (("du", "by name, largest first"),),
        (),
        lambda given: du(cellar=given.cellar),
        "cellar.du()",
        slips={"": "It tells of all names. `nbcellar show {0}` tells how large one is."},
    ),
)
