"""Restore from the browser: the plan first, then the files, then the way back."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nbcellar.assets.display import count_text, visible
from nbcellar.assets.restoring.plan import WRITES, Action, Plan, Planned, Policy
from nbcellar.assets.restoring.restorer import execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.errors import NotFoundError, UnsafeError, UsageError
from nbcellar.frontends.browsing.keys import name_of
from nbcellar.frontends.browsing.listing import asset_of, ref_of, shown_name
from nbcellar.frontends.browsing.outcomes import PlanRow, Restored, RestorePlan, Undone
from nbcellar.frontends.browsing.question import Question
from nbcellar.model import Run
from nbcellar.store import Cellar

_ROWS = 500
_ORDER = (
    Action.CONFLICT,
    Action.UNSAFE,
    Action.REPLACE,
    Action.BACKUP,
    Action.CREATE,
    Action.KEEP,
    Action.SAME,
)  # what needs looking at comes first


class Restoring:
    """Restores from one cellar; relative targets are read from ``base``, and none may lie outside of ``within``."""

    def __init__(self, cellar: Cellar, base: Callable[[], Path], within: Path | None = None) -> None:
        self._cellar = cellar
        self._base = base
        self._within = within

    def plan(self, question: Question) -> RestorePlan:
        """What would happen to each file; nothing is written.

        Raises:
            UsageError: The policy or the key is none.
            NotFoundError: There is no such run or file.
        """
        run = self._cellar.run(question.text("run"))
        made = self._plan(run, question)
        planned = sorted(made.planned, key=lambda item: _ORDER.index(item.action))
        return RestorePlan(
            ref=ref_of(run, self._cellar.project),
            target=self._shown(made.target),
            counts={action.value: len(made.names(action)) for action in _ORDER},
            size_bytes=made.total_bytes,
            rows=tuple(_row(item) for item in planned[:_ROWS]),
            possible=not made.conflicts,
        )

    def restore(self, question: Question) -> Restored:
        """Write the files: all of them or none.

        Raises:
            ConflictError: A file stands in the way that is saved nowhere.
        """
        run = self._cellar.run(question.text("run"))
        made = self._plan(run, question)
        written = sum(item.action in WRITES for item in made.planned)
        execute(self._cellar, made)
        return Restored(written, self._shown(made.target), can_undo=written > 0)

    def undo(self) -> Undone:
        """Take the newest restore back.

        Raises:
            NotFoundError: There is none.
            ConflictError: Its files were changed since.
        """
        done = undo(self._cellar)
        parts = []
        if done.put_back:
            parts.append(f"{count_text(len(done.put_back), 'file')} put back")
        if done.removed:
            parts.append(f"{count_text(len(done.removed), 'file')} removed")
        return Undone(f"Undone: {', '.join(parts) or 'nothing had changed'}.")

    def _plan(self, run: Run, question: Question) -> Plan:
        name = name_of(question.text("key"))
        target = self._target(question.text("to") or ".")
        made = plan(
            self._cellar,
            asset_of(run),
            target,
            policy=_policy(question.text("policy") or "safe"),
            match=_below(name) if name else None,
        )
        if not made.planned:
            raise NotFoundError(f"{run.ref} holds no {shown_name(name)!r}.")
        return made

    def _target(self, text: str) -> Path:
        try:
            target = self._base() / Path(text).expanduser() if self._within is None else (self._base() / text).resolve()
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):  # the plan says so where it matters
                os.lstat(target)
        except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, links in a circle, nobody's home
            raise _no_folder(text) from error
        if self._within is None:
            return target
        if not target.is_relative_to(self._within.resolve()):
            raise UnsafeError(
                f"{text!r} lies outside of the folder that this server shows.", hint="Choose a folder inside of it."
            )
        return target

    def _shown(self, target: Path) -> str:
        base = self._base()
        if not target.is_relative_to(base):
            return str(target)
        return "." if target == base else f"./{target.relative_to(base)}"


def _no_folder(text: str) -> UsageError:
    return UsageError(f"{visible(text[:100])!r} cannot be a folder.", hint="Name one below the folder that is shown.")


def _below(name: bytes) -> Callable[[bytes], bool]:
    folder = name + b"/"
    return lambda entry: entry == name or entry.startswith(folder)


def _policy(word: str) -> Policy:
    try:
        return Policy(word)
    except ValueError as error:
        raise UsageError(f"{word!r} is no policy.", hint=f"Policies are {', '.join(Policy)}.") from error


def _row(item: Planned) -> PlanRow:
    return PlanRow(shown_name(item.entry.name), item.action.value, item.why)
