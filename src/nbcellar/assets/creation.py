"""Making an asset: of folders, files, other assets and parts of them, in every mixture."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.saving.gathering import Entries, Gathering, Missing
from nbcellar.assets.scanning.givenpath import base_folder
from nbcellar.assets.selection import Glob
from nbcellar.errors import NOTHING_SAVED, UsageError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import NAME, check_name

if TYPE_CHECKING:
    from nbcellar.store import Cellar


def asset(
    entries: Entries = None,
    *,
    at: str | os.PathLike[str] | None = None,
    match: Glob | str | Iterable[str] | None = None,
    name: str | None = None,
    missing: Missing = "error",
    include_secrets: bool = False,
    cellar: Cellar | None = None,
) -> Asset:
    """Keep files as an asset.

    Args:
        entries: Nothing (every file of the folder), a path, an asset or one of its entries, several of these, or a dict
            from paths in the asset to these. Folders are taken with everything in them; what is stored already is
            taken as it is, without a byte being copied.
        at: The folder that relative paths start from; the current one where it is left out. Not with a dict or asset.
        match: Which paths in the asset to keep.
        name: The series to add it to; where it is left out, the name of the file or folder.
        missing: ``error``, or ``skip`` paths that are not there.
        include_secrets: Keep files in folders that look like credentials too; a file that is named is always kept.
        cellar: Where to keep it; the project's own where it is left out.

    Raises:
        NotFoundError: A path is not there, or nothing is left to keep.
        UsageError: What was given cannot be meant.
        SourceError: A file cannot be read, or keeps changing.
    """
    from nbcellar.store import current

    place = cellar or current()
    gathering = Gathering(place, base_folder(at), Glob.of(match), missing, include_secrets)
    if at is not None and isinstance(entries, (Asset, Mapping)):
        raise UsageError(
            "at= cannot be given with an asset or a dict of entries.",
            saved=NOTHING_SAVED,
            hint="Paths in a dict start from the current folder.",
        )
    gathering.add_all(entries)
    run, _ = gathering.keep(check_name(name) if name is not None else default_name(entries, gathering.base))
    return Asset(place, run)


def default_name(entries: Entries, base: Path) -> str:
    """What an asset is called where nobody says: as the file, folder or asset that it is made of."""
    match entries:
        case None:
            word = base.name
        case Asset():
            word = f"{entries.name}-part"
        case str() | os.PathLike():
            path = Path(os.path.abspath(base / entries)) if not isinstance(entries, AssetEntry) else Path(entries.path)
            word = path.name.split(".")[0] or path.name.lstrip(".")
        case _:
            word = "asset"
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", word).strip("-")
    word = word if NAME.match(word) else f"asset-{word}".rstrip("-")
    return word[:128]
