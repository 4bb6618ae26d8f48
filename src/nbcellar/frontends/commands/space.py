"""``gc`` and ``free``: room on the disk, by rule or by size."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable

from nbcellar.assets.display import Table, count_text, size_text
from nbcellar.assets.facts import run_facts
from nbcellar.errors import ConflictError, NotFoundError, UsageError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.runtable import short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Run
from nbcellar.reference import Ref
from nbcellar.settings import parse_size
from nbcellar.store import Cellar, GcReport, Retention, RunQuery

NAMED = 50
_NO_ROOM = "there is no room for a copy of what stays. Free some space on that disk, then do it again."
_LESS = (
    "That is less than you asked for: the newest success of a name stays, and what has a label or was read by a run."
)


@dataclass(frozen=True, repr=False)
class Collected(Answer):
    """What was freed, or would be."""

    verb: ClassVar[str] = "gc"
    cellar: Cellar
    report: GcReport
    exit_code: int = 0
    notes: tuple[str, ...] = ()

    def _facts(self) -> dict[str, JSON]:
        report = self.report
        return {
            "dry_run": report.dry_run,
            "freed_bytes": report.freed_bytes,
            "kept_bytes": report.kept_bytes,
            "pack_count": report.pack_count,
            "rewritten_count": report.rewritten_count,
            "debris_count": report.debris_count,
            "debris_bytes": report.debris_bytes,
            "damaged": list(report.damaged),
            "unmoved_count": report.unmoved_count,
            "runs": list(self._items()),
        }

    def _items(self) -> Iterable[JSON]:
        deleted = [{"what": "forgotten", **run_facts(run)} for run in self.report.deleted]
        return deleted + [{"what": "files removed", **run_facts(run)} for run in self.report.expired]

    def _blocks(self) -> list[Block]:
        report = self.report
        rows = [self._row(run, "forgotten (it was in the trash)") for run in report.deleted]
        rows += [self._row(run, "its files go, the run stays known") for run in report.expired]
        table: list[Block] = [Table(("Run", "Size", "What"), rows[:NAMED], frozenset({"Size"}))] if rows else []
        if len(rows) > NAMED:
            table.append(f"and {len(rows) - NAMED:,} more")
        said = "would free" if report.dry_run else "freed"
        parts = [f"{said} {size_text(report.freed_bytes)}", f"{size_text(report.kept_bytes)} stay"]
        if report.debris_count:
            parts.append(f"{count_text(report.debris_count, 'left-over object')} among it")
        blocks = [*table, f"{', '.join(parts)}."]
        if report.damaged:
            blocks.append(f"{count_text(len(report.damaged), 'damaged pack')} left alone: see `nbcellar check`.")
        if report.unmoved_count:
            blocks.append(f"{count_text(report.unmoved_count, 'pack')} left as large as before: {_NO_ROOM}")
        return blocks

    def _row(self, run: Run, what: str) -> tuple[str, str, str]:
        return short_ref(self.cellar, run), size_text(run.asset.size_bytes) if run.asset else "", what


@dataclass(frozen=True, repr=False)
class Emptied(Collected):
    """What went out of the trash for ever, or would go."""

    verb: ClassVar[str] = "trash"


@dataclass(frozen=True, repr=False)
class Freed(Collected):
    """What was freed to make room, or would be."""

    verb: ClassVar[str] = "free"


def gc(
    name: str = "",
    *,
    keep_last: int | None = None,
    older_than: str = "",
    dry_run: bool = False,
    yes: bool = False,
    cellar: Cellar | None = None,
) -> Collected:
    """Remove what nothing needs: old trash, failed runs' files after 7 days, left-overs; versions only by a rule.

    Args:
        name: The rule holds for this name only.
        keep_last: The rule: so many newest successes of a name keep their files.
        older_than: The rule: only runs that ended so long ago, ``30d``.
        dry_run: Only say what would go.
        yes: Also where more than half of all bytes would go.

    Raises:
        NotFoundError: Nothing has this name.
        UnsafeError: More than half would go and ``yes`` was not said, or the catalogue is older than the journal.
        UsageError: A name without a rule.
    """
    place = here(cellar)
    rule = _rule(place, name, keep_last, older_than)
    report = place.gc(rule, dry_run=dry_run, yes=yes)
    return Collected(place, report, notes=("Nothing was removed: this is what would go.",) if dry_run else ())


def _rule(cellar: Cellar, name: str, keep_last: int | None, older_than: str) -> Retention | None:
    from nbcellar.tasks.taskline.durations import parse_duration

    if not name and keep_last is None and not older_than:
        return None
    if name and keep_last is None and not older_than:
        raise UsageError("gc NAME needs a rule.", hint="Add --keep-last N or --older-than 30d.")
    ref = Ref.parse(name) if name else None
    project = (ref.project if ref else None) or cellar.project
    if ref and not cellar.runs(RunQuery(project=project, name=ref.word, limit=1)):
        raise NotFoundError(f"Nothing is called {ref.word!r} in project {project!r}.")
    before = time.time_ns() - int(parse_duration(older_than) * 1e9) if older_than else None
    return Retention(project, ref.word if ref else None, keep_last, before)


def free(size: str | int, *, yes: bool = False, cellar: Cellar | None = None) -> Freed:
    """Make room: trash and failed runs first, then old versions, oldest first, until so many bytes are free.

    Args:
        size: ``20GB``, or bytes.
        yes: Do it; else only say what would go.

    Raises:
        UsageError: It is no size.
        UnsafeError: The catalogue is older than the journal.
    """
    wanted = parse_size(size) if isinstance(size, str) else size
    if not wanted:
        raise UsageError(f"{size!r} is no size.", hint="Write 20GB or 500MB.")
    place = here(cellar)
    plan = place.free(wanted, dry_run=True)
    if not yes:
        return Freed(place, plan, ConflictError.exit_code, ("Nothing was removed; say --yes to do it.",))
    report = place.free(wanted)
    return Freed(place, report, notes=(_LESS,) if report.kept_bytes and report.freed_bytes < wanted else ())


def empty_trash(*, dry_run: bool = False, yes: bool = False, cellar: Cellar | None = None) -> Emptied:
    """Forget what is in the trash at once, for ever; what other runs hold too stays.

    Args:
        dry_run: Only say what would go.
        yes: Do it; else only say what would go.

    Raises:
        UnsafeError: The catalogue is older than the journal.
    """
    place = here(cellar)
    if yes and not dry_run and place.runs(RunQuery(removed=True, limit=1)):
        return Emptied(place, place.empty_trash())
    plan = place.empty_trash(dry_run=True)
    if not plan.deleted:
        return Emptied(place, plan, notes=("The trash is empty.",))
    if dry_run:
        return Emptied(place, plan, notes=("Nothing was removed: this is what would go.",))
    return Emptied(place, plan, ConflictError.exit_code, ("Nothing was removed; say --yes to do it.",))


def asked_first(given: Given, do: Callable[[bool], Collected]) -> Collected:
    """Say what would go; on a terminal ask, and do it where that is wanted."""
    answer = do(given.yes)
    if given.yes or given.quiet or not answer.exit_code or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return answer
    sys.stderr.write(answer.text() + "\nRemove this now? [y/N] ")
    sys.stderr.flush()
    return do(True) if sys.stdin.readline().strip().lower() in ("y", "yes") else answer


def _free(given: Given) -> Answer:
    size, place = given.text("size"), given.cellar
    return asked_first(given, lambda yes: free(size, yes=yes, cellar=place))


def _gc(given: Given) -> Answer:
    return gc(
        given.text("name"),
        keep_last=given.number("keep_last"),
        older_than=given.text("older_than"),
        dry_run=given.flag("dry_run"),
        yes=given.yes,
        cellar=given.cellar,
    )


COMMANDS = (
    Command(
        "free",
        "Make room: trash and failed runs first, then old versions.",
        (("free 20GB", "list what would go, and ask"), ("free 20GB --yes", "do it")),
        (Argument("SIZE", "how much, such as 20GB", Count.ONE),),
        _free,
        'cellar.free("20GB", yes=True)',
        slips={"": "Write the size as one word: `nbcellar free {0}{1}`."},
    ),
    Command(
        "gc",
        "Remove what nothing needs any more; old versions only by a rule.",
        (
            ("gc --dry-run", "what would go"),
            ("gc", "old trash, failed runs' files after 7 days, left-overs"),
            ("gc train --keep-last 3", "of `train`, the files of all but the 3 newest successes"),
            ("gc --older-than 30d", "files of runs that ended more than 30 days ago"),
        ),
        (
            Argument("NAME", "only this name", kind="name"),
            Argument("--keep-last", "so many newest successes keep their files", metavar="N"),
            Argument("--older-than", "only runs that ended so long ago", metavar="AGE"),
            Argument("--dry-run", "only say what would go", Count.FLAG),
        ),
        _gc,
        'cellar.gc("train", keep_last=3, dry_run=True)',
        slips={
            "": "A rule is an option: `nbcellar gc {0} --keep-last 3`.",
            "--trash": "`nbcellar trash --empty` empties the trash.",
        },
    ),
)
