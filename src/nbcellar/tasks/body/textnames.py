"""Names that a body reads from inside of texts: ``!cp $source x``, ``df.query("year == @year")``, ``eval("a + b")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbcellar.tasks.body.freenames import free_names

_LONGEST = 100_000
_DOLLAR = re.compile(r"(?<!\$)\$([A-Za-z_]\w*)|\{([^{}]+)\}")
_AT = re.compile(r"@([A-Za-z_]\w*)")


def names_in_texts(tree: ast.Module) -> set[str]:
    """Names that texts may stand for, in doubt too many."""
    return {name for node in ast.walk(tree) for name in _names(node)}


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))), args=arguments):
            for text in _texts(arguments):
                yield from _of_line(text)
        case ast.Call(func=ast.Name(id="eval" | "exec"), args=[ast.Constant(value=str(text)), *_]):
            yield from _of_code(text)
        case ast.Call(func=ast.Attribute(attr="query" | "eval"), args=arguments):
            for text in _texts(arguments):
                yield from _AT.findall(text)
        case _:
            pass


def _texts(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        match argument:
            case ast.Constant(value=str(text)) if len(text) <= _LONGEST:
                yield text


def _of_line(text: str) -> Iterator[str]:
    """What IPython puts into a shell line or a magic's line."""
    for name, expression in _DOLLAR.findall(text):
        if name:
            yield name
        else:
            yield from _of_code(expression)


def _of_code(text: str) -> set[str]:
    try:
        return free_names(ast.parse(text))
    except (SyntaxError, ValueError):
        return set()
