"""The parameters cell of a Python notebook, read as code and never run."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.workflow.documents.valuetypes import ValueType, not_json, parse_type, type_of_default

_TYPE_COMMENT = re.compile(r"#\s*type:\s*(?P<type>[^#]+?)\s*(?:$|#)")


@dataclass(frozen=True, slots=True)
class NotebookParameter:
    """One assignment of a parameters cell.

    Attributes:
        type: From its annotation or ``# type:`` comment, else what fits its default.
        annotated: Whether the type was written down.
        default: Where it is a JSON literal, else None.
        line: In the cell, from 1.
        help: The comment beside it.
        literal: Whether ``default`` is what the notebook has, and no expression stands there.
    """

    name: str
    type: ValueType
    annotated: bool
    default: JSON
    line: int
    help: str = ""
    literal: bool = True


@lru_cache(maxsize=4096)
def read_parameters(code: str) -> tuple[NotebookParameter, ...] | None:
    """What a parameters cell assigns, in order; None where it is not plain Python."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return None
    lines = code.splitlines()
    found = {each.name: each for statement in tree.body for each in _assigned(statement, lines)}
    return tuple(found.values())


def _assigned(statement: ast.stmt, lines: list[str]) -> Iterator[NotebookParameter]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            yield _parameter(name, ast.unparse(annotation), value, statement, lines)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                for name, own in _bound(target, value):
                    yield _parameter(name, "", own, statement, lines)


def _bound(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """The names of ``a, (b, *c) = 1, f()``, each with its own value where that stands there."""
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Starred(value=inner):
            yield from _bound(inner, None)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values: Sequence[ast.expr | None] = value.elts if isinstance(value, ast.Tuple | ast.List) else ()
            if len(values) != len(targets) or any(isinstance(each, ast.Starred) for each in (*targets, *values)):
                values = [None] * len(targets)
            for each, own in zip(targets, values, strict=True):
                yield from _bound(each, own)


def _parameter(
    name: str, annotation: str, value: ast.expr | None, statement: ast.stmt, lines: list[str]
) -> NotebookParameter:
    last = lines[(statement.end_lineno or statement.lineno) - 1]
    comment = last.encode()[statement.end_col_offset or 0 :].decode()
    typed = _TYPE_COMMENT.search(comment)
    annotation = annotation or (typed["type"] if typed else "")
    default = _literal(value)
    kind = parse_type(annotation) if annotation else None
    text = comment.replace(typed[0], "") if typed else comment
    return NotebookParameter(
        name,
        kind or type_of_default(default),
        kind is not None,
        default,
        statement.lineno,
        text.strip(" #\t"),
        default is not None or (isinstance(value, ast.Constant) and value.value is None),
    )


def _literal(value: ast.expr | None) -> JSON:
    if value is None:
        return None
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None
    found = list(found) if isinstance(found, tuple) else found
    return None if not_json(found) else found


def name_problem(name: str) -> str:
    """Why a name cannot be a parameter; empty where it can. A name becomes code, so nothing else may pass."""
    if not name.isidentifier():
        return f"{name!r} is not usable as a parameter's name."
    if keyword.iskeyword(name):
        return f"{name!r} is a word of Python, not usable as a parameter's name."
    if name.startswith("__"):
        return f"{name!r} begins with two underscores, not usable as a parameter's name."
    return ""
