"""The texts that the user's own functions hold, which a body reaches by name: they say where unseen files may lie."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from types import CodeType, FunctionType, ModuleType

from nbcellar.tasks.body.code import Code, may_be_path

MOST_FUNCTIONS = 500


def reached(code: Code, namespace: Mapping[str, object], home: str) -> set[str]:
    """Every text that could be a path in the functions that the code can call, and in those that these can call.

    Args:
        home: Functions are looked into where their source lies below this folder, or is a notebook's.
    """
    walk = _Walk(home)
    names = set(_named(code.tree))
    for name in names:
        walk.meet(namespace.get(name), names)
    return {text for text in walk.found if may_be_path(text)}


def _named(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case _:
                pass


class _Walk:
    """One walk from function to function."""

    def __init__(self, home: str) -> None:
        self.found: set[str] = set()
        self._home = home
        self._seen: set[int] = set()

    def meet(self, value: object, names: set[str]) -> None:
        """A value that code names; of a module and a class, what has one of the names beside it."""
        with suppress(Exception):  # an object may raise anything when it is looked at, and leads nowhere then
            self._meet(value, names)

    def _meet(self, value: object, names: set[str]) -> None:
        if isinstance(value, str | PurePath):
            self.found.add(str(value))
        elif isinstance(value, FunctionType):
            self._enter(value)
        elif isinstance(value, type) and self._is_own(sys.modules.get(value.__module__)):
            for part in list(vars(value).values()):
                if isinstance(part, FunctionType):
                    self._enter(part)
        elif isinstance(value, ModuleType) and self._is_own(value):
            for name in names & vars(value).keys():
                self.meet(vars(value)[name], set())

    def _enter(self, function: FunctionType) -> None:
        if id(function) in self._seen or len(self._seen) >= MOST_FUNCTIONS:
            return
        self._seen.add(id(function))
        if not self._is_own(sys.modules.get(function.__module__ or "")):
            return
        self.found.update(_texts(function.__code__))
        names = set(_names(function.__code__))
        for name in names:
            self.meet(function.__globals__.get(name), names)

    def _is_own(self, module: ModuleType | None) -> bool:
        if module is None or module.__name__ == "__main__":
            return module is not None
        file = vars(module).get("__file__")
        return isinstance(file, str) and file.startswith(f"{self._home}/") and "site-packages" not in file


def _parts(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)


def _names(code: CodeType) -> Iterator[str]:
    for part in _parts(code):
        yield from part.co_names


def _texts(code: CodeType) -> Iterator[str]:
    for part in _parts(code):
        yield from (constant for constant in part.co_consts if isinstance(constant, str))
