"""What the assets of each name hold, their own and what they share."""

from __future__ import annotations

from collections import Counter

from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest, Run
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


@dataclass(frozen=True, slots=True)
class Stock:
    """What a cellar holds, trash included.

    Attributes:
        names: The largest first.
        content_bytes: Of all different contents.
        stored_bytes: What the store's folder takes on disk.
    """

    names: tuple[NameUse, ...]
    content_bytes: int
    stored_bytes: int


def stock_of(cellar: Cellar) -> Stock:
    """Look through every asset."""
    contents = {run.asset.digest: _contents(cellar, run) for run in _with_assets(cellar) if run.asset}
    by_name: dict[tuple[str, str], dict[Digest, int]] = {}
    assets: dict[tuple[str, str], set[Digest]] = {}
    for run in _with_assets(cellar):
        if run.asset:
            by_name.setdefault((run.project, run.name), {}).update(contents[run.asset.digest])
            assets.setdefault((run.project, run.name), set()).add(run.asset.digest)
    holders = Counter(digest for held in by_name.values() for digest in held)
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
    return Stock(tuple(names), sum(everything.values()), _on_disk(cellar))


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
