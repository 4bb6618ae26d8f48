"""What the code of a body says about itself: the paths that it names, and the words of its shell lines."""

from __future__ import annotations

import ast
import inspect
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_LONGEST_PATH = 1024


@dataclass(frozen=True)
class Code:
    """A body.

    Attributes:
        text: As typed, for people.
        source: As Python, magics and shell lines turned into calls; the same but for comments and formatting is the
            same source.
        broken: The error of a statement that does not compile, which ends the body.
    """

    text: str
    source: str
    broken: str = ""

    @cached_property
    def tree(self) -> ast.Module:
        """The source, parsed."""
        return ast.parse(self.source)

    @property
    def awaits(self) -> bool:
        """Whether it awaits at the top, and so runs as a coroutine."""
        if "await" not in self.source and "async" not in self.source:
            return False
        code = compile(self.source, "<body>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        return bool(code.co_flags & inspect.CO_COROUTINE)

    def named_paths(self) -> set[str]:
        """Every text in it that could be a path."""
        return {text for text in _texts(self.tree) if may_be_path(text)}


def _texts(tree: ast.Module) -> Iterator[str]:
    indices = {node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)}  # columns, entries of assets
    for node in ast.walk(tree):
        match node:
            case ast.Constant() if node in indices:
                pass
            case ast.Constant(value=str(text)):
                yield text
                if " " in text or ">" in text:
                    yield from _shell_words(text)
            case ast.BinOp(op=ast.Div()):  # Path("data") / "a.csv"
                joined = _joined(node)
                if joined:
                    yield joined
            case _:
                pass


def _joined(node: ast.expr) -> str:
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(last))):
            first = _joined(left)
            return f"{first}/{last}" if first else ""
        case ast.Call(args=[ast.Constant(value=str(text))]):
            return text
        case _:
            return ""


def _shell_words(text: str) -> list[str]:
    if len(text) > 100_000:
        return []
    try:
        return [word for line in text.splitlines() for word in shlex.split(line.replace(">", " > "), comments=True)]
    except ValueError:  # prose with an apostrophe
        return []


def may_be_path(text: str) -> bool:
    """Whether a text can name a file at all."""
    return 0 < len(text) < _LONGEST_PATH and "\n" not in text and "\0" not in text and "://" not in text
