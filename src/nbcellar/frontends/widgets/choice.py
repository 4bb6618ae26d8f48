"""What a person may choose: an asset, or an entry of one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.lookup import entry
from nbcellar.errors import NotFoundError
from nbcellar.frontends.browsing.keys import key_of, name_of
from nbcellar.frontends.browsing.listing import ref_of, shown_name
from nbcellar.frontends.browsing.question import Question
from nbcellar.reference import Ref
from nbcellar.store import Cellar

Value: TypeAlias = Asset | AssetEntry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lies, as the page says it.

    Attributes:
        ref: A reference, for reading: ``train@4/plots/loss.png``.
        run: Id of the run.
        key: Of the entry; empty for all of it.
    """

    ref: str = ""
    run: str = ""
    key: str = ""


def place_of(value: Value | None) -> Place:
    """Where a value lies; an empty place for nothing."""
    match value:
        case None:
            return Place()
        case Asset():
            return Place(ref_of(value.run, value.cellar.project), value.run.id)
        case AssetEntry():
            name = os.fsencode(value.path)
            whole = place_of(value.asset)
            return Place(f"{whole.ref}/{shown_name(name)}", whole.run, key_of(name))


def value_at(cellar: Cellar, run_id: str, key: str) -> Value | None:
    """What lies at a place; a folder is its asset, and None what made no files.

    Raises:
        NotFoundError: There is no such run.
    """
    if not run_id:
        return None
    asset = Asset(cellar, cellar.run(run_id))
    if asset.run.asset is None:
        return None
    if not key or name_of(key) not in asset.manifest:
        return asset
    return asset[os.fsdecode(name_of(key))]


def value_of(cellar: Cellar, what: str | Value) -> Value:
    """What a reference means: an asset, or an entry where it has a path.

    Raises:
        NotFoundError: There is none, or it made no files.
        UsageError: It is no reference.
    """
    if not isinstance(what, str):
        return what
    ref = Ref.parse(what)
    if ref.path:
        return entry(ref, cellar)
    asset = Asset(cellar, cellar.find(ref))
    if asset.run.asset is None:
        raise NotFoundError(f"{asset.run.ref} made no files.")
    return asset


def chosen(question: Question) -> tuple[str, str]:
    """Run and key that a page sent."""
    return question.text("run"), question.text("key")
