"""The other half of a step's key: whether what an earlier run read, and what it made, still stands."""

from __future__ import annotations

import time

from nbcellar.assets.display import seconds_text
from nbcellar.errors import NotFoundError
from nbcellar.model import Input, InputKind, Run
from nbcellar.store import Cellar
from nbcellar.workflow.documents.document import CachePolicy
from nbcellar.workflow.freshness.earlier import Earlier
from nbcellar.workflow.notebooks.products import missing_product


def stale(earlier: Earlier, run: Run, policy: CachePolicy) -> str:
    """Why an earlier run with the same static key cannot be taken; empty where it can.

    Raises:
        StorageError: The store could not be read.
    """
    age_s = (time.time_ns() - (run.ended_ns or run.started_ns)) / 1e9
    if policy.age_s is not None and age_s > policy.age_s:
        return f"{run.ref} is older than {seconds_text(policy.age_s)}"
    if policy.age_s is None and run.detail.get("untraced"):
        return f"it is not known what {run.ref} read: {run.detail['untraced']}; `cache: AGE` takes it all the same"
    changed = [reason for each in run.inputs if (reason := _changed(earlier, each, policy))]
    if changed:
        return ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    if gone := missing_product(run, earlier.cellar.home):
        return f"{gone}, which it wrote, is gone"
    removed = earlier.removed_task(run)
    return f"{removed.ref}, which it made, was removed" if removed else ""


def _changed(earlier: Earlier, read: Input, policy: CachePolicy) -> str:
    """What is different about something that was read; empty for nothing."""
    match read.kind:
        case InputKind.URL:
            if policy.age_s is not None:
                return ""
            return f"it opened {read.path}, which may have changed; `cache: AGE` takes it all the same"
        case InputKind.ASSET:
            return _asset_changed(earlier.cellar, read)
        case InputKind.FILE | InputKind.MODULE | InputKind.LISTING:
            now = earlier.digest(read)
    if now is None:
        return f"{read.path} is gone"
    if read.digest is None:
        module = read.kind is InputKind.MODULE
        return f"{read.path} {'was edited after it was imported' if module else 'changed while it was read'}"
    noun = f"the names in {read.path}" if read.kind is InputKind.LISTING else read.path
    return "" if now == read.digest else f"{noun} changed"


def _asset_changed(cellar: Cellar, read: Input) -> str:
    """An asset never changes; what a name without a number means does."""
    if "@" in read.path or read.digest is None:
        return ""
    try:
        newest = cellar.find(read.path)
    except NotFoundError:
        return ""  # a file of the input cache: its path is its content
    if read.run is None or newest.id == read.run or newest.asset is None:
        return ""
    before = cellar.run(read.run).asset
    return "" if before == newest.asset else f"{read.path} is now {newest.ref}"
