"""The card after a task: what became of it, as lines of words, before anything is plain text or HTML."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from nbcellar.assets.display import count_text, seconds_text, size_text, visible
from nbcellar.assets.facts import asset_facts, entry_facts, input_facts, run_facts
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Input, InputKind, InputOrigin, RunStatus
from nbcellar.tasks.attempts.outcome import Outcome

MOST_FILES = 200
MOST_INPUTS = 50
IN_LINE = 5


LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file: ``+`` new, ``~`` changed, ``-`` gone."""

    mark: str
    name: bytes
    size_bytes: int

    def __str__(self) -> str:
        size = "" if self.mark == "-" else f" {size_text(self.size_bytes)}"
        name = visible(self.name)
        if len(name) > LONGEST_NAME:  # the table has it whole
            name = f"{name[: LONGEST_NAME // 2]}…{name[-(LONGEST_NAME // 3) :]}"
        return f"{self.mark} {name}{size}"


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says.

    Attributes:
        mark: ``✓``, ``✗`` or ``↺``.
        head: Parts of the first line, in order; the first is the task's name.
        files: New and changed ones first, then gone ones; ``same`` counts the rest.
        more: How many lines of files there are beyond these.
        more_inputs: How many inputs there are beyond those that are named.
        notes: Sentences.
    """

    mark: str
    head: tuple[str, ...]
    reason: tuple[str, ...] = ()
    files: tuple[FileLine, ...] = ()
    same: int = 0
    more: int = 0
    inputs: tuple[str, ...] = ()
    more_inputs: int = 0
    params: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def files_text(self) -> str:
        """All files in one line."""
        words = [str(line) for line in self.files[:IN_LINE]]
        hidden = len(self.files) - len(words) + self.more
        words += [f"{hidden:,} more"] if hidden else []
        words += [f"= {self.same:,} same"] if self.same else []
        return ", ".join(words)

    def inputs_text(self) -> str:
        """All inputs in one line."""
        words = list(self.inputs[:IN_LINE])
        hidden = len(self.inputs) - len(words) + self.more_inputs
        return ", ".join([*words, f"{hidden:,} more"] if hidden else words)


def card_of(outcome: Outcome) -> Card:
    """The card of a finished task."""
    files, same, more = _files(outcome)
    return Card(
        mark=_mark(outcome),
        head=tuple(_head(outcome)),
        reason=() if outcome.run.status is RunStatus.CACHED else outcome.reason,
        files=files,
        same=same,
        more=more,
        inputs=tuple(_input(one) for one in outcome.inputs[:MOST_INPUTS]),
        more_inputs=max(0, len(outcome.inputs) - MOST_INPUTS),
        params=tuple(f"{visible(name)}={visible(_short(value))}" for name, value in outcome.run.params.items()),
        notes=tuple(_notes(outcome)),
    )


def _mark(outcome: Outcome) -> str:
    match outcome.run.status:
        case RunStatus.SUCCEEDED:
            return "✓"
        case RunStatus.CACHED:
            return "↺"
        case _:
            return "✗"


def _head(outcome: Outcome) -> Iterator[str]:
    run, seconds = outcome.run, seconds_text(outcome.seconds)
    if run.status not in (RunStatus.SUCCEEDED, RunStatus.CACHED):
        word = "interrupted" if run.status is RunStatus.INTERRUPTED else "failed"
        tries = f" (attempt {outcome.attempt} of {outcome.attempts or '∞'})" if outcome.attempts != 1 else ""
        yield run.name
        yield f"{run.ref} {word} after {seconds}{tries}"
        if outcome.error:
            yield visible(outcome.error)
        if run.asset is not None:
            yield f"{count_text(run.asset.entry_count, 'file')} kept for 7 days"
        return
    yield run.name
    if run.status is RunStatus.CACHED:
        yield from outcome.reason
        return
    if run.asset is None or run.asset.entry_count == 0:
        left_out = f"kept none of the {count_text(outcome.unmatched, 'file')} that it wrote: none matches"
        yield f"{run.ref} · {left_out if outcome.unmatched else 'wrote no files'}"
    else:
        yield f"{run.ref} {run.asset.digest.hex()[:7]}"
        yield _size(outcome)
    yield seconds


def _size(outcome: Outcome) -> str:
    asset, saved, previous = outcome.run.asset, outcome.saved, outcome.previous
    assert asset is not None
    text = f"{count_text(asset.entry_count, 'file')}, {size_text(asset.size_bytes)}"
    if previous is not None and previous.asset is not None and previous.asset.digest == asset.digest:
        return f"{text} (= {previous.ref})"
    return f"{text} (+{size_text(saved.new_bytes)} new)" if saved is not None else text


def _files(outcome: Outcome) -> tuple[tuple[FileLine, ...], int, int]:
    changes = outcome.changes
    if changes is None:
        return (), 0, 0
    lines = [FileLine("+", entry.name, entry.size_bytes) for entry in changes.new]
    lines += [FileLine("~", change.after.name, change.after.size_bytes) for change in changes.changed]
    if outcome.run.status is RunStatus.SUCCEEDED:  # a failed run did not get to all of its files
        lines += [FileLine("-", entry.name, entry.size_bytes) for entry in changes.gone]
    return tuple(lines[:MOST_FILES]), len(changes.same), max(0, len(lines) - MOST_FILES)


def _input(one: Input) -> str:
    path = visible(one.path)
    if one.kind is InputKind.ASSET:
        return f"{one.alias or os.path.basename(path)} ← {path}"
    word = {InputKind.MODULE: "module", InputKind.LISTING: "folder", InputKind.URL: "URL"}.get(one.kind, "")
    how = {InputOrigin.DECLARED: one.alias, InputOrigin.FOUND: "found", InputOrigin.LITERAL: "named"}[one.origin]
    return " ".join(part for part in (word or how, path) if part)


def _notes(outcome: Outcome) -> Iterator[str]:
    yield from (visible(note) for note in outcome.notes)
    if outcome.elsewhere:
        shown = ", ".join(visible(path) for path in outcome.elsewhere[:IN_LINE])
        more = len(outcome.elsewhere) - IN_LINE
        yield f"written elsewhere, not saved: {shown}" + (f" and {more} more" if more > 0 else "")


def _short(value: JSON) -> str:
    match value:
        case {"type": str(), "text": str(text)}:  # a path, a date
            return text
        case {"asset": str(ref), "digest": str()}:
            return ref
        case {"type": str(kind), "fingerprint": str(digest)}:
            return f"{kind} {digest[:7]}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def facts_of(outcome: Outcome) -> dict[str, JSON]:
    """What a front end needs to show the asset itself; it asks the server for more."""
    facts: dict[str, JSON] = {"schema": "nbcellar/asset/1", "store": outcome.store, **run_facts(outcome.run)}
    if outcome.run.asset is not None:
        facts |= asset_facts(outcome.run.asset)
    changes = outcome.changes
    entries = [*changes.new, *(change.after for change in changes.changed)] if changes is not None else []
    facts["entries"] = [entry_facts(entry) for entry in entries[:20]]
    facts["inputs"] = [input_facts(one) for one in outcome.inputs[:20]]
    return facts
