"""``restore`` and ``undo``: files put back, all or none, and taken back again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nbcellar.assets.asset import Asset
from nbcellar.assets.display import Table, Tone, count_text, json_path, size_text, visible
from nbcellar.assets.restoring import restorer
from nbcellar.assets.restoring.plan import WRITES, Action, Plan, Policy
from nbcellar.assets.restoring.target import policy_of, target_folder
from nbcellar.assets.restoring.undo import Undone
from nbcellar.assets.selection import Glob
from nbcellar.errors import NotFoundError
from nbcellar.frontends.commands.answer import Answer, Block, Lines
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.filelist import file_list
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.runtable import short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Entry, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar, RunQuery

NAMED = 50
SIGNS = {
    Action.CREATE: ("+", Tone.GOOD),
    Action.SAME: ("=", Tone.FAINT),
    Action.REPLACE: ("~", Tone.NOTE),
    Action.KEEP: ("=", Tone.FAINT),
    Action.BACKUP: ("~", Tone.NOTE),
    Action.CONFLICT: ("!", Tone.BAD),
    Action.UNSAFE: ("!", Tone.BAD),
}

WORDS = {
    Action.CREATE: "new",
    Action.SAME: "already there",
    Action.REPLACE: "replaced",
    Action.KEEP: "not touched",
    Action.BACKUP: "replaced, the old one renamed",
    Action.CONFLICT: "in conflict",
    Action.UNSAFE: "unsafe, left out",
}


@dataclass(frozen=True, repr=False)
class Restored(Answer):
    """What was put back, or what would be."""

    verb: ClassVar[str] = "restore"
    asset: Asset
    plan: Plan
    done: bool
    notes: tuple[str, ...] = ()

    @property
    def paths(self) -> dict[str, Path]:
        """Where each entry is, by its path in the asset."""
        there = WRITES | {Action.SAME}
        names = [os.fsdecode(one.entry.name) for one in self.plan.planned if one.action in there]
        return {name: self.plan.target / name for name in names}

    def _facts(self) -> dict[str, JSON]:
        return {
            "ref": self.asset.ref,
            "target": str(self.plan.target),
            "policy": self.plan.policy.value,
            "done": self.done,
            "size_bytes": self.plan.total_bytes,
            "files": list(self._items()),
        }

    def _items(self) -> Iterable[JSON]:
        for one in self.plan.planned:
            why: dict[str, JSON] = {"why": one.why} if one.why else {}
            yield {**json_path(one.entry.name), "action": one.action.value, **why}

    def _blocks(self) -> list[Block]:
        counts = [
            f"{count_text(len(names), 'file')} {WORDS[action]}"
            for action in Action
            if (names := self.plan.names(action))
        ]
        head = "restored" if self.done else "would restore"
        size = size_text(self.plan.total_bytes)
        words = f"{head} {self.asset.ref} to {self.plan.target}: {', '.join(counts)} ({size})."
        return [words] if self.done else [words, *self._table()]

    def _table(self) -> list[Block]:
        shown = self.plan.planned[:NAMED]
        rows = [(SIGNS[one.action][0], visible(one.entry.name), one.action.value, one.why) for one in shown]
        table = Table(("", "Path", "What", "Why"), rows, tones=[SIGNS[one.action][1] for one in shown])
        more = len(self.plan.planned) - NAMED
        return [table, f"and {count_text(more, 'more file')}"] if more > 0 else [table]


@dataclass(frozen=True, repr=False)
class TakenBack(Answer):
    """What an undo did."""

    verb: ClassVar[str] = "undo"
    undone: Undone

    def _facts(self) -> dict[str, JSON]:
        return {
            "folder": str(self.undone.folder),
            "put_back": [str(path) for path in self.undone.put_back],
            "removed": [str(path) for path in self.undone.removed],
        }

    def _blocks(self) -> list[Block]:
        back, gone = len(self.undone.put_back), len(self.undone.removed)
        did = f"{count_text(back, 'file')} put back as before, {count_text(gone, 'new file')} removed."
        if not back and not gone:
            did = "what it had made was gone already."
        head = f"undone: the restore into {visible(str(self.undone.folder))}: {did}"
        paths = [("~", visible(str(path))) for path in self.undone.put_back]
        paths += [("-", visible(str(path))) for path in self.undone.removed]
        more = [f"and {len(paths) - NAMED:,} more"] if len(paths) > NAMED else []
        return [head, Lines("\n".join(f"  {sign} {path}" for sign, path in paths[:NAMED])), *more]


@dataclass(frozen=True, repr=False)
class PutBack(Answer):
    """A run that is out of the trash again."""

    verb: ClassVar[str] = "undo"
    cellar: Cellar
    run: Run

    def _facts(self) -> dict[str, JSON]:
        return {"put_back_run": short_ref(self.cellar, self.run)}

    def _blocks(self) -> list[Block]:
        return [f"undone: {short_ref(self.cellar, self.run)} is out of the trash."]


def restore(
    ref: str,
    to: str | os.PathLike[str] | None = None,
    *,
    match: str | Iterable[str] | None = None,
    overwrite: str = "safe",
    dry_run: bool = False,
    at: str | os.PathLike[str] | None = None,
    cellar: Cellar | None = None,
) -> Restored:
    """Put the files of an asset back: all that are meant, or none.

    Args:
        ref: A reference; with a path or glob, only these files.
        to: The folder; the current one where it is left out. ``at`` means the same.
        match: Only files of this glob.
        overwrite: ``safe`` (only what is stored elsewhere too), ``error``, ``keep``, ``replace``, ``backup``.
        dry_run: Only the plan.

    Raises:
        ConflictError: A file is in the way; nothing was written.
        NotFoundError: There is no such asset, or no such file in it.
        UnsafeError: A name would leave the folder.
    """
    place = here(cellar)
    parsed = Ref.parse(ref)
    asset = Asset(place, place.find(parsed))
    policy, target = policy_of(overwrite), target_folder(to, at)
    if not parsed.path and match is None:
        plan = restorer.plan(place, asset.summary, target, policy=policy)
    else:
        plan = restorer.plan(place, _meant(place, parsed, match, asset), target, policy=policy)
    if dry_run:
        return Restored(asset, plan, False)
    restorer.execute(place, plan)
    left = [f"left out, unsafe: {visible(one.entry.name)} ({one.why})" for one in plan.unsafe]
    kept = [f"kept as it is: {visible(name)}" for name in plan.keep[:NAMED]]
    return Restored(asset, plan, True, (*left, *kept))


def undo(*, cellar: Cellar | None = None) -> TakenBack | PutBack:
    """Take the newest restore or removal back.

    Of a restore, files that it replaced are as before, and files that it made are gone; a run that was removed is
    out of the trash.

    Raises:
        NotFoundError: There is nothing to undo.
        ConflictError: Restored files changed since; nothing was touched.
    """
    from nbcellar.assets.restoring.record import newest_record
    from nbcellar.assets.restoring.undo import undo as take_back

    place = here(cellar)
    removed = max(place.runs(RunQuery(removed=True)), key=lambda run: run.removed_ns or 0, default=None)
    restored = newest_record(place)
    restored_ns = restored.path.stat().st_mtime_ns if restored else 0
    if removed is None or (removed.removed_ns or 0) < restored_ns:
        return TakenBack(take_back(place))
    place.put_back(removed)
    return PutBack(place, removed)


def _call(given: Given) -> Answer:
    return restore(
        given.text("ref"),
        given.text("to") or None,
        match=given.texts("match") or None,
        overwrite=given.text("overwrite") or "safe",
        dry_run=given.flag("dry_run"),
        at=given.text("at") or None,
        cellar=given.cellar,
    )


COMMANDS = (
    Command(
        "restore",
        "Put the files of an asset back: all of them, or none.",
        (
            ("restore train", "the newest files of `train`, here"),
            ("restore train@3 --to out --match '**/*.png'", "the images of run 3, into `out`"),
            ("restore train/plots/loss.png", "one file"),
            ("restore train --dry-run", "what would happen"),
        ),
        (
            Argument("REF", "a reference, with a path for some files only", Count.ONE, kind="ref"),
            Argument("--to", "the folder to put them into", metavar="DIR", kind="file"),
            Argument("--at", "the same as --to", metavar="DIR", kind="file"),
            Argument("--match", "only these files", Count.MANY, "GLOB"),
            Argument(
                "--overwrite",
                "files in the way are: replaced if saved (the default), refused, kept, replaced, renamed",
                choices=tuple(policy.value for policy in Policy),
            ),
            Argument("--dry-run", "only say what would happen", Count.FLAG),
        ),
        _call,
        'cellar["train"].restore(match="**/*.png", to="out")',
        slips={
            "": "A file or folder of an asset stands behind it: `nbcellar restore {0}/{1}`. "
            "Several assets are restored one by one.",
            "--force": "`--overwrite replace` replaces what is in the way, and `undo` brings it back.",
        },
    ),
    Command(
        "undo",
        "Take the newest restore or removal back.",
        (("undo", "replaced files are as before, new ones are gone; a removed run is back"),),
        (),
        lambda given: undo(cellar=given.cellar),
        "cellar.undo()",
        slips={"": "It takes back what came last. One asset is put back by `nbcellar trash --put-back {0}`."},
    ),
)


def _meant(cellar: Cellar, ref: Ref, match: str | Iterable[str] | None, asset: Asset) -> list[Entry]:
    found = file_list(cellar, ref, Glob.of(match), run=asset.run).entries
    if not found:
        raise NotFoundError(
            f"No file of {asset.ref} matches {Glob.of(match)}.", hint=f"`nbcellar ls {asset.ref}` lists them."
        )
    return list(found)
