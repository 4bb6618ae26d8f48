"""Labels and the trash: what the browser changes of a version, all of it with a way back."""

from __future__ import annotations

from nbcellar.errors import UsageError
from nbcellar.frontends.browsing.listing import Listing, ref_of
from nbcellar.frontends.browsing.outcomes import Changed
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.browsing.rows import Page, VersionRow
from nbcellar.model import LabelKind, Run, check_name
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery
from nbcellar.store.objects.ulid import new_ulid


class Labelling:
    """Sets and takes labels, and moves versions into the trash and out of it."""

    def __init__(self, cellar: Cellar, listing: Listing) -> None:
        self._cellar = cellar
        self._listing = listing

    def label(self, question: Question) -> Changed:
        """Give a version an alias, a tag or a note.

        Raises:
            UsageError: The alias or the tag's key is no name, or a note is empty.
            NotFoundError: There is no such run.
        """
        run = self._run(question)
        kind, key, value = _kind(question), question.text("key").strip(), question.text("value").strip()
        if kind is not LabelKind.NOTE:
            check_name(key, kind.value)
        elif not value:
            raise UsageError("The note is empty.", hint="Write what is to be remembered.")
        else:
            key = new_ulid()  # labels of one key replace each other
        self._cellar.label(run, kind, key, value)
        return Changed(f"{self._ref(run)} has the {_said(kind, key, value)}.")

    def unlabel(self, question: Question) -> Changed:
        """Take an alias, a tag or a note from a version.

        Raises:
            NotFoundError: There is no such run or label.
        """
        run = self._run(question)
        kind, key = _kind(question), question.text("key")
        self._cellar.unlabel(run, kind, key)
        return Changed(f"{self._ref(run)} has the {_said(kind, key, '')} no longer.")

    def remove(self, question: Question) -> Changed:
        """Move a version to the trash; nothing is deleted yet.

        Raises:
            NotFoundError: There is no such run.
        """
        run = self._run(question)
        self._cellar.remove(run)
        return Changed(f"{self._ref(run)} is in the trash.")

    def put_back(self, question: Question) -> Changed:
        """Take a version out of the trash.

        Raises:
            NotFoundError: There is no such run.
        """
        run = self._run(question)
        self._cellar.put_back(run)
        return Changed(f"{self._ref(run)} is back.")

    def trash(self, question: Question) -> Page[VersionRow]:
        """What is in the trash."""
        if not self._cellar.exists:
            return Page(0, 0, ())
        runs = self._cellar.runs(RunQuery(removed=True))
        shown = runs[question.start : question.start + question.count]
        return Page(question.start, len(runs), self._listing.version_rows(shown, named=True))

    def _run(self, question: Question) -> Run:
        return self._cellar.run(question.text("run"))

    def _ref(self, run: Run) -> str:
        return ref_of(run, self._cellar.project)


def _kind(question: Question) -> LabelKind:
    word = question.text("kind")
    try:
        return LabelKind(word)
    except ValueError as error:
        raise UsageError(f"{word!r} is no kind of label.", hint=f"Kinds are {', '.join(LabelKind)}.") from error


def _said(kind: LabelKind, key: str, value: str) -> str:
    match kind:
        case LabelKind.ALIAS:
            return f"alias {key}"
        case LabelKind.TAG:
            return f"tag {key}={value}" if value else f"tag {key}"
        case LabelKind.NOTE:
            return "note"
