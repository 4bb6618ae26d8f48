"""``save``: an asset without a task."""

from __future__ import annotations

import os
from collections.abc import Iterable

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import default_name
from nbcellar.assets.display import count_text, seconds_text, size_text
from nbcellar.assets.saving.archiver import Saved
from nbcellar.assets.saving.gathering import Gathering
from nbcellar.assets.scanning.givenpath import base_folder
from nbcellar.assets.selection import Glob
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import here
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, check_name
from nbcellar.store import Cellar

NAMED = 20


@dataclass(frozen=True, repr=False)
class Kept(Answer):
    """What was kept."""

    verb: ClassVar[str] = "save"
    asset: Asset
    saved: Saved
    notes: tuple[str, ...] = ()

    def _facts(self) -> dict[str, JSON]:
        summary = self.saved.summary
        return {
            "ref": self.asset.ref,
            "id": self.asset.run.id,
            "digest": self.asset.id,
            "entry_count": summary.entry_count,
            "size_bytes": summary.size_bytes,
            "new_bytes": self.saved.new_bytes,
            "seconds": round(self.saved.seconds, 6),
            "left_out": [{"path": str(one), "reason": one.reason.value} for one in self.saved.skipped],
        }

    def _blocks(self) -> list[Block]:
        summary = self.saved.summary
        size = f"{count_text(summary.entry_count, 'file')}, {size_text(summary.size_bytes)}"
        new = f"+{size_text(self.saved.new_bytes)} new"
        return [f"{self.asset.ref} {self.asset.id[:7]} · {size} ({new}) · {seconds_text(self.saved.seconds)}"]


def save(
    *paths: str | os.PathLike[str],
    at: str | os.PathLike[str] | None = None,
    match: str | Iterable[str] | None = None,
    name: str | None = None,
    skip_unreadable: bool = False,
    include_secrets: bool = False,
    cellar: Cellar | None = None,
) -> Kept:
    """Keep files and folders as an asset, with a report.

    Args:
        paths: What to keep; everything in the folder where there is none.
        at: The folder that paths start from; the current one where it is left out.
        match: Which paths in the asset to keep.
        name: The series; the name of the file or folder where it is left out.
        skip_unreadable: Leave out what cannot be read, instead of refusing.
        include_secrets: Keep files that look like credentials too.

    Raises:
        NotFoundError: A path is not there, or there is nothing to keep.
        SourceError: A file cannot be read, or keeps changing.
        StorageError: The store cannot be written.
    """
    place = here(cellar)
    base = base_folder(at)
    one = len({os.path.abspath(base / path) for path in paths}) == 1
    series = check_name(name) if name else default_name(paths[0] if one else paths or None, base)
    gathering = Gathering(place, base, Glob.of(match), include_secrets=include_secrets, skip_unreadable=skip_unreadable)
    gathering.add_all(list(paths) or None)
    run, saved = gathering.keep(series)
    left = saved.skipped
    notes = [f"left out: {one}" for one in left[:NAMED]]
    if len(left) > NAMED:
        notes.append(f"left out: {len(left) - NAMED:,} more")
    return Kept(Asset(place, run), saved, tuple(notes))


def _call(given: Given) -> Answer:
    return save(
        *given.texts("path"),
        at=given.text("at") or None,
        match=given.texts("match") or None,
        name=given.text("name") or None,
        skip_unreadable=given.flag("skip_unreadable"),
        include_secrets=given.flag("include_secrets"),
        cellar=given.cellar,
    )


COMMANDS = (
    Command(
        "save",
        "Keep files and folders as an asset, without a task.",
        (
            ("save results", "the folder `results`, as the next version of `results`"),
            ("save", "everything in this folder"),
            ("save --at images --match '**/*.{jpg,png}' --name plots", "the images below `images`"),
            ("save model.npz metrics.json --name model", "two files"),
        ),
        (
            Argument("PATH", "files and folders", Count.MANY, kind="file"),
            Argument("--at", "the folder that paths start from", metavar="DIR", kind="file"),
            Argument("--match", "which paths in the asset to keep", Count.MANY, "GLOB"),
            Argument("--name", "the name to add it to", metavar="N", kind="name"),
            Argument("--skip-unreadable", "leave out what cannot be read", Count.FLAG),
            Argument("--include-secrets", "keep what looks like credentials too", Count.FLAG),
        ),
        _call,
        'cellar.asset("results")',
    ),
)
