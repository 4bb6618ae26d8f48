"""``export``, ``import``, ``backup``: runs and their files as one zip file, and the whole store in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nbcellar.assets.display import count_text, size_text
from nbcellar.assets.facts import run_facts
from nbcellar.assets.scanning.givenpath import of_this_machine
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import find_whole, here
from nbcellar.frontends.commands.runtable import short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Run, RunKind
from nbcellar.store import BackupReport, Cellar, RunQuery


@dataclass(frozen=True, repr=False)
class Exported(Answer):
    """What was written into a file."""

    verb: ClassVar[str] = "export"
    cellar: Cellar
    path: Path
    runs: tuple[Run, ...]
    size_bytes: int

    def _facts(self) -> dict[str, JSON]:
        return {"path": str(self.path), "size_bytes": self.size_bytes, "runs": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [run_facts(run) for run in self.runs]

    def _blocks(self) -> list[Block]:
        names = ", ".join(short_ref(self.cellar, run) for run in self.runs)
        return [f"{self.path}: {names} ({size_text(self.size_bytes)})"]


@dataclass(frozen=True, repr=False)
class Imported(Answer):
    """What came out of a file."""

    verb: ClassVar[str] = "import"
    cellar: Cellar
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()

    def _facts(self) -> dict[str, JSON]:
        return {"runs": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [run_facts(run) for run in self.runs]

    def _blocks(self) -> list[Block]:
        return [f"imported {short_ref(self.cellar, run)}" for run in self.runs]


@dataclass(frozen=True, repr=False)
class BackedUp(Answer):
    """What a backup holds."""

    verb: ClassVar[str] = "backup"
    report: BackupReport

    def _facts(self) -> dict[str, JSON]:
        report = self.report
        return {
            "folder": str(report.folder),
            "run_count": report.run_count,
            "pack_count": report.pack_count,
            "copied_count": report.copied_count,
            "copied_bytes": report.copied_bytes,
        }

    def _blocks(self) -> list[Block]:
        report = self.report
        held = f"{count_text(report.run_count, 'run')} in {count_text(report.pack_count, 'pack')}"
        return [f"{report.folder} holds {held}; {size_text(report.copied_bytes)} had to be copied."]


def export(
    refs: str | Iterable[str],
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    cellar: Cellar | None = None,
) -> Exported:
    """Write runs with their files into a zip file; of a workflow's run, all that ran in it.

    Raises:
        NotFoundError: A reference means nothing.
        UsageError: A reference means files of a run, or the path is a URL.
        ConflictError: There is a file already.
        CorruptDataError: Something is damaged; no file was made.
    """
    if os.fspath(path).endswith("/"):
        raise UsageError(
            f"{path} means a folder.", saved="No file was made.", hint=f"Name the zip file: {path}FILE.zip"
        )
    place = here(cellar)
    wanted = (refs,) if isinstance(refs, str) else tuple(refs)
    runs = {run.id: run for ref in wanted for run in _with_children(place, find_whole(place, ref, "No file was made."))}
    if not any(run.asset for run in runs.values()):
        raise NotFoundError(f"{', '.join(wanted)} kept no files to export.")
    target = Path(os.path.abspath(of_this_machine(path, "No file was made.")))
    size = place.export(runs.values(), target, overwrite=overwrite)
    return Exported(place, target, tuple(runs.values()), size)


def _with_children(cellar: Cellar, run: Run) -> list[Run]:
    if run.kind not in (RunKind.WORKFLOW, RunKind.NOTEBOOK):
        return [run]
    found = [run]
    for child in reversed(cellar.runs(RunQuery(parent=run.id))):
        found += _with_children(cellar, child)
    return found


def import_(path: str | os.PathLike[str], *, cellar: Cellar | None = None) -> Imported:
    """Take the runs of an exported file in, under numbers of their own here; taking them in twice is once.

    Raises:
        NotFoundError: There is no such file.
        UnsafeError: It lists what could do harm.
        CorruptDataError: Something in it is damaged.
    """
    place = here(cellar)
    file = of_this_machine(path, "Nothing was imported.")
    runs = tuple(place.import_file(Path(os.path.abspath(file))))
    removed = [short_ref(place, run) for run in runs if run.removed_ns]
    back = f"In the trash here; put back: nbcellar trash --put-back {' '.join(removed)}"
    return Imported(place, runs, (back,) if removed else ())


def backup(folder: str | os.PathLike[str], *, cellar: Cellar | None = None) -> BackedUp:
    """Copy the whole store as it is now, while others go on writing; the next one copies only what is new.

    Raises:
        NotFoundError: There is no store.
        ConflictError: The folder holds something else.
    """
    place = of_this_machine(folder, "Nothing was copied.")
    return BackedUp(here(cellar).backup(Path(os.path.abspath(place))))


def _export(given: Given) -> Answer:
    return export(given.text("ref"), given.text("file"), overwrite=given.flag("overwrite"), cellar=given.cellar)


COMMANDS = (
    Command(
        "export",
        "Write a run with its files into a zip file.",
        (
            ("export train@3 train.zip", "to send along"),
            ("export survey@2 survey.zip", "a workflow with all that ran in it"),
        ),
        (
            Argument("REF", "a reference", Count.ONE, kind="ref"),
            Argument("FILE", "the zip file", Count.ONE, kind="file"),
            Argument("--overwrite", "replace the file", Count.FLAG),
        ),
        _export,
        'cellar.export(["train", "clean"], "both.zip")',
        slips={"": "One reference, then the file: `nbcellar export {0} FILE`."},
    ),
    Command(
        "import",
        "Take in what another cellar exported.",
        (("import train.zip", "its runs get numbers of their own here"),),
        (Argument("FILE", "the zip file", Count.ONE, kind="file"),),
        lambda given: import_(given.text("file"), cellar=given.cellar),
        'cellar.import_("train.zip")',
        slips={"": "Files are imported one by one: `nbcellar import {0}`."},
    ),
    Command(
        "backup",
        "Copy the whole store into another folder, while others go on writing.",
        (("backup /mnt/disk/cellar", "only what is new since the last time"),),
        (Argument("DEST", "the folder", Count.ONE, kind="file"),),
        lambda given: backup(given.text("dest"), cellar=given.cellar),
        'cellar.backup("/mnt/disk/cellar")',
    ),
)
