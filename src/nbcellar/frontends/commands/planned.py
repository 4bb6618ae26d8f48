"""What a run would do, as people see it."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.display import Table, Tone
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON
from nbcellar.workflow.runs.planning import Action, Plan


@dataclass(frozen=True, repr=False)
class Planned(Answer):
    """What a run would do."""

    verb: ClassVar[str] = "run"
    plan: Plan

    def _facts(self) -> dict[str, JSON]:
        return {"name": self.plan.name, "dry_run": True, "steps": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [
            {"step": one.step, "action": one.action.value, "reason": one.reason, "ref": one.ref}
            for one in self.plan.steps
        ]

    def _blocks(self) -> list[Block]:
        words = {
            Action.RUN: "would run",
            Action.TAKE: "unchanged",
            Action.DEPENDS: "depends",
            Action.SKIP: "left out",
            Action.FAIL: "cannot run",
        }
        rows = [(one.step, words[one.action], f"{one.ref} {one.reason}".strip()) for one in self.plan.steps]
        tones = [Tone.BAD if one.action is Action.FAIL else Tone.PLAIN for one in self.plan.steps]
        return [Table(("Step", "What", "Why"), rows, tones=tones)]
