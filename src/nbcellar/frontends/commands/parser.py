"""From the words of a line to a verb and what it was given."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from typing import NoReturn

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.registry import command
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
    parser = _Parser(prog=f"nbcellar {found.name}", add_help=False, allow_abbrev=False)
    for argument in arguments:
        _add(parser, argument)
    values: dict[str, str | bool | list[str]] = vars(parser.parse_intermixed_args(words))
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


class _Parser(argparse.ArgumentParser):
    """One that raises instead of ending the process: in a notebook that would be the kernel."""

    def error(self, message: str) -> NoReturn:
        text = message
        for pattern, said in VOICE:
            match = re.fullmatch(pattern, message)
            if match:
                text = said.format(*match.groups())
                break
        raise UsageError(f"`{self.prog}` {text}.", hint=f"See `{self.prog} --help`.")


VOICE = (
    (r"the following arguments are required: (.*)", "needs {0}"),
    (r"unrecognized arguments: (.*)", "does not take {0!r}"),
    (r"argument (?:\S+/)?(--\S+): invalid choice: '(.*)' \(choose from (.*)\)", "cannot take {0} {1}: choose from {2}"),
    (r"argument (?:\S+/)?(--\S+): expected one argument", "needs a value for {0}"),
)
"""What argparse says, and how we do."""


def _add(parser: argparse.ArgumentParser, argument: Argument) -> None:
    choices = argument.choices or None
    if not argument.option:
        shape = {Count.ONE: None, Count.OPTIONAL: "?", Count.MANY: "*", Count.SOME: "+"}[argument.count]
        default: str | list[str] = [] if argument.count in (Count.MANY, Count.SOME) else ""
        parser.add_argument(argument.key, metavar=argument.name, nargs=shape, default=default)
        return
    names = [argument.short, argument.name] if argument.short else [argument.name]
    match argument.count:
        case Count.FLAG:
            parser.add_argument(*names, dest=argument.key, action="store_true")
        case Count.MANY | Count.SOME:
            parser.add_argument(*names, dest=argument.key, action="append", default=[], choices=choices)
        case _:
            required = argument.count is Count.ONE
            parser.add_argument(*names, dest=argument.key, default="", choices=choices, required=required)


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
            raise _unknown(name, known, f"nbcellar {found.name}")


def _unknown(name: str, known: list[str], whose: str) -> UsageError:
    return UsageError(f"{whose} has no option {name!r}.", hint=did_you_mean(name, known) or f"See `{whose} --help`.")
