"""``browse``: the asset browser in a notebook, a table in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command
from nbcellar.frontends.commands.listing import ls
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON
from nbcellar.store import Cellar


@dataclass(frozen=True, repr=False)
class Browser(Answer):
    """What there is; as a widget where one can be shown."""

    verb: ClassVar[str] = "browse"
    cellar: Cellar
    name: str
    listing: Answer

    def _facts(self) -> dict[str, JSON]:
        return self.listing._facts()

    def _items(self) -> Iterable[JSON]:
        return self.listing._items()

    def _blocks(self) -> list[Block]:
        return self.listing._blocks()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        from nbcellar.frontends.widgets import browse

        display(browse(self.name, cellar=self.cellar))  # type: ignore[no-untyped-call]


def browser(name: str = "", *, cellar: Cellar) -> Browser:
    """What there is of a name, or at all.

    Raises:
        NotFoundError: There is nothing of this name.
    """
    return Browser(cellar, name, ls(name, cellar=cellar))


COMMANDS = (
    Command(
        "browse",
        "Browse what is kept: a widget in a notebook, a table in a terminal.",
        (("browse", "every name"), ("browse train", "the runs of `train`")),
        (Argument("NAME", "a name", kind="name"),),
        lambda given: browser(given.text("name"), cellar=given.cellar),
        'cellar.browse("train")',
    ),
)
