"""Carries out a plan: everything is written beside its place and verified, then moved there; all or nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbcellar.assets.progress import Listener
from nbcellar.assets.restoring.debris import noted, sweep
from nbcellar.assets.restoring.mover import Mover, Place
from nbcellar.assets.restoring.newfile import Placement
from nbcellar.assets.restoring.plan import WRITES, Action, Plan, Planned, Policy, Present
from nbcellar.assets.restoring.planner import NOTHING_RESTORED, plan
from nbcellar.assets.restoring.record import keeping, sweep_records
from nbcellar.assets.restoring.writer import Writer
from nbcellar.assets.scanning.columns import printable
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.ignore import TEMPORARY_PREFIX
from nbcellar.errors import ConflictError
from nbcellar.model import Kind
from nbcellar.store import Cellar
from nbcellar.store.objects.ulid import new_ulid

__all__ = ["Plan", "Planned", "Policy", "Present", "Restored", "execute", "plan"]

_NAMED = 5


class Restored(Mapping[bytes, Path]):
    """Where the entries are now, by name; those that were there already included."""

    def __init__(self, done: Plan) -> None:
        self._target = os.fsencode(done.target)
        there = WRITES | {Action.SAME}
        self._names = dict.fromkeys(item.entry.name for item in done.planned if item.action in there)

    def __getitem__(self, name: bytes) -> Path:
        if name not in self._names:
            raise KeyError(name)
        return Path(os.fsdecode(self._target + b"/" + name))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def execute(cellar: Cellar, plan: Plan, *, progress: Listener | None = None, undoable: bool = True) -> Restored:
    """Do what a plan says.

    Either everything is in place when this returns, or the target is as it was. What it did can be undone.

    Args:
        undoable: False where this is no restore that a person would undo: what it replaces is not kept.

    Raises:
        ConflictError: The plan has conflicts, or the target changed since it was made.
        CorruptDataError: Something is damaged in the store.
        StorageError: The target or the store failed.
    """
    if plan.conflicts:
        raise _conflict(plan)
    sweep(cellar)
    sweep_records(cellar)
    items = [item for item in plan.planned if item.action in WRITES]
    if items or not plan.target.exists():
        with contextlib.closing(_Site(plan)) as site:
            site.fill(cellar, items, progress, undoable)
    return Restored(plan)


class _Site:
    """The nearest folder that exists, and what is built there under temporary names."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        above = plan.target
        while not above.exists():
            above = above.parent
        self._base = above
        prefix = os.fsencode(plan.target.relative_to(above))
        self._prefix = b"" if prefix == b"." else prefix
        self._folders = Folders(above)
        self._token = new_ulid().encode()
        self._absent: dict[bytes, bytes] = {b"": b""}
        self._places: dict[bytes, Place] = {}

    def close(self) -> None:
        self._folders.close()

    def fill(self, cellar: Cellar, items: list[Planned], progress: Listener | None, undoable: bool) -> None:
        placements = [self._place(item) for item in items]
        if not items:
            self._open_place(self._absent_above(self._prefix), None)
        places = list(self._places.values())
        mover = Mover(self._folders, places)
        with noted(cellar, self._base, [place.temporary for place in places]):
            try:
                if not items:
                    self._folders.make(self._temporary(self._prefix))
                workers = cellar.settings.workers
                Writer(cellar, self._folders, self._plan.links, progress, workers).write(placements)
                mover.choose_backups()
                self._move(cellar, mover, items if undoable else None)
            except BaseException:
                mover.clear()
                raise

    def _move(self, cellar: Cellar, mover: Mover, undoable: list[Planned] | None) -> None:
        if undoable is None:
            mover.move_all(None)
            return
        made = [(self._full(item.entry.name), item.entry) for item in undoable]
        with keeping(cellar, self._base, mover.places, made) as folder:
            mover.move_all(folder)

    def _place(self, item: Planned) -> Placement:
        name = self._full(item.entry.name)
        replaces = item.action is not Action.CREATE
        above = self._absent.get(name.rpartition(b"/")[0])
        if above and not replaces and above in self._places:  # nearly every one of a new folder
            return Placement(item.entry, self._places[above].temporary + name[len(above) :])
        root = name if replaces else self._absent_above(name.rpartition(b"/")[0]) or name
        self._open_place(root, item if root == name else None)
        return Placement(item.entry, self._temporary(name, root), durable=replaces)

    def _open_place(self, root: bytes, item: Planned | None) -> None:
        if root in self._places:
            return
        parent = root.rpartition(b"/")[0]
        base = b"%b%b-%d" % (TEMPORARY_PREFIX, self._token, len(self._places))
        folder = item is None or item.entry.kind is Kind.FOLDER
        temporary = parent + b"/" + base if parent else base
        self._places[root] = Place(root, temporary, folder, item)

    def _temporary(self, name: bytes, root: bytes | None = None) -> bytes:
        root = self._absent_above(name) if root is None else root
        return self._places[root].temporary + name[len(root) :]

    def _full(self, name: bytes) -> bytes:
        return self._prefix + b"/" + name if self._prefix else name

    def _absent_above(self, folder: bytes) -> bytes:
        """The topmost folder on this way that does not exist, or nothing."""
        climbed = []
        while folder not in self._absent:
            climbed.append(folder)
            folder = folder.rpartition(b"/")[0]
        root = self._absent[folder]
        for name in reversed(climbed):
            if not root and not self._folders.holds(name):
                root = name
            self._absent[name] = root
        return root


def _conflict(plan: Plan) -> ConflictError:
    conflicts = plan.conflicts
    named = ", ".join(f"{printable(item.entry.name)} ({item.why})" for item in conflicts[:_NAMED])
    more = f" and {len(conflicts) - _NAMED} more" if len(conflicts) > _NAMED else ""
    count = "1 file is" if len(conflicts) == 1 else f"{len(conflicts)} files are"
    return ConflictError(
        f"{count} in the way in {plan.target}: {named}{more}.",
        saved=NOTHING_RESTORED,
        hint="Add --overwrite keep, replace (undo brings them back) or backup, or restore --to another folder.",
    )
