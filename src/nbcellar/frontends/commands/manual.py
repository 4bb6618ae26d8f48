"""Help, examples first; ``python -m nbcellar.frontends.commands.manual`` makes a page of the documentation of it."""

from __future__ import annotations

import sys

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


INTRODUCTION = """# Commands

Each verb is typed in three ways: `nbcellar VERB` in a terminal, `%cellar VERB` in a notebook, and as
a function of `import nbcellar as cellar`. Data goes to stdout, messages to stderr. In a notebook `$name`
stands for a value.

This page is written by `python -m nbcellar.frontends.commands.manual > docs/commands.md`.
"""
JSON_WORDS = """With `--json`, the document names its form: `"schema": "nbcellar/VERB/1"`. Names that are not UTF-8 have
their bytes beside them, as `path_b64`. An error is one JSON document on stderr."""
EXAMPLES = "<!-- not run: each line is an example on its own, for names that your cellar has -->"


def document() -> str:
    """The page ``docs/commands.md``."""
    parts = [INTRODUCTION, "## Everywhere", "", "| Option | Meaning |", "|---|---|"]
    parts += [f"| {_code(_spelling(argument))} | {argument.help} |" for argument in GLOBAL]
    parts += ["", JSON_WORDS, "", "| Exit code | Meaning |", "|---|---|"]
    parts += [f"| {code} | {meaning} |" for code, meaning in EXITS]
    for verb in VERBS:
        parts += _section(command(verb))
    return "\n".join(parts) + "\n"


def _section(one: Command) -> list[str]:
    lines = [(f"nbcellar {line}", f"# {purpose}") for line, purpose in one.examples]
    parts = ["", f"## {one.name}", "", one.summary, "", EXAMPLES, "```bash"]
    parts += [line.removeprefix("  ") for line in _columns(lines)]
    parts += ["```", "", f"`{usage(one)}`"]
    if one.arguments:
        parts += ["", "|  | Meaning |", "|---|---|"]
        parts += [f"| {_code(_word(argument))} | {argument.help} |" for argument in one.arguments]
    if one.python:
        parts += ["", f"In Python: `{one.python}`"]
    return parts


def _word(argument: Argument) -> str:
    return _spelling(argument) if argument.option else argument.name


def _code(text: str) -> str:
    """Code in a table's cell, where a bar would end the cell."""
    return "`" + text.replace("|", "\\|") + "`"


if __name__ == "__main__":
    sys.stdout.write(document())
