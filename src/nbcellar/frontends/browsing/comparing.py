"""How two versions differ, and how one file of them does."""

from __future__ import annotations

from functools import lru_cache

from nbcellar.assets.comparing import differ
from nbcellar.assets.comparing.changes import MOST_BYTES, Detail, detail
from nbcellar.assets.comparing.differ import Diff
from nbcellar.assets.display import count_text, size_text
from nbcellar.errors import NotFoundError
from nbcellar.frontends.browsing.differences import DiffPage, DiffRow, FileChange
from nbcellar.frontends.browsing.keys import key_of, name_of
from nbcellar.frontends.browsing.listing import Listing, asset_of, ref_of, shown_name
from nbcellar.frontends.browsing.question import Question
from nbcellar.model import AssetSummary, Entry, Kind, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery


class Comparing:
    """Compares versions of one cellar; what two assets differ in never changes, so it is kept from page to page."""

    def __init__(self, cellar: Cellar, listing: Listing) -> None:
        self._cellar = cellar
        self._listing = listing
        self._diff = lru_cache(maxsize=8)(self._compare)

    def diff(self, question: Question) -> DiffPage:
        """The files that differ, by name.

        Raises:
            NotFoundError: There is no such run, it made no files, or there is no success before it.
        """
        before, after = self._sides(question)
        found = self._diff(asset_of(before), asset_of(after))
        rows = _rows(found)
        home = self._cellar.project
        return DiffPage(
            before=before.id,
            before_ref=ref_of(before, home),
            after=after.id,
            after_ref=ref_of(after, home),
            same=len(found.same),
            new=len(found.new),
            changed=len(found.changed),
            gone=len(found.gone),
            start=question.start,
            total=len(rows),
            rows=tuple(rows[question.start : question.start + question.count]),
        )

    def change(self, question: Question) -> FileChange:
        """What differs within one file.

        Raises:
            NotFoundError: Neither side holds it.
        """
        before, after = self._sides(question)
        name = name_of(question.text("key"))
        old, new = self._entry(before, name), self._entry(after, name)
        said = self._said(name, old, new)
        path = shown_name(name)
        return FileChange(path, said.kind, said.summary, said.lines, old is not None, new is not None)

    def _said(self, name: bytes, old: Entry | None, new: Entry | None) -> Detail:
        if old is None and new is None:
            raise NotFoundError(f"Neither version holds {shown_name(name)!r}.")
        if old is None or new is None:
            return Detail("binary", "new" if old is None else "gone")
        if (old.kind, old.digest) == (new.kind, new.digest):
            return Detail("binary", "the same")
        if Kind.FILE is not old.kind or Kind.FILE is not new.kind:
            return Detail("binary", f"{old.kind.value} → {new.kind.value}")
        if max(old.size_bytes, new.size_bytes) > MOST_BYTES:
            sizes = f"{size_text(old.size_bytes)} → {size_text(new.size_bytes)}"
            return Detail("binary", f"{sizes}; too large to be compared line by line")
        return detail(name, self._cellar.read_file(old), self._cellar.read_file(new))

    def _sides(self, question: Question) -> tuple[Run, Run]:
        after = self._cellar.run(question.text("run"))
        other = question.text("other")
        return (self._cellar.run(other) if other else self._before(after)), after

    def _before(self, run: Run) -> Run:
        statuses = (RunStatus.SUCCEEDED,)
        query = RunQuery(run.project, run.name, statuses=statuses, with_asset=True, before=run.sequence, limit=1)
        found = self._cellar.runs(query)
        if not found:
            raise NotFoundError(f"{run.ref} is the first version of {run.name} that succeeded.", hint="Choose another.")
        return found[0]

    def _entry(self, run: Run, name: bytes) -> Entry | None:
        try:
            return self._listing.manifest(asset_of(run))[name]
        except NotFoundError:
            return None

    def _compare(self, before: AssetSummary, after: AssetSummary) -> Diff:
        return differ.diff_stored(self._listing.manifest(before), self._listing.manifest(after))


def _rows(found: Diff) -> list[DiffRow]:
    was = {change.after.name: change.before.name for change in found.renamed}
    rows = [_row(one.after.name, "changed", one.before, one.after) for one in found.changed]
    rows += [_row(one.name, "new", None, one, was.get(one.name)) for one in found.new]
    rows += [_row(one.name, "gone", one, None) for one in found.gone]
    return sorted(rows, key=lambda row: name_of(row.key))


def _row(name: bytes, change: str, before: Entry | None, after: Entry | None, was: bytes | None = None) -> DiffRow:
    return DiffRow(
        key=key_of(name),
        path=shown_name(name),
        change=change,
        before_bytes=before.size_bytes if before else None,
        after_bytes=after.size_bytes if after else None,
        was=shown_name(was) if was else "",
    )


def diff_text(page: DiffPage) -> str:
    """The list as plain text, for places without a widget."""
    head = f"{page.before_ref} → {page.after_ref}: {count_text(page.same, 'file')} the same"
    signs = {"new": "+", "changed": "~", "gone": "-"}
    rest = page.total - len(page.rows)
    more = [f"  and {count_text(rest, 'more file')}"] if rest else []
    return "\n".join([head, *(f"  {signs[row.change]} {row.path}" for row in page.rows), *more])
