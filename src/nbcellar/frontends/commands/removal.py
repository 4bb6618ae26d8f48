"""``rm`` and ``trash``: what is removed can be put back for a while."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.display import count_text
from nbcellar.assets.facts import run_facts
from nbcellar.errors import NotFoundError, UsageError, did_you_mean
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import find_whole, here
from nbcellar.frontends.commands.runtable import labels_by_run, run_table, short_ref
from nbcellar.lightclasses import dataclass, replace
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar, RunQuery


@dataclass(frozen=True, repr=False)
class Removed(Answer):
    """What went into the trash."""

    verb: ClassVar[str] = "rm"
    cellar: Cellar
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()

    def _facts(self) -> dict[str, JSON]:
        return {"removed": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [run_facts(run) for run in self.runs]

    def _blocks(self) -> list[Block]:
        return [f"removed {short_ref(self.cellar, run)}" for run in self.runs]


@dataclass(frozen=True, repr=False)
class Trash(Answer):
    """What can be put back."""

    verb: ClassVar[str] = "trash"
    cellar: Cellar
    runs: tuple[Run, ...]
    put_back: tuple[Run, ...] = ()

    def __len__(self) -> int:
        return len(self.runs)

    def _facts(self) -> dict[str, JSON]:
        return {"put_back": [run_facts(run) for run in self.put_back], "trash": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [run_facts(run) for run in self.runs]

    def _blocks(self) -> list[Block]:
        if self.put_back:
            return [f"put back {short_ref(self.cellar, run)}" for run in self.put_back]
        if not self.runs:
            return ["The trash is empty."]
        days = self.cellar.settings.trash_days
        kept = f"{count_text(len(self.runs), 'run')}, each kept for {count_text(days, 'day')}."
        return [run_table(self.cellar, self.runs, labels_by_run(self.cellar, self.runs)), kept]


def rm(*refs: str, cellar: Cellar | None = None) -> Removed:
    """Move runs and what they made to the trash; nothing is moved unless every reference means something.

    Raises:
        NotFoundError: A reference means nothing.
        UsageError: One means files of a run.
    """
    place = here(cellar)
    runs = tuple({run.id: run for run in [find_whole(place, ref, "Nothing was removed.") for ref in refs]}.values())
    for run in runs:
        place.remove(run)
    used = [
        f"{short_ref(place, run)} was read by {short_ref(place, user)}" for run in runs for user in place.used_by(run)
    ]
    back = f"put back: nbcellar trash --put-back {' '.join(short_ref(place, run) for run in runs)}"
    return Removed(place, runs, (*used, back))


def trash(*, put_back: Iterable[str] = (), cellar: Cellar | None = None) -> Trash:
    """List the trash, or take runs out of it.

    Raises:
        NotFoundError: A reference means nothing in the trash.
    """
    place = here(cellar)
    wanted = tuple(_in_trash(place, ref) for ref in put_back)
    for run in wanted:
        place.put_back(run)
    return Trash(place, tuple(_everything(place)), wanted)


def _everything(cellar: Cellar) -> list[Run]:
    found = cellar.runs(RunQuery(removed=True))
    return sorted(found, key=lambda run: -(run.removed_ns or 0))


def _in_trash(cellar: Cellar, text: str) -> Run:
    ref = Ref.parse(text)
    project = ref.project or cellar.project
    found = cellar.runs(RunQuery(project=project, name=ref.word, removed=True))
    fitting = [run for run in found if ref.number is None or run.number == ref.number]
    if not fitting:
        names = [run.ref for run in _everything(cellar)]
        hint = did_you_mean(str(replace(ref, path="")), names) or "`nbcellar trash` lists it."
        raise NotFoundError(f"The trash has no {text}.", hint=hint)
    return max(fitting, key=lambda run: run.removed_ns or 0)


def _trash(given: Given) -> Answer:
    back, empty, dry_run, place = given.texts("put_back"), given.flag("empty"), given.flag("dry_run"), given.cellar
    if (back and empty) or (dry_run and not empty):
        said = "--put-back and --empty" if back and empty else "--dry-run without --empty"
        raise UsageError(f"`nbcellar trash` cannot take {said}.", saved="Nothing was changed.")
    if not empty:
        return trash(put_back=back, cellar=place)
    from nbcellar.frontends.commands.space import asked_first, empty_trash  # only the emptying needs it

    return asked_first(given, lambda yes: empty_trash(dry_run=dry_run, yes=yes, cellar=place))


COMMANDS = (
    Command(
        "rm",
        "Move runs and what they made to the trash.",
        (("rm train@3", "one run"), ("rm train@3 train@4", "two")),
        (Argument("REF", "references", Count.SOME, kind="ref"),),
        lambda given: rm(*given.texts("ref"), cellar=given.cellar),
        'cellar["train@3"].delete()',
    ),
    Command(
        "trash",
        "List what was removed, put it back, or let it go for ever.",
        (
            ("trash", "what can be put back"),
            ("trash --put-back train@3", "put it back"),
            ("trash --empty", "list what would go for ever, and ask"),
            ("trash --empty --yes", "do it"),
        ),
        (
            Argument("--put-back", "take it out of the trash", Count.MANY, "REF"),
            Argument("--empty", "forget all of it now, for ever", Count.FLAG),
            Argument("--dry-run", "with --empty: only say what would go", Count.FLAG),
        ),
        _trash,
        "cellar.trash()",
        slips={"": "Put it back by `nbcellar trash --put-back {0}`."},
    ),
)
