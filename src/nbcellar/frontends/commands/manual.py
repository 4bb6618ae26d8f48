"""Help: examples first. The pages of the documentation are made from the same."""

from __future__ import annotations

from nbcellar.frontends.commands.command import Argument, Command, Count
from nbcellar.frontends.commands.parser import GLOBAL
from nbcellar.frontends.commands.registry import VERBS, command

EXITS = (
    (0, "done"),
    (1, "the run or task failed, or a file could not be read"),
    (2, "the line cannot be meant"),
    (3, "not found"),
    (4, "it would overwrite, somebody else holds it, or it is in conflict"),
    (5, "the store is unreachable, refused or full"),
    (6, "damage was found"),
    (7, "refused as unsafe"),
    (8, "the store was written by a newer version"),
    (130, "interrupted"),
)


def overview() -> str:
    """What ``nbcellar --help`` shows."""
    verbs = [(verb, command(verb).summary) for verb in VERBS]
    return "\n".join(
        [
            "nbcellar: notebook cells that keep what they write.",
            "",
            "Examples",
            *_columns(
                [
                    ("nbcellar save results", "keep what is in this folder, as `results`"),
                    ("nbcellar ls", "the names that are kept, with their newest version"),
                    ("nbcellar restore train@3 --to out", "the files of run 3 of `train`"),
                ]
            ),
            "",
            "Verbs (`nbcellar VERB --help` says more)",
            *_columns(verbs),
            "",
            "Everywhere",
            *_columns([(_spelling(argument), argument.help) for argument in GLOBAL]),
            "",
            "Exit codes",
            *_columns([(str(code), meaning) for code, meaning in EXITS]),
        ]
    )


def page(one: Command) -> str:
    """What ``nbcellar VERB --help`` shows."""
    places = [argument for argument in one.arguments if not argument.option]
    options = [argument for argument in one.arguments if argument.option]
    parts = [f"nbcellar {one.name}: {one.summary}", "", "Examples"]
    parts += _columns([(f"nbcellar {line}", purpose) for line, purpose in one.examples])
    parts += ["", "Usage", f"  {usage(one)}"]
    if places:
        parts += ["", "Words", *_columns([(argument.name, argument.help) for argument in places])]
    if options:
        parts += ["", "Options", *_columns([(_spelling(argument), argument.help) for argument in options])]
    if one.python:
        parts += ["", f"In Python: {one.python}"]
    return "\n".join(parts)


def usage(one: Command) -> str:
    """One line such as ``nbcellar show REF [--match GLOB]…``."""
    shapes = []
    for argument in one.arguments:
        text = argument.name if not argument.option else _spelling(argument).split(", ")[-1]
        match argument.count:
            case Count.ONE:
                shapes.append(text)
            case Count.SOME:
                shapes.append(f"{text}…")
            case Count.MANY:
                shapes.append(f"[{text}]…")
            case Count.OPTIONAL | Count.FLAG:
                shapes.append(f"[{text}]")
    return " ".join(["nbcellar", one.name, *shapes])


def _spelling(argument: Argument) -> str:
    value = "" if argument.count is Count.FLAG else f" {_value(argument)}"
    return f"{argument.short}, {argument.name}{value}" if argument.short else f"{argument.name}{value}"


def _value(argument: Argument) -> str:
    return "|".join(argument.choices) if argument.choices else argument.metavar or argument.key.upper()


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    width = max(len(left) for left, _ in rows)
    return [f"  {left:{width}}  {right}".rstrip() for left, right in rows]
