"""A table of very many rows, written part by part: gone through twice, first for the widths, and never held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from nbcellar.assets.display import Tone, padded, painted, widest
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TypeAlias

Part: TypeAlias = "tuple[tuple[Sequence[str], ...], Iterable[str]]"
"""Some rows, by columns: those that are padded, and the last one, which has no empty cell and is made late."""

_HELD = 16
"""So many parts are kept from the first pass to the second; of more, none."""


@dataclass(frozen=True, slots=True)
class LongTable:
    """Rows under headings; a `Table` of the same rows has the same text.

    Attributes:
        parts: Gives some thousand rows at a time, the same ones at every call.
        right: Headings of the columns whose text is set to the right.
    """

    headings: tuple[str, ...]
    parts: Callable[[], Iterable[Part]]
    right: frozenset[str] = frozenset()

    def texts(self, *, colour: bool = False) -> Iterator[str]:
        """The text of some rows at a time, the headings first; each ends with a line break."""
        *headings, last = self.headings
        widths = [len(heading) for heading in headings]
        held: list[Part] | None = []
        for part in self.parts():
            widths = [max(width, widest(cells)) for width, cells in zip(widths, part[0], strict=True)]
            held = [*held, part] if held is not None and len(held) < _HELD else None
        (head,) = self._lines([[heading] for heading in headings], [last], widths)
        yield painted(head, Tone.HEAD if colour else Tone.PLAIN) + "\n"
        for columns, rest in self.parts() if held is None else held:
            yield "\n".join(self._lines(columns, rest, widths)) + "\n"

    def _lines(self, columns: Sequence[Sequence[str]], last: Iterable[str], widths: Sequence[int]) -> Iterator[str]:
        cells = [
            padded(column, width, right=heading in self.right)
            for heading, column, width in zip(self.headings, columns, widths, strict=False)
        ]
        return map("  ".join, zip(*cells, last, strict=True))
