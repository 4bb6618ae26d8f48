"""What became of a task: all that a card shows, and nothing that asks the store again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from nbcellar.assets.comparing.differ import Diff
from nbcellar.assets.saving.archiver import Saved, Step
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import Input, Run


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished task.

    Attributes:
        run: As published.
        saved: None where it wrote nothing, or its files were dropped.
        previous: The success before, which ``changes`` compares with.
        paths: Absolute path of each saved file on disk, by its name in the asset; for thumbnails.
        inputs: What the body read, with every input that was declared.
        notes: Lines for the card, each a sentence.
        elsewhere: Files that were written outside of the project, and are not saved.
        error: The body's exception, in one line; empty after a success.
        attempt: The last one, counted from 1, of at most ``attempts``; None for no limit.
        reason: Why the cache was not used, or was; one line each.
        store: Uuid of the store.
        summary: How much to show: ``card``, ``line`` or ``off``.
        unmatched: How many of the files that it wrote the glob left out.
    """

    run: Run
    seconds: float
    saved: Saved | None = None
    previous: Run | None = None
    changes: Diff | None = None
    paths: Mapping[bytes, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    notes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    error: str = ""
    attempt: int = 1
    attempts: int | None = 1
    reason: tuple[str, ...] = ()
    store: str = ""
    summary: str = "card"
    unmatched: int = 0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What ``--dry-run`` tells: nothing ran, nothing was stored."""

    name: str
    inputs: tuple[Input, ...]
    params: Mapping[str, object]
    reason: tuple[str, ...] = ()


class Listener(Protocol):
    """Who shows what a task does."""

    def say(self, text: str) -> None:
        """One line, now: a wait, a failed attempt that is followed by another."""

    def saving(self, name: str, step: Step) -> None:
        """Files are being stored; called from any thread, often."""

    def finished(self, outcome: Outcome) -> None:
        """The task has ended."""

    def rehearsed(self, rehearsal: Rehearsal) -> None:
        """A dry run."""


class Silent:
    """Shows nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def saving(self, name: str, step: Step) -> None:
        """Nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Nothing."""

    def rehearsed(self, rehearsal: Rehearsal) -> None:
        """Nothing."""
