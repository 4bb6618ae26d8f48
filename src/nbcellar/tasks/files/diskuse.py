"""What the versions of one task hold on disk, said where it begins to matter."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.display import count_text, size_text
from nbcellar.model import AssetSummary, Run
from nbcellar.store import Cellar

KEPT = 3
MOST_ENTRIES = 200_000
"""Of more files than these the contents are not counted one by one."""


def disk_use(cellar: Cellar, run: Run) -> str:
    """A sentence with the command that makes room; empty below the setting ``soft_limit_bytes``."""
    assets = cellar.assets(run.project, run.name)
    limit = cellar.settings.soft_limit_bytes
    if sum(asset.size_bytes for asset in assets) < limit or len(assets) <= KEPT:
        return ""
    if sum(asset.entry_count for asset in assets) > MOST_ENTRIES:
        return f"{count_text(len(assets), 'version')} of {run.name} hold many files: `nbcellar du` weighs them"
    held = _content_bytes(cellar, assets)
    if held < limit:
        return ""
    freed = held - _content_bytes(cellar, assets[:KEPT])
    return (
        f"{count_text(len(assets), 'version')} of {run.name} hold {size_text(held)}; "
        f"`nbcellar gc {run.name} --keep-last {KEPT}` frees up to {size_text(freed)}"
    )


def _content_bytes(cellar: Cellar, assets: Iterable[AssetSummary]) -> int:
    """The bytes of all their different contents."""
    sizes = {entry.digest: entry.size_bytes for asset in assets for entry in cellar.manifest(asset)}
    return sum(sizes.values())
