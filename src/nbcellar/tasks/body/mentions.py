"""The paths that code mentions: by text, by names, entries and fields that hold paths, and by what joins them.

What a C library or another process opens, no hook sees; but the body says where. ``RESULTS / f"{site}.nc"`` is read
with the values that the names have, and nothing is called but the joining of paths.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath

from nbcellar.lightclasses import dataclass
from nbcellar.tasks.body.code import Code, may_be_path

MOST_ITEMS = 1000
"""Longer lists of paths are not looked through."""

_JOINING = frozenset({"join", "joinpath", "Path", "PurePath", "PosixPath", "str", "fspath", "abspath", "expanduser"})


def mentioned(code: Code, namespace: Mapping[str, object]) -> set[str]:
    """Every text that could be a path: those of the code itself, and what its names and joins come to."""
    reader = _Reader(namespace)
    found: set[str] = set()
    for node in ast.walk(code.tree):
        with suppress(Exception):  # an object may raise anything when it is looked at, and names no file then
            found.update(reader.paths(node))
    return code.named_paths() | {text for text in found if may_be_path(text)}


@dataclass(frozen=True, slots=True)
class _Reader:
    namespace: Mapping[str, object]

    def paths(self, node: ast.AST) -> Iterator[str]:
        """What a node of the tree comes to, where that may be a path."""
        match node:
            case ast.Name(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                yield from _texts(self._value(node))
            case ast.BinOp(op=ast.Div() | ast.Add()) | ast.JoinedStr() | ast.Call():
                text = self.text(node)
                if text is not None:
                    yield text
            case _:
                pass

    def text(self, node: ast.expr) -> str | None:
        """The text of an expression; None where it holds anything but texts, paths, names of such, and joins."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Constant(value=int(number)):
                return str(number)
            case ast.Name() | ast.Subscript() | ast.Attribute():
                return _text(self._value(node))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined([left, right], "/")
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([left, right], "")
            case ast.JoinedStr(values=values):
                return self._joined(values, "")
            case ast.FormattedValue(value=value, format_spec=None):
                return self.text(value)
            case ast.Call(func=func, args=args, keywords=[]) if args and _called(func) in _JOINING:
                own = [func.value] if isinstance(func, ast.Attribute) and func.attr == "joinpath" else []
                return self._joined([*own, *args], "/")
            case _:
                return None

    def _value(self, node: ast.expr) -> object:
        """What is at a place: a name, an entry of a dict or list, a field; nothing of the user's is called for it."""
        match node:
            case ast.Name(id=name):
                return self.namespace.get(name)
            case ast.Subscript(value=whole, slice=ast.Constant(value=str() | int() as key)):
                return _entry(self._value(whole), key)
            case ast.Attribute(value=whole, attr=name):
                return _field(self._value(whole), name)
            case _:
                return None

    def _joined(self, nodes: list[ast.expr], separator: str) -> str | None:
        parts = [self.text(node) for node in nodes]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return os.path.join(*known) if separator else "".join(known)


def _entry(whole: object, key: str | int) -> object:
    match whole:
        case dict():
            return dict.get(whole, key)
        case list() | tuple() if isinstance(key, int) and -len(whole) <= key < len(whole):
            return whole[key]
        case _:
            return None


def _field(whole: object, name: str) -> object:
    """A field that an object, class or module holds itself, no property."""
    try:
        fields = object.__getattribute__(whole, "__dict__")
    except AttributeError:
        return None
    return fields.get(name) if isinstance(fields, Mapping) else None


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _text(value: object) -> str | None:
    # No other os.PathLike is asked where it is: that may be the user's code, or lay out a file of an asset.
    return str(value) if isinstance(value, str | int | PurePath) and not isinstance(value, bool) else None


def _texts(value: object) -> Iterator[str]:
    many = value if isinstance(value, list | tuple) and len(value) <= MOST_ITEMS else (value,)
    yield from (str(item) for item in many if isinstance(item, str | PurePath))
