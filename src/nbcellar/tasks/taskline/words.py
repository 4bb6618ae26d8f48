"""The words of a task line: blanks separate, quotes join, ``$name`` and ``${expression}`` stand for values.

IPython would expand ``{...}`` too, and so turn ``*.{jpg,png}`` into something else once those names exist; so
the line is read here, from the text as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from nbcellar.errors import UsageError

Lookup: TypeAlias = Callable[[str], object]
"""Evaluates an expression in the namespace of the cell; raises whatever that raises."""

NOT_RUN = "The cell was not run."
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression in a word stood for."""

    of: object


@dataclass(frozen=True, slots=True)
class Word:
    """One word, its expressions evaluated.

    Attributes:
        parts: Texts and values in order.
        quoted: It began with a quote, so it is no option.
        typed: As it stands in the line, with its quotes.
    """

    parts: tuple[str | Value, ...]
    quoted: bool = False
    typed: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The word as text; values in it by ``str``."""
        return "".join(part if isinstance(part, str) else str(part.of) for part in self.parts)

    @property
    def value(self) -> object:
        """The object itself where the word is one expression, else its text."""
        match self.parts:
            case (Value(of),):
                return of
            case _:
                return self.text

    def split_at(self, mark: str) -> tuple[str, Word] | None:
        """The text before the first mark, and the rest as a word; None where its leading text holds no mark."""
        if not self.parts or not isinstance(self.parts[0], str) or mark not in self.parts[0]:
            return None
        before, _, after = self.parts[0].partition(mark)
        typed = self.typed.partition(mark)[2]
        return before, Word((*([after] if after else []), *self.parts[1:]), quoted=True, typed=typed)


def split_words(line: str, lookup: Lookup) -> list[Word]:
    """Read a line.

    Raises:
        UsageError: A quote or brace is not closed, or an expression fails.
    """
    words: list[Word] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
        elif line[at] == "#":
            break
        else:
            word, at = _read_word(line, at, lookup)
            words.append(word)
    return words


def _read_word(line: str, start: int, lookup: Lookup) -> tuple[Word, int]:
    parts: list[str | Value] = []
    at = start
    quote = ""
    while at < len(line):
        char = line[at]
        if not quote and char.isspace():
            break
        if char == quote:
            quote, at = "", at + 1
        elif not quote and char in "'\"":
            quote, at = char, at + 1
        elif char == "$" and quote != "'":
            part, at = _read_value(line, at, lookup)
            parts.append(part)
        else:
            parts.append(char)
            at += 1
    if quote:
        raise UsageError(f"A quote {quote} is not closed in: {line.strip()}", saved=NOT_RUN)
    return Word(tuple(_joined(parts)), quoted=line[start] in "'\"", typed=line[start:at]), at


def _read_value(line: str, at: int, lookup: Lookup) -> tuple[str | Value, int]:
    """What begins with the ``$`` at this place, and where it ends."""
    if line.startswith("$$", at):
        return "$", at + 2
    if line.startswith("${", at):
        end = _closing(line, at + 2)
        return Value(_evaluate(line[at + 2 : end], lookup)), end + 1
    match = _NAME.match(line, at + 1)
    if match is None:
        return "$", at + 1
    return Value(_evaluate(match[0], lookup)), match.end()


def _closing(line: str, start: int) -> int:
    depth = 1
    for at in range(start, len(line)):
        depth += {"{": 1, "}": -1}.get(line[at], 0)
        if depth == 0:
            return at
    raise UsageError(f"A ${{ is not closed in: {line.strip()}", saved=NOT_RUN)


def _evaluate(expression: str, lookup: Lookup) -> object:
    try:
        return lookup(expression)
    except Exception as error:
        raise UsageError(
            f"${expression} in the task line could not be read: {type(error).__name__}: {error}.",
            saved=NOT_RUN,
            hint="Define it first, or put the word in single quotes if the $ is meant.",
        ) from error


def _joined(parts: list[str | Value]) -> Iterator[str | Value]:
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text or not parts:
        yield text
