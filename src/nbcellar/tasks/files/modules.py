"""The modules of this process; those since the last look are found without touching the memory of all the others.

A kernel is forked from a process that has a thousand modules: to look at each is to copy the pages that both share.
"""

from __future__ import annotations

import sys

Named = tuple[str, object]


class _Look:
    """How far one looked.

    Attributes:
        last: The module that was imported last by then; empty before the first look.
        count: How many there were.
        files: Their source files, one in a line.
    """

    last = ""
    count = 0
    files = ""


_look = _Look()


def look() -> None:
    """Note what is imported by now: it is known from here on."""
    modules = _all()
    files = (file for _, module in modules if (file := source_file(module)))
    _look.last, _look.count, _look.files = modules[-1][0], len(modules), "\n".join(files)


def since_look() -> list[Named]:
    """What was imported since the last look; everything where there was none, or where any were taken out since."""
    found: list[Named] = []
    try:
        for name in reversed(sys.modules):
            if name == _look.last:
                return found if len(found) + _look.count == len(sys.modules) else _all()
            found.append((name, sys.modules[name]))
    except (RuntimeError, KeyError):  # another thread imports
        pass
    return _all()


def modules_below(folder: str) -> list[Named]:
    """All whose source may lie below a folder, and others."""
    return _all() if folder in _look.files else since_look()


def _all() -> list[Named]:
    """Every module, copied in one step: others may import meanwhile."""
    return list(sys.modules.copy().items())


def source_file(module: object) -> str:
    """The source file of a module; empty where it has none."""
    try:
        file = vars(module).get("__file__")  # not getattr: a lazy module would be imported now
    except Exception:  # what somebody put among the modules may be no module, and raise anything
        return ""
    return file if isinstance(file, str) and file.endswith(".py") else ""
