"""Saving a folder in one call, for the tests of this room."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from nbcellar.assets.saving.archiver import Saved, Source, Tree, archive
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.model import Run, RunKind
from nbcellar.store import Cellar


def save(cellar: Cellar, what: Path | Iterable[Source | Tree], name: str = "w", **options: bool) -> tuple[Run, Saved]:
    """Save a whole folder, or sources, as the next run of a series."""
    sources = [Tree(scan(what, IgnoreRules.load(what)))] if isinstance(what, Path) else what
    return archive(cellar, cellar.open_run(RunKind.SAVE, name), sources, **options)


def contents(cellar: Cellar, saved: Saved) -> dict[bytes, bytes]:
    """Everything that an asset holds, read back from the store; of links their targets."""
    return {entry.name: cellar.read_file(entry) for entry in cellar.manifest(saved.summary)}


def packs(cellar: Cellar) -> list[str]:
    """The names of everything in its folder of packs."""
    return sorted(os.listdir(cellar.folder / "packs"))


def settle(folder: Path) -> None:
    """Wait until the racy rule trusts what is in the folder: change times cannot be set, so the clock must move."""
    newest = max(os.lstat(path).st_ctime_ns for path in (folder, *folder.rglob("*")))
    while time.time_ns() < newest + 30_000_000:
        time.sleep(0.005)
