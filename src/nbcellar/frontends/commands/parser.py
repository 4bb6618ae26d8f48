"""From the words of a line to a verb and what it was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.registry import command
from nbcellar.frontends.commands.words import Words
from nbcellar.lightclasses import dataclass

GLOBAL = (
    Argument("--store", "another store: a folder or URL", metavar="URL"),
    Argument("--json", "one JSON document on stdout", Count.FLAG),
    Argument("--jsonl", "one JSON value a line", Count.FLAG),
    Argument("--quiet", "no messages and no progress on stderr", Count.FLAG, short="-q"),
    Argument("--verbose", "where an error came from, too", Count.FLAG, short="-v"),
    Argument("--no-color", "no colour, also on a terminal", Count.FLAG),
    Argument("--yes", "do what would ask first", Count.FLAG),
    Argument("--help", "this text", Count.FLAG, short="-h"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was understood.

    Attributes:
        command: None where only help or the version was asked for.
    """

    command: Command | None
    given: Given
    json: bool = False
    jsonl: bool = False
    colour: bool = True
    help: bool = False
    version: bool = False


def parse(words: Sequence[str]) -> Line:
    """Understand a line.

    Raises:
        UsageError: An unknown verb or option, a missing or a superfluous word.
    """
    at = _verb_place(words)
    if at is None:
        unknown = [word for word in words if word not in _spellings(GLOBAL) and word != "--version"]
        if unknown and unknown[0].startswith("-"):
            raise _unknown(unknown[0], [*_spellings(GLOBAL), "--version"], "nbcellar")
        return Line(None, Given({}), help=True, version="--version" in words)
    rest = [*words[:at], *words[at + 1 :]]
    if words[at] == "help":
        verb = next((word for word in rest if not word.startswith("-")), "")
        return Line(command(verb) if verb else None, Given({}), help=True)
    found = command(words[at])
    if {"--help", "-h"} & set(rest):
        return Line(found, Given({}), help=True)
    return _read(found, rest)


def _read(found: Command, words: list[str]) -> Line:
    arguments = (*found.arguments, *GLOBAL)
    _check_options(found, words, _spellings(arguments))
    values = Words(found, arguments).read(words)
    given = Given(
        values,
        store_url=str(values["store"]),
        yes=values["yes"] is True,
        quiet=values["quiet"] is True,
        verbose=values["verbose"] is True,
    )
    return Line(
        found,
        given,
        json=values["json"] is True,
        jsonl=values["jsonl"] is True,
        colour=values["no_color"] is False,
    )


def _verb_place(words: Sequence[str]) -> int | None:
    """Where the verb is: the first word that is neither an option nor the value of ``--store``."""
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word == "--store":
            skip = True
        elif not word.startswith("-"):
            return at
    return None


def _spellings(arguments: Iterable[Argument]) -> list[str]:
    options = [argument for argument in arguments if argument.option]
    return [name for argument in options for name in (argument.name, argument.short) if name]


def _check_options(found: Command, words: Sequence[str], known: list[str]) -> None:
    for word in words:
        if word == "--":
            return
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        if word.startswith("-") and word != "-" and name not in known:
            raise _unknown(name, known, f"nbcellar {found.name}", found.slips.get(name, ""))


def _unknown(name: str, known: list[str], whose: str, hint: str = "") -> UsageError:
    hint = hint or did_you_mean(name, known) or f"See `{whose} --help`."
    return UsageError(f"{whose} has no option {name!r}.", hint=hint)
