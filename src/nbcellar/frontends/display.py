"""Shows tasks in a cell: progress that the card replaces, lines in a log, the card."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from nbcellar.assets.display import count_text, size_text
from nbcellar.assets.facts import ASSET_TYPE
from nbcellar.assets.saving.archiver import Step
from nbcellar.frontends import cards_html, cards_text
from nbcellar.frontends.cards import card_of, facts_of
from nbcellar.frontends.commands.reporting import logs_only
from nbcellar.frontends.thumbnails import thumbnails
from nbcellar.model import JSON
from nbcellar.tasks.attempts.outcome import Outcome, Rehearsal

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import DisplayHandle

PATIENCE_S = 0.5
"""Before this, nothing is shown of a save under way."""

BETWEEN_S = 0.2


class CellListener:
    """Shows what a task does below its cell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._begun = 0.0
        self._shown = 0.0
        self._handle: DisplayHandle | None = None

    def say(self, text: str) -> None:
        """One line."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201

    def saving(self, name: str, step: Step) -> None:
        """At most five times a second, from the third of a second on."""
        now = time.monotonic()
        if not self._begun:
            self._begun = now
        if now - self._begun < PATIENCE_S or now - self._shown < BETWEEN_S:
            return
        self._shown = now
        text = (
            f"Saving {name}: {step.files:,} of {count_text(step.file_count, 'file')}, "
            f"{size_text(step.size_bytes)} of {size_text(step.total_bytes)}"
        )
        if logs_only() or not may_ask(self.shell):
            self.say(text)
            self._shown = now + 10
        else:
            self._show({"text/plain": text})

    def finished(self, outcome: Outcome) -> None:
        """The card, where the progress was."""
        bundle = bundle_of(outcome)
        if bundle:
            self._show(bundle)
        elif self._handle is not None:
            self._show({"text/plain": ""})
        self._begun = self._shown = 0.0
        self._handle = None

    def rehearsed(self, rehearsal: Rehearsal) -> None:
        """A dry run."""
        self._show({"text/plain": rehearsal_text(rehearsal)})
        self._handle = None

    def _show(self, bundle: dict[str, JSON]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)  # type: ignore[no-untyped-call]


def may_ask(shell: object) -> bool:
    """Whether the cell may ask for input: whoever sits at a notebook can be asked, papermill cannot."""
    return getattr(getattr(shell, "kernel", None), "_allow_stdin", True) is not False


def bundle_of(outcome: Outcome) -> dict[str, JSON]:
    """The card in every form; empty where none is wanted."""
    if outcome.summary == "off":
        return {}
    card = card_of(outcome)
    if outcome.summary == "line":
        return {"text/plain": cards_text.line(card), "text/html": cards_html.line(card), ASSET_TYPE: facts_of(outcome)}
    return {
        "text/plain": cards_text.text(card),
        "text/html": cards_html.html(card, thumbnails(outcome.paths)),
        ASSET_TYPE: facts_of(outcome),
    }


def rehearsal_text(rehearsal: Rehearsal) -> str:
    """What a dry run tells."""
    lines = [f"{rehearsal.name}: a dry run; nothing ran, nothing was stored", *(f"  {one}" for one in rehearsal.reason)]
    lines += [f"  Input: {one.alias + ' ← ' if one.alias else ''}{one.path}" for one in rehearsal.inputs]
    lines += [f"  Param: {name}={value!r}" for name, value in rehearsal.params.items()]
    return "\n".join(lines)
