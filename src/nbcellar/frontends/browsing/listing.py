"""The tree's rows: names, their versions, and the folders and files of one version, a page at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from nbcellar.errors import NotFoundError
from nbcellar.frontends.browsing.filters import Filter, ordered
from nbcellar.frontends.browsing.keys import key_of, name_of
from nbcellar.frontends.browsing.question import PAGE, Question
from nbcellar.frontends.browsing.rows import FileRow, FolderRow, NameRow, Overview, Page, Tags, VersionRow
from nbcellar.frontends.browsing.shelf import Shelf, shelf_of
from nbcellar.model import AssetSummary, Entry, Kind, LabelKind, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery, Series
from nbcellar.store.packs.manifests import Manifest

_MOST_SUMMED = 100_000  # files in the folders of a page: to read the sizes of so many takes about 25 ms


class Listing:
    """Lists one cellar. Assets never change, so what lies in their folders is kept from page to page."""

    def __init__(self, cellar: Cellar) -> None:
        self.cellar = cellar
        self.manifest = lru_cache(maxsize=8)(self._manifest)
        self.shelf = lru_cache(maxsize=32)(self._read_shelf)
        self.held = lru_cache(maxsize=4096)(self._sum)

    def overview(self) -> Overview:
        """Which cellar this is, and how much it holds."""
        cellar = self.cellar
        if not cellar.exists:
            return Overview(place_of(cellar), False, cellar.project, 0, 0)
        return Overview(place_of(cellar), True, cellar.project, len(cellar.series()), cellar.stored_bytes())

    def names(self, question: Question) -> Page[NameRow]:
        """The series that the question's filter lets pass, in its order; the newest first where it names none.

        Raises:
            UsageError: A field of the filter is wrong.
        """
        found = ordered(question, Filter.of(question).series(self.cellar, self._series(), self.cellar.home))
        start = question.page_start(lambda wanted: _row([f"{one.project}:{one.name}" for one in found], wanted))
        shown = found[start : start + question.count]
        return Page(start, len(found), tuple(_name_row(one) for one in shown))

    def versions(self, question: Question) -> Page[VersionRow]:
        """The runs of a series, the newest first.

        Raises:
            UsageError: The question is not complete.
        """
        project, name = question.text("project") or self.cellar.project, question.text("name")
        query = RunQuery(project, name)
        wanted = Filter.of(question)
        if wanted.picks_versions:
            found = self.cellar.runs(wanted.query(query)) if self.cellar.exists else []
            start = question.page_start(lambda wanted: _row([run.id for run in found], wanted))
            total, runs = len(found), found[start : start + question.count]
        else:
            total = sum(one.run_count for one in self._series() if (one.project, one.name) == (project, name))
            start = question.page_start(lambda wanted: self._row_of(query, wanted))
            runs = self._runs(query, start, question.count)
        return Page(start, total, self.version_rows(runs))

    def tags(self) -> Tags:
        """The tags that can be filtered by."""
        found = self.cellar.tags() if self.cellar.exists else []
        return Tags(tuple(f"{key}={value}" if value else key for key, value in found))

    def version_rows(self, runs: list[Run], *, named: bool = False) -> tuple[VersionRow, ...]:
        """Rows of versions, with their names where they stand alone."""
        aliases = self._aliases(runs)
        latest = {self._latest(project, name) for project, name in {(run.project, run.name) for run in runs}}
        return tuple(self._version_row(run, run.id in latest, aliases.get(run.id, ()), named) for run in runs)

    def files(self, question: Question) -> Page[FolderRow | FileRow]:
        """What lies directly in a folder of a version.

        Raises:
            NotFoundError: There is no such run, or it made no asset.
        """
        run = self.cellar.run(question.text("run"))
        asset = asset_of(run)
        shelf = self.shelf(asset, name_of(question.text("key")))
        manifest = self.manifest(asset)
        start = question.page_start(lambda wanted: shelf.index(name_of(wanted).removeprefix(shelf.prefix)))
        end = start + question.count
        ref = ref_of(run, self.cellar.project)
        rows: list[FolderRow | FileRow] = []
        summed = 0
        for base, count in shelf.folders[start:end]:
            summed += count
            held = self.held(asset, shelf.prefix + base) if summed <= _MOST_SUMMED else None
            rows.append(_folder_row(run, ref, shelf.prefix + base, count, held))
        split = len(shelf.folders)
        for base in shelf.entries[max(0, start - split) : max(0, end - split)]:
            rows.append(_file_row(run, ref, manifest[shelf.prefix + base], base))
        return Page(start, len(shelf), tuple(rows))

    def entry(self, run: Run, key: str) -> Entry:
        """One entry of a version.

        Raises:
            NotFoundError: It has none of this name.
        """
        return self.manifest(asset_of(run))[name_of(key)]

    def _series(self) -> list[Series]:
        return self.cellar.series() if self.cellar.exists else []

    def _manifest(self, asset: AssetSummary) -> Manifest:
        return self.cellar.manifest(asset)

    def _read_shelf(self, asset: AssetSummary, folder: bytes) -> Shelf:
        return shelf_of(self.manifest(asset), folder)

    def _sum(self, asset: AssetSummary, folder: bytes) -> int:
        return self.manifest(asset).size_in(folder)

    def _runs(self, query: RunQuery, start: int, count: int) -> list[Run]:
        before: int | None = None
        passed = 0
        while passed < start:
            step = self.cellar.runs(replace(query, before=before, limit=min(PAGE, start - passed)))
            if not step:
                return []
            passed += len(step)
            before = step[-1].sequence
        return self.cellar.runs(replace(query, before=before, limit=count))

    def _row_of(self, query: RunQuery, run_id: str) -> int:
        before: int | None = None
        passed = 0
        while step := self.cellar.runs(replace(query, before=before, limit=PAGE)):
            ids = [run.id for run in step]
            if run_id in ids:
                return passed + ids.index(run_id)
            passed += len(step)
            before = step[-1].sequence
        return passed

    def _aliases(self, runs: list[Run]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for label in self.cellar.labels([run.id for run in runs]):
            if label.kind is LabelKind.ALIAS:
                found[label.run] = (*found.get(label.run, ()), label.key)
        return found

    def _latest(self, project: str, name: str) -> str | None:
        try:
            return self.cellar.find(Ref(name, project)).id
        except NotFoundError:  # no run of it succeeded yet
            return None

    def _version_row(self, run: Run, latest: bool, aliases: tuple[str, ...], named: bool) -> VersionRow:
        ref = ref_of(run, self.cellar.project)
        return VersionRow(
            run=run.id,
            title=ref if named else f"@{run.number}",
            ref=ref,
            number=run.number,
            status=run.status.value,
            when=(run.ended_ns or run.started_ns) / 1e9,
            seconds=None if run.ended_ns is None else (run.ended_ns - run.started_ns) / 1e9,
            files=run.asset.entry_count if run.asset else None,
            size_bytes=run.asset.size_bytes if run.asset else None,
            latest=latest,
            aliases=aliases,
            removed=run.removed_ns is not None,
        )


def asset_of(run: Run) -> AssetSummary:
    """The asset that a run made.

    Raises:
        NotFoundError: It made none.
    """
    if run.asset is None:
        raise NotFoundError(f"{run.ref} made no files.")
    return run.asset


def place_of(cellar: Cellar) -> str:
    """Where the cellar lies, as people write it: a path from the home folder where it is local."""
    folder = cellar.own_folder
    if folder is None:
        return cellar.address.store_url
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def shown_name(name: bytes) -> str:
    """A name for reading: bytes that are no UTF-8 as ``\\xff``. The browser escapes what would not show itself."""
    return name.decode(errors="backslashreplace")


def ref_of(run: Run, home: str) -> str:
    """The reference that people write: with the project where it is another than the notebook's."""
    return run.ref if run.project == home else f"{run.project}:{run.ref}"


def _row(listed: list[str], wanted: str) -> int:
    return listed.index(wanted) if wanted in listed else len(listed)


def _name_row(one: Series) -> NameRow:
    return NameRow(one.project, one.name, one.run_count, one.newest.number, one.newest.started_ns / 1e9)


def _folder_row(run: Run, ref: str, name: bytes, count: int, size_bytes: int | None) -> FolderRow:
    base = shown_name(name.rpartition(b"/")[2])
    return FolderRow(run.id, key_of(name), base, f"{ref}/{shown_name(name)}", count, size_bytes)


def _file_row(run: Run, ref: str, entry: Entry, base: bytes) -> FileRow:
    kind = {Kind.FILE: "file", Kind.LINK: "link", Kind.FOLDER: "file"}[entry.kind]
    shown = shown_name(base) + ("/" if entry.kind is Kind.FOLDER else "")
    return FileRow(run.id, key_of(entry.name), shown, f"{ref}/{shown_name(entry.name)}", entry.size_bytes, kind)
