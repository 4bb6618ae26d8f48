"""``cat``: the bytes of a file of an asset."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.display import visible
from nbcellar.assets.facts import entry_facts
from nbcellar.errors import UsageError
from nbcellar.frontends.commands.answer import Answer, Block, Lines
from nbcellar.frontends.commands.command import Argument, Command, Count
from nbcellar.frontends.commands.place import here
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import IO, ClassVar
from nbcellar.model import JSON, Kind
from nbcellar.reference import Ref
from nbcellar.store import Cellar

PIECE_BYTES = 4 * 2**20
SHOWN_BYTES = 256 * 2**10


@dataclass(frozen=True, repr=False)
class Contents(Answer):
    """One file, or those of a glob one after the other."""

    verb: ClassVar[str] = "cat"
    entries: tuple[AssetEntry, ...]

    def write(self, out: IO[str], raw: IO[bytes], *, colour: bool) -> None:
        """The bytes as they are."""
        out.flush()
        for piece in self.pieces():
            left = memoryview(piece)
            while left:  # where PYTHONUNBUFFERED is set, a write may take less than it is given
                left = left[raw.write(left) :]
        raw.flush()

    def pieces(self) -> Iterator[bytes]:
        """The bytes, a few megabytes at a time."""
        for entry in self.entries:
            with entry.open() as file:
                while piece := file.read(PIECE_BYTES):
                    yield piece if isinstance(piece, bytes) else piece.encode()

    def _facts(self) -> dict[str, JSON]:
        return {"files": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return ({**entry_facts(one.entry), **_as_json(one.read())} for one in self.entries)

    def _blocks(self) -> list[Block]:
        blocks: list[Block] = []
        for one in self.entries:
            head = one.read(0, SHOWN_BYTES)
            more = [f"… the first {SHOWN_BYTES // 1024} kB of {one.size:,} bytes"] if one.size > SHOWN_BYTES else []
            try:
                blocks += [Lines(head.decode("utf-8", "strict" if not more else "ignore")), *more]
            except UnicodeDecodeError:
                blocks.append(f"{visible(one.path)} is no text: {one.size:,} bytes.")
        return blocks


def cat(ref: str, *, cellar: Cellar | None = None) -> Contents:
    """The content of a file, or of the files of a glob.

    Args:
        ref: A reference with a path, such as ``train@3/plots/*.csv``.

    Raises:
        NotFoundError: There is none.
        UsageError: The reference has no path, or means a link or folder.
    """
    parsed = Ref.parse(ref)
    if not parsed.path:
        raise UsageError(f"{ref!r} names no file.", hint=f"Write {ref}/PATH; `nbcellar ls {ref}` lists them.")
    place = here(cellar)
    asset = Asset(place, place.find(parsed))
    found = [asset[parsed.path]] if parsed.path in asset else [one for one in asset.select(parsed.path) if _file(one)]
    return Contents(tuple(found or [asset[parsed.path]]))


def _file(one: AssetEntry) -> bool:
    return one.entry.kind is Kind.FILE


def _as_json(content: bytes) -> dict[str, JSON]:
    try:
        return {"content": content.decode()}
    except UnicodeDecodeError:
        return {"content_b64": base64.b64encode(content).decode()}


COMMANDS = (
    Command(
        "cat",
        "Write the bytes of a file to stdout.",
        (
            ("cat train/metrics.json", "a file of the newest success"),
            ("cat train@3/model.npz > model.npz", "one of run 3"),
            ("cat 'train/parts/*.csv'", "several, one after the other"),
        ),
        (Argument("REF/PATH", "a reference with a path or glob", Count.ONE, kind="ref"),),
        lambda given: cat(given.text("ref/path"), cellar=given.cellar),
        'cellar["train"]["metrics.json"].read()',
        slips={"": "A file stands behind its asset: `nbcellar cat {0}/{1}`."},
    ),
)
