"""Modules that this process has imported already, as against their files: a function of one runs as it was then."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from nbcellar.tasks.files.loaded import edited_since


def edited_modules(name: str, home: Path) -> tuple[str, ...]:
    """The project's modules that a module is made of, itself first, and whose files were edited after their import.

    Args:
        name: Of a module; nothing is imported.
        home: The project's folder.
    """
    if name == "__main__":  # a script runs as it was read, with all of it
        return ()
    return tuple(module.__name__ for module in _used_by(name, home) if edited_since(str(module.__file__)))


def _used_by(name: str, home: Path) -> Iterator[ModuleType]:
    """A loaded module of the project, and the loaded ones that it has names of."""
    waiting, seen = [name], set[str]()
    while waiting:
        name = waiting.pop()
        module = sys.modules.get(name)
        if name in seen or not isinstance(module, ModuleType) or not _within(module, home):
            continue
        seen.add(name)
        yield module
        waiting += sorted({_home_of(value) for value in list(vars(module).values())} - {""})


def _within(module: ModuleType, home: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.endswith(".py") and Path(file).is_relative_to(home)


def _home_of(value: object) -> str:
    """The module that a value is, or that defines it."""
    if isinstance(value, ModuleType):
        return value.__name__
    name = getattr(value, "__module__", None)
    return name if isinstance(name, str) else ""
