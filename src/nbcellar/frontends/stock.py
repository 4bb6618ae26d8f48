"""What the assets of each name hold, their own and what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from nbcellar.lightclasses import dataclass
from nbcellar.model import AssetSummary, Digest
from nbcellar.store import Cellar, RunQuery
from nbcellar.store.packs.blocks import split

_Key = tuple[str, str]  # project and name


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
        stored_bytes: What the packs take where they lie.
    """

    names: tuple[NameUse, ...]
    content_bytes: int
    stored_bytes: int


def stock_of(cellar: Cellar) -> Stock:
    """Look through every asset; stretches of their lists that are the same are looked through once."""
    assets: dict[_Key, dict[Digest, AssetSummary]] = {}
    for run in cellar.runs(RunQuery(with_asset=True, removed=None)):
        if run.asset:
            assets.setdefault((run.project, run.name), {})[run.asset.digest] = run.asset
    held = _held(cellar, assets)
    holders = Counter(digest for contents in held.values() for digest in contents)
    names = [
        NameUse(
            *key,
            asset_count=len(assets[key]),
            size_bytes=sum(contents.values()),
            own_bytes=sum(size for digest, size in contents.items() if holders[digest] == 1),
        )
        for key, contents in held.items()
    ]
    names.sort(key=lambda one: -one.size_bytes)
    everything: dict[Digest, int] = {}
    for contents in held.values():
        everything.update(contents)
    return Stock(tuple(names), sum(everything.values()), cellar.stored_bytes())


def _held(cellar: Cellar, assets: Mapping[_Key, Mapping[Digest, AssetSummary]]) -> dict[_Key, dict[Digest, int]]:
    """The different contents of each name, with their sizes."""
    held: dict[_Key, dict[Digest, int]] = {key: {} for key in assets}
    owners: dict[Digest, dict[_Key, None]] = {}
    manifests = []
    for key, summaries in assets.items():
        for summary in summaries.values():
            manifest = cellar.manifest(summary)
            manifests.append(manifest)
            for digest in manifest.block_digests:
                owners.setdefault(digest, {})[key] = None
    for manifest in manifests:
        waiting = {digest: owners.pop(digest) for digest in manifest.block_digests & owners.keys()}
        for digest, block in manifest.blocks_stored_as(waiting):
            contents = dict(zip(split(block.digests), block.sizes, strict=True))
            for key in waiting[digest]:
                held[key].update(contents)
    return held
