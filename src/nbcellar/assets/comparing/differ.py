"""How two assets differ, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nbcellar.assets.scanning.columns import printable
from nbcellar.assets.selection import Glob
from nbcellar.lightclasses import dataclass, replace
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import Digest, Entry, Kind

if TYPE_CHECKING:
    from nbcellar.store.packs.manifests import Manifest

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One name whose content, kind or executable bit is another."""

    before: Entry
    after: Entry


@dataclass(frozen=True, slots=True)
class Diff:
    """What became of the first asset's entries in the second.

    Attributes:
        new: Only in the second.
        changed: In both, and not the same.
        same: Names of those in both that are the same; times do not count.
        gone: Only in the first.
    """

    new: tuple[Entry, ...] = ()
    changed: tuple[Change, ...] = ()
    same: tuple[bytes, ...] = ()
    gone: tuple[Entry, ...] = ()

    def __repr__(self) -> str:
        names = [f"+ {printable(entry.name)}" for entry in self.new[:_NAMED]]
        names += [f"~ {printable(change.after.name)}" for change in self.changed[:_NAMED]]
        names += [f"- {printable(entry.name)}" for entry in self.gone[:_NAMED]]
        more = len(self.new) + len(self.changed) + len(self.gone) - len(names)
        return f"<Diff: {', '.join([*names, *[f'{more:,} more'] * (more > 0), f'{len(self.same):,} same'])}>"

    @property
    def identical(self) -> bool:
        """Whether they are the same asset."""
        return not (self.new or self.changed or self.gone)

    @property
    def renamed(self) -> tuple[Change, ...]:
        """Gone and new entries with the same content, where it is there once on each side; they stay in both lists."""
        gone, new = _by_content(self.gone), _by_content(self.new)
        return tuple(Change(entry, new[content]) for content, entry in gone.items() if content in new)


def diff(before: Iterable[Entry], after: Iterable[Entry]) -> Diff:
    """Compare two lists of entries, both sorted by name; manifests are such."""
    new: list[Entry] = []
    changed: list[Change] = []
    same: list[bytes] = []
    gone: list[Entry] = []
    olds, news = iter(before), iter(after)
    old, fresh = next(olds, None), next(news, None)
    while old is not None or fresh is not None:
        if fresh is None or (old is not None and old.name < fresh.name):
            assert old is not None
            gone.append(old)
            old = next(olds, None)
        elif old is None or fresh.name < old.name:
            new.append(fresh)
            fresh = next(news, None)
        else:
            if _content(old) == _content(fresh):
                same.append(old.name)
            else:
                changed.append(Change(old, fresh))
            old, fresh = next(olds, None), next(news, None)
    return Diff(tuple(new), tuple(changed), tuple(same), tuple(gone))


def diff_stored(before: Manifest, after: Manifest, glob: Glob | None = None) -> Diff:
    """Compare two stored assets, of those entries that a glob means.

    Equal assets are known by their digests, and equal stretches of two by those of their blocks: of them only names
    are read.
    """
    glob = glob or Glob()
    if before.digest == after.digest:
        return Diff(same=tuple(glob.among(name for block in before.blocks() for name in block.names)))
    alike = before.block_digests & after.block_digests
    found = diff(*(glob.select(_outside(manifest, alike)) for manifest in (before, after)))
    same = glob.among(name for _, block in before.blocks_stored_as(alike) for name in block.names)
    return replace(found, same=tuple(sorted((*found.same, *same)))) if same else found


def _outside(manifest: Manifest, alike: frozenset[Digest]) -> Iterator[Entry]:
    for _, block in manifest.blocks_stored_as(manifest.block_digests - alike):
        yield from block


def _content(entry: Entry) -> tuple[Kind, bool, Digest]:
    return entry.kind, entry.executable, entry.digest


def _by_content(entries: Iterable[Entry]) -> dict[tuple[Kind, bool, Digest], Entry]:
    found: dict[tuple[Kind, bool, Digest], Entry] = {}
    twice = set()
    for entry in entries:
        content = _content(entry)
        if entry.size_bytes == 0 or content in found:
            twice.add(content)
        found[content] = entry
    return {content: entry for content, entry in found.items() if content not in twice}
