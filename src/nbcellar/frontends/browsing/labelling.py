"""Labels and the trash: what the browser changes of a version, all of it with a way back."""

from __future__ import annotations

from nbcellar.assets.aliases import alias_holder
from nbcellar.errors import UsageError
from nbcellar.frontends.browsing.listing import Listing, ref_of
from nbcellar.frontends.browsing.outcomes import Changed, Holder, LabelBack, Labelled
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.browsing.rows import Page, VersionRow
from nbcellar.model import LabelKind, Run, check_label
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery
from nbcellar.store.objects.ulid import new_ulid

_MOST_TYPED = 2**20


class Labelling:
    """Sets and takes labels, and moves versions into the trash and out of it."""

    def __init__(self, cellar: Cellar, listing: Listing) -> None:
        self._cellar = cellar
        self._listing = listing

    def label(self, question: Question) -> Labelled:
        """Give a version an alias, a tag or a note; an alias leaves the version that had it.

        Raises:
            UsageError: The alias or the tag's key is no name, or a text is empty or too long.
            NotFoundError: There is no such run.
        """
        run = self._run(question)
        kind, key, value = _kind(question), _typed(question, "key"), _typed(question, "value")
        if kind is LabelKind.NOTE:
            key = new_ulid()  # labels of one key replace each other
        check_label(kind, key, value)
        holder = alias_holder(self._cellar, run, key) if kind is LabelKind.ALIAS else None
        back = self._back(holder or run, kind, key)
        self._cellar.label(run, kind, key, value)
        moved = f"; {self._ref(holder)} had it before" if holder else ""
        return Labelled(f"{self._ref(run)} has the {_said(kind, key, value)}{moved}.", back)

    def holder(self, question: Question) -> Holder:
        """Which other version has an alias that a version is to be given.

        Raises:
            NotFoundError: There is no such run.
        """
        found = alias_holder(self._cellar, self._run(question), _typed(question, "key"))
        return Holder(self._ref(found) if found else "")

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

    def _back(self, run: Run, kind: LabelKind, key: str) -> LabelBack:
        """What gives a run the label that it has now, or takes away the one that it has not."""
        labels = self._cellar.labels([run.id])
        before = next((one for one in labels if (one.kind, one.key) == (kind, key)), None)
        return LabelBack(run.id, kind.value, key, before.value if before else "", set=before is not None)

    def _run(self, question: Question) -> Run:
        return self._cellar.run(question.text("run"))

    def _ref(self, run: Run) -> str:
        return ref_of(run, self._cellar.project)


def _typed(question: Question, field: str) -> str:
    """What a person typed, however much: it is refused in words of its own."""
    return question.text(field, most=_MOST_TYPED).strip()


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
