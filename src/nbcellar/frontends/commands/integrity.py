"""``check`` and ``repair``: whether every stored byte can still be given out, and what to do where not."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.display import Table, count_text, json_path, size_text, visible
from nbcellar.errors import CorruptDataError, NotFoundError, UsageError, did_you_mean
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.runtable import short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON
from nbcellar.store import Cellar
from nbcellar.store.objects.ulid import is_ulid
from nbcellar.store.upkeep.checks import CheckLevel, CheckReport, Damage, Need, PackRepair, RepairReport

NAMED = 50


@dataclass(frozen=True, repr=False)
class Checked(Answer):
    """What a check found."""

    verb: ClassVar[str] = "check"
    cellar: Cellar
    report: CheckReport
    exit_code: int = 0
    partly: bool = False

    def _facts(self) -> dict[str, JSON]:
        report = self.report
        return {
            "sound": report.sound,
            "level": report.level.value,
            "asset_count": report.asset_count,
            "event_count": report.event_count,
            "pack_count": report.pack_count,
            "blob_count": report.blob_count,
            "read_bytes": report.read_bytes,
            "debris_count": report.debris_count,
            "resume": report.resume,
            "damages": list(self._items()),
        }

    def _items(self) -> Iterable[JSON]:
        return [self._damage(one) for one in self.report.damages]

    def _damage(self, one: Damage) -> JSON:
        return {
            "object": one.object,
            "kind": one.kind.value,
            "what": one.what,
            "needed_by": [need_facts(self.cellar, need) for need in one.needs],
            "advice": one.advice,
        }

    def _blocks(self) -> list[Block]:
        report = self.report
        seen = (
            count_text(report.asset_count, "asset"),
            count_text(report.pack_count, "pack"),
            count_text(report.event_count, "event"),
        )
        read = f", {size_text(report.read_bytes)} read" if report.read_bytes else ""
        words = f"{', '.join(seen)} looked at ({report.level.value}{read})"
        if report.sound:
            what = "what was read" if self.partly else "everything"
            return [f"{words}: {what} is in order.", *self._rest()]
        blocks: list[Block] = [f"{words}: {count_text(len(report.damages), 'damaged object')}."]
        for one in report.damages:
            blocks += self._damage_blocks(one)
        return [*blocks, *self._rest()]

    def _damage_blocks(self, one: Damage) -> list[Block]:
        blocks: list[Block] = [f"{one.object}: {one.what}. {one.advice}".rstrip()]
        rows = [(short_ref(self.cellar, need.run), lost_text(need)) for need in one.needs[:NAMED]]
        if rows:
            blocks.append(Table(("Needed by", "File"), rows))
        if len(one.needs) > NAMED:
            blocks.append(f"and {len(one.needs) - NAMED:,} more")
        return blocks

    def _rest(self) -> list[Block]:
        words: list[Block] = []
        if self.report.debris_count:
            words.append(
                f"{count_text(self.report.debris_count, 'object')} left over from interrupted work; no damage."
            )
        return words


@dataclass(frozen=True, repr=False)
class Repaired(Answer):
    """What a repair has done."""

    verb: ClassVar[str] = "repair"
    report: RepairReport
    exit_code: int = 0

    def _facts(self) -> dict[str, JSON]:
        report = self.report
        return {
            "event_count": report.event_count,
            "run_count": report.run_count,
            "pack_count": report.pack_count,
            "blob_count": report.blob_count,
            "unreadable": list(report.unreadable),
            "incomplete": list(report.incomplete),
            "moved": report.moved,
        }

    def _blocks(self) -> list[Block]:
        report = self.report
        events, runs = count_text(report.event_count, "event"), count_text(report.run_count, "run")
        blocks: list[Block] = [f"The catalogue was made again from {events}: {runs}."]
        blocks += [f"unreadable, left out: {one}" for one in report.unreadable]
        blocks += [f"its list of files is lost, left out: {one}" for one in report.incomplete]
        if report.moved:
            blocks.append(f"The catalogue from before is at {report.moved}.")
        return blocks


@dataclass(frozen=True, repr=False)
class Mended(Answer):
    """What a repair of packs has done, or would do."""

    verb: ClassVar[str] = "repair"
    cellar: Cellar
    report: PackRepair
    exit_code: int = 0

    def _facts(self) -> dict[str, JSON]:
        report = self.report
        return {
            "dry_run": report.dry_run,
            "set_aside": list(report.set_aside),
            "indexes": list(report.indexes),
            "saved_count": report.saved_count,
            "lost_count": len(report.lost),
            "lost": list(self._items()),
        }

    def _items(self) -> Iterable[JSON]:
        return [need_facts(self.cellar, need) for need in self.report.needs]

    def _blocks(self) -> list[Block]:
        report = self.report
        if not report.set_aside and not report.indexes and not report.lost:
            return ["No pack is damaged."]
        said = "would be set aside" if report.dry_run else "set aside"
        blocks: list[Block] = [f"{said}: {one}" for one in report.set_aside]
        blocks += [f"index made again: {one}" for one in report.indexes]
        if report.set_aside or not report.lost:
            blocks.append(f"{count_text(report.saved_count, 'piece')} of them whole, {len(report.lost):,} lost.")
        else:
            blocks.append(f"{count_text(len(report.lost), 'piece')} lost with packs that are gone.")
        rows = [(short_ref(self.cellar, need.run), lost_text(need)) for need in report.needs[:NAMED]]
        if rows:
            blocks.append(Table(("Lost in", "File"), rows))
            blocks.append("Saving the same content again heals these.")
        return blocks


def need_facts(cellar: Cellar, need: Need) -> JSON:
    """A file that needs a damaged object."""
    name = json_path(need.name) if need.name is not None else {}
    return {"ref": short_ref(cellar, need.run), **name}


def lost_text(need: Need) -> str:
    """What of an asset is meant."""
    return "the list of its files" if need.name is None else visible(need.name)


def check(
    *,
    quick: bool = False,
    read_data: bool = False,
    part: str = "",
    resume: str = "",
    cellar: Cellar | None = None,
) -> Checked:
    """Look for damage; nothing is changed, and others may go on writing.

    Args:
        quick: Only the catalogue, and that every object is there in its size.
        read_data: Every stored byte is compared with its digest.
        part: ``2/5`` reads the second fifth of the packs.
        resume: What an earlier check that was interrupted said.

    Raises:
        NotFoundError: There is no store.
        CorruptDataError: The catalogue cannot be read at all.
        UsageError: Options that exclude each other, or a part that is none.
    """
    if quick and read_data:
        raise UsageError("--quick and --read-data exclude each other.")
    if (part or resume) and not read_data:
        raise UsageError("--part and --resume say which data to read.", hint="Add --read-data.")
    if resume and not is_ulid(resume):
        raise UsageError(f"{resume!r} is no place where a check stopped.", hint="Write what an interrupted one said.")
    level = CheckLevel.QUICK if quick else CheckLevel.READ_DATA if read_data else CheckLevel.DEFAULT
    place = here(cellar)
    if not place.exists:
        raise NotFoundError(f"There is no store at {place.address.store_url}.")
    report = place.check(level, part=_part(part), resume=resume)
    return Checked(place, report, 0 if report.sound else CorruptDataError.exit_code, bool(part or resume))


def _part(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    number, slash, count = text.partition("/")
    if slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise UsageError(f"--part {text!r} is none.", hint="Write 2/5 for the second fifth.")


def repair(what: str, *, dry_run: bool = False, cellar: Cellar | None = None) -> Repaired | Mended:
    """Make the ``catalogue`` again from the journal, or set damaged ``packs`` aside and save what is whole in them.

    Args:
        what: ``catalogue`` or ``packs``.
        dry_run: Of packs: only say what would be done.

    Raises:
        NotFoundError: There is no store.
        UsageError: It is not known how to repair this.
        ConflictError: A collection came between.
    """
    place = here(cellar)
    match what:
        case "catalogue":
            report = place.repair_catalogue()
            return Repaired(report, CorruptDataError.exit_code if report.unreadable or report.incomplete else 0)
        case "packs":
            mended = place.repair_packs(dry_run=dry_run)
            return Mended(place, mended, CorruptDataError.exit_code if mended.lost else 0)
        case _:
            hint = did_you_mean(what, ("catalogue", "packs")) or "Write `repair catalogue` or `repair packs`."
            raise UsageError(f"repair {what!r} is not known.", hint=hint)


def _check(given: Given) -> Answer:
    return check(
        quick=given.flag("quick"),
        read_data=given.flag("read_data"),
        part=given.text("part"),
        resume=given.text("resume"),
        cellar=given.cellar,
    )


COMMANDS = (
    Command(
        "check",
        "Look for damage in the store; exit code 6 where there is some.",
        (
            ("check", "catalogue, journal, and the lists of files"),
            ("check --read-data", "every stored byte"),
            ("check --read-data --part 1/7", "a seventh of them"),
        ),
        (
            Argument("--quick", "only that everything is there", Count.FLAG),
            Argument("--read-data", "compare every byte with its digest", Count.FLAG),
            Argument("--part", "only so much of the data", metavar="N/M"),
            Argument("--resume", "go on where an earlier check stopped", metavar="PLACE"),
        ),
        _check,
        "cellar.check(read_data=True)",
        slips={"": "It looks at the whole store. `nbcellar show {0}` tells of one asset."},
    ),
    Command(
        "repair",
        "Make the catalogue again, or set damaged packs aside; exit code 6 where something stays lost.",
        (
            ("repair catalogue", "after the catalogue was lost or damaged"),
            ("repair packs --dry-run", "what would be set aside, and what is lost"),
            ("repair packs", "after `check` found damage"),
        ),
        (
            Argument("WHAT", "catalogue or packs", Count.ONE),
            Argument("--dry-run", "of packs: only say what would be done", Count.FLAG),
        ),
        lambda given: repair(given.text("what"), dry_run=given.flag("dry_run"), cellar=given.cellar),
        'cellar.repair("catalogue")',
    ),
)
