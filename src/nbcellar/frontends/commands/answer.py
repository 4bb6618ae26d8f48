"""What a verb gives back: one object that a terminal, a notebook and a script each read in their way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping

from nbcellar.assets.display import Table, html_text, visible_lines
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import IO, ClassVar, TypeAlias
from nbcellar.model import JSON


@dataclass(frozen=True, slots=True)
class Lines:
    """Text whose line breaks count: a difference, source code, a drawing."""

    text: str


Block: TypeAlias = str | Table | Lines
"""A sentence, a table, or lines."""


class Answer(ABC):
    """The answer of one verb.

    Attributes:
        verb: Whose answer it is; part of the schema's name.
        exit_code: What the command line ends with.
        notes: Messages beside the answer, one sentence each; the command line writes them to stderr.
    """

    verb: ClassVar[str]
    exit_code: int = 0
    notes: tuple[str, ...] = ()

    @abstractmethod
    def _facts(self) -> dict[str, JSON]:
        """Everything it says, as JSON."""

    @abstractmethod
    def _blocks(self) -> list[Block]:
        """What a person reads, in order."""

    def _items(self) -> Iterable[JSON]:
        """The values of which it is a list; itself where it is none."""
        return [self._facts()]

    def as_json(self) -> dict[str, JSON]:
        """Everything it says, with the name of the form."""
        return {"schema": self.schema(), **self._facts()}

    def json_parts(self) -> Iterator[str]:
        """What ``--json`` writes, in parts; together the text of `as_json`."""
        import json  # here, since most answers are text

        yield json.dumps(self.as_json(), indent=2)

    def items(self) -> Iterable[JSON]:
        """What ``--jsonl`` writes, one a line."""
        return self._items()

    def schema(self) -> str:
        """Name and version of the form of its JSON."""
        return f"nbcellar/{self.verb}/1"

    def text(self, *, colour: bool = False) -> str:
        """For a terminal; nothing in it can steer one."""
        texts: list[str] = []
        before: Block = ""
        for block in self._blocks():
            apart = "\n" if texts and not isinstance(before, str) and not isinstance(block, str) else ""
            texts.append(apart + _block_text(block, colour))
            before = block
        return "\n".join(texts)

    def html(self) -> str:
        """For a notebook; no scripts, and readable without styles."""
        return f'<div class="nbcellar-{self.verb}">{"".join(map(_block_html, self._blocks()))}</div>'

    def write(self, out: IO[str], raw: IO[bytes], *, colour: bool) -> None:
        """Write it to a terminal or pipe; ``raw`` takes the same stream's bytes."""
        text = self.text(colour=colour)
        if text:
            out.write(text + "\n")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.verb}: {sum(1 for _ in self._items())} rows>"

    def __str__(self) -> str:
        """What ``print`` shows: the text, with its notes."""
        return "\n".join([self.text(), *self.notes])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, JSON]:
        return {
            "text/plain": str(self),
            "text/html": self.html() + "".join(f"<p>{html_text(note)}</p>" for note in self.notes),
            f"application/vnd.nbcellar.{self.verb}+json": self.as_json(),
        }


def _block_text(block: Block, colour: bool) -> str:
    match block:
        case Table():
            return block.text(colour=colour)
        case Lines(text):
            return visible_lines(text)
        case str():
            return visible_lines(block)


def _block_html(block: Block) -> str:
    match block:
        case Table():
            return block.html()
        case Lines(text):
            return f"<pre>{html_text(text)}</pre>"
        case str():
            return f"<p>{html_text(block)}</p>"
