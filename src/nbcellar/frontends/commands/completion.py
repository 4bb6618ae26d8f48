"""What can follow on a line: verbs, options, names, references, files."""

from __future__ import annotations

import os
from collections.abc import Iterable

from nbcellar.errors import NbcellarError
from nbcellar.frontends.commands.command import Argument, Command, Count
from nbcellar.frontends.commands.parser import GLOBAL
from nbcellar.frontends.commands.registry import VERBS, command
from nbcellar.model import LabelKind
from nbcellar.reference import Ref
from nbcellar.store import Cellar, RunQuery, current

MOST = 200


def completions(words: list[str], cellar: Cellar | None = None) -> list[str]:
    """Words that the last of these can become.

    Args:
        words: Those after ``nbcellar`` or ``%cellar``, up to the cursor; the last may be empty.
    """
    if len(words) <= 1:
        return starting(words[-1] if words else "", VERBS)
    verb, *rest = words
    if verb not in VERBS:
        return []
    found, typed = command(verb), rest[-1]
    taken = _taken_by(found, rest[:-1])
    if taken is None and typed.startswith("-"):
        return starting(typed, [one.name for one in (*found.arguments, *GLOBAL) if one.option])
    argument = taken or _place(found, rest[:-1])
    return _values(argument, typed, cellar) if argument else []


def _taken_by(found: Command, before: list[str]) -> Argument | None:
    """The option whose value is being typed."""
    for one in (*found.arguments, *GLOBAL):
        if one.option and one.count is not Count.FLAG and before and before[-1] in (one.name, one.short):
            return one
    return None


def _place(found: Command, before: list[str]) -> Argument | None:
    places = [one for one in found.arguments if not one.option]
    filled = sum(1 for word in before if not word.startswith("-"))
    return places[min(filled, len(places) - 1)] if places else None


def _values(argument: Argument, typed: str, cellar: Cellar | None) -> list[str]:
    if argument.choices:
        return starting(typed, argument.choices)
    match argument.kind:
        case "ref":
            return references(typed, cellar)
        case "name":
            return starting(typed, _names(cellar))
        case "file":
            return files(typed)
        case _:
            return []


def references(typed: str, cellar: Cellar | None = None) -> list[str]:
    """References that begin so: names, then numbers and aliases after ``@``, then paths after ``/``."""
    try:
        place = cellar or current()
        if "/" in typed:
            return _paths(place, typed)
        if "@" in typed:
            return _versions(place, typed.partition("@")[0], typed)
        return starting(typed, _names(place))
    except NbcellarError:  # a key press must never raise: what cannot be read completes to nothing
        return []


def _names(cellar: Cellar | None) -> list[str]:
    place = cellar or current()
    return [one.name if one.project == place.project else f"{one.project}:{one.name}" for one in place.series()]


def _versions(cellar: Cellar, name: str, typed: str) -> list[str]:
    ref = Ref.parse(name)
    runs = cellar.runs(RunQuery(project=ref.project or cellar.project, name=ref.word, limit=MOST))
    aliases = [label.key for label in cellar.labels([run.id for run in runs]) if label.kind is LabelKind.ALIAS]
    return starting(typed, [f"{name}@{word}" for word in (*aliases, *(run.number for run in runs))])


def _paths(cellar: Cellar, typed: str) -> list[str]:
    ref, _, path = typed.partition("/")
    run = cellar.find(ref)
    if not run.asset:
        return []
    folder = path.rpartition("/")[0]
    folders, entries = cellar.manifest(run.asset).children(os.fsencode(folder), limit=1000)
    start = f"{ref}/{folder}/" if folder else f"{ref}/"
    found = [start + os.fsdecode(name) + "/" for name, _ in folders]
    base = [os.fsdecode(entry.name.rpartition(b"/")[2]) for entry in entries]
    return starting(typed, [*found, *(start + name for name in base)])


def files(typed: str) -> list[str]:
    """Files and folders that begin so."""
    folder, base = os.path.split(typed)
    try:
        found = sorted(os.scandir(folder or "."), key=lambda item: item.name)
    except OSError:  # a folder that is not there has nothing to offer
        return []
    names = [item.name + ("/" if item.is_dir() else "") for item in found if item.name.startswith(base)]
    return [os.path.join(folder, name) for name in names][:MOST]


def starting(typed: str, known: Iterable[str]) -> list[str]:
    """Those that begin so."""
    return [word for word in known if word.startswith(typed)][:MOST]
