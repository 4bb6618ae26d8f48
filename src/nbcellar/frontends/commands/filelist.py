"""The files of an asset as an answer: all that ``ls REF`` says, and the end of what ``show`` says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from nbcellar.assets.asset import Asset
from nbcellar.assets.display import Table, all_visible, count_text, size_text, visible, visible_lines
from nbcellar.assets.facts import asset_facts, entry_facts, media_types
from nbcellar.assets.selection import Glob
from nbcellar.assets.uses import tell
from nbcellar.errors import NotFoundError
from nbcellar.frontends.commands.answer import Answer
from nbcellar.frontends.commands.answer import Block as Part
from nbcellar.frontends.commands.longtable import LongTable
from nbcellar.frontends.commands.longtable import Part as LongPart
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import IO, ClassVar
from nbcellar.model import JSON, Entry, Kind, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar
from nbcellar.store.packs.blocks import ENTRIES, Block, block_of, flags_of

SHOWN = 1000
_LINES = (",\n      ", ": ")


@dataclass(frozen=True, repr=False)
class FileList(Answer):
    """Files of an asset.

    Attributes:
        chosen: Those that are meant; None for all of them, which are read when they are looked at.
    """

    verb: ClassVar[str] = "ls"
    asset: Asset
    glob: Glob
    chosen: tuple[Entry, ...] | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those that are meant, all of them."""
        return tuple(self)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.asset.manifest if self.chosen is None else self.chosen)

    def __len__(self) -> int:
        return len(self.asset if self.chosen is None else self.chosen)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.verb}: {len(self)} rows>"

    def _facts(self) -> dict[str, JSON]:
        return {**self._head(), "files": list(self._items())}

    def json_parts(self) -> Iterator[str]:
        """As `as_json`, one file at a time."""
        return with_files({"schema": self.schema(), **self._head()}, self)

    def _head(self) -> dict[str, JSON]:
        return {"ref": self.asset.ref, **asset_facts(self.asset.summary)}

    def _items(self) -> Iterable[JSON]:
        return (entry_facts(entry) for entry in self)

    def _blocks(self) -> list[Part]:
        return self._listed(_table(self._columns()))

    def write(self, out: IO[str], raw: IO[bytes], *, colour: bool) -> None:
        """As the text, some thousand files at a time."""
        if len(self):
            out.writelines(LongTable(_HEADINGS, lambda: map(_part, self._columns()), _RIGHT).texts(colour=colour))
        out.writelines(f"{visible_lines(line)}\n" for line in self._about())

    def beginning(self) -> list[Part]:
        """The first 1,000, and how to see the others."""
        most = min(len(self), SHOWN)
        shown = self._listed(_table([block_of(list(islice(self, most)))] if most else []))
        if len(self) > most:
            shown.append(f"And {len(self) - most:,} more: `nbcellar ls {self.asset.ref}` lists them all.")
        return shown

    def _columns(self) -> Iterator[Block]:
        if self.chosen is None:
            return self.asset.manifest.blocks()
        return (block_of(self.chosen[start : start + ENTRIES]) for start in range(0, len(self.chosen), ENTRIES))

    def _listed(self, table: Table) -> list[Part]:
        return [*([table] if len(self) else []), *self._about()]

    def _about(self) -> list[str]:
        """What is said below the files."""
        if not len(self):
            return [f"No file of {self.asset.ref} matches {self.glob}."]
        if self.glob.everything:
            return []
        return [f"Matched {len(self):,} of {count_text(len(self.asset), 'entry', 'entries')}."]


def file_list(cellar: Cellar, ref: Ref, glob: Glob, *, run: Run | None = None, sort: str = "name") -> FileList:
    """The files that a reference, its path and a glob mean.

    Raises:
        NotFoundError: There is no such asset, or its path means no file.
    """
    asset = Asset(cellar, run or cellar.find(ref))
    if not ref.path and glob.everything and sort != "size":
        tell(asset.run)
        return FileList(asset, glob)
    inner = Glob.at(ref.path) if ref.path else Glob()
    found = [one.entry for one in asset.select(inner) if glob.everything or glob.matches(one.entry.name)]
    if ref.path and not found and glob.everything:
        raise NotFoundError(
            f"{asset.ref} has no file {visible(ref.path)!r}.", hint=f"`nbcellar ls {asset.ref}` lists them."
        )
    if sort == "size":
        found.sort(key=lambda entry: -entry.size_bytes)
    return FileList(asset, inner if glob.everything else glob, tuple(found))


def with_files(head: dict[str, JSON], files: Iterable[Entry]) -> Iterator[str]:
    """The text of a JSON object that ends in a list of files, without ever holding the whole list."""
    yield json.dumps({**head, "files": []}, indent=2).removesuffix("]\n}")
    separator = ""
    for entry in files:  # the facts of a file are flat, so its lines need no encoder that knows of depth
        yield f"{separator}\n    {{\n      {json.dumps(entry_facts(entry), separators=_LINES)[1:-1]}\n    }}"
        separator = ","
    yield "\n  ]\n}" if separator else "]\n}"


_HEADINGS = ("Path", "Size", "Type", "Digest")
_RIGHT = frozenset({"Size"})


def _table(blocks: Iterable[Block]) -> Table:
    """Path, size, media type and digest of each."""
    parts = map(_part, blocks)
    return Table(_HEADINGS, [row for columns, last in parts for row in zip(*columns, last, strict=True)], _RIGHT)


def _part(block: Block) -> LongPart:
    """Column by column, which takes a fifth of the time of entry by entry."""
    return (all_visible(block.names), _sizes(block), media_types(block.names)), _digests(block)


def _digests(block: Block) -> Iterator[str]:
    digests = block.digests.hex()
    yield from [digests[at : at + 7] for at in range(0, len(digests), 64)]


def _sizes(block: Block) -> Sequence[str]:
    if not block.flags.strip(_FILES):
        return list(map(size_text, block.sizes))
    kinds = [block.kind(row) for row in range(len(block))]
    pairs = zip(kinds, block.sizes, strict=True)
    return [size_text(size) if kind is Kind.FILE else kind.value for kind, size in pairs]


_FILES = bytes({flags_of(Kind.FILE, executable) for executable in (False, True)})
