"""Which state of its file each module was imported from: a module that was edited since runs its code from before."""

from __future__ import annotations

import os
import sys
from types import CodeType
from typing import TypeAlias

from nbcellar.tasks.files.modules import since_look, source_file

State: TypeAlias = tuple[int, int, int]

_states: dict[str, State | None] = {}
_LIBRARIES = tuple({os.path.normpath(path) + os.sep for path in (sys.prefix, sys.base_prefix)})


def note_loaded(code: object) -> None:
    """Python is about to run this code; where it is a module's, note the state of its file."""
    if isinstance(code, CodeType) and code.co_name == "<module>" and code.co_filename.endswith(".py"):
        path = os.path.abspath(code.co_filename)
        if not path.startswith(_LIBRARIES):
            _states[path] = _state(path)


def note_imported() -> None:
    """Note the state of whatever is imported by now and was not seen being imported."""
    for _, module in since_look():
        path = source_file(module)
        if path and path not in _states and not path.startswith(_LIBRARIES):
            _states[path] = _state(path)


def edited_since(path: str) -> bool:
    """Whether a module's file is another one than the module was imported from."""
    return _states.setdefault(path, _state(path)) != _state(path)


def loaded_word(path: str) -> str:
    """What tells the state that a module was imported from, other than its digest."""
    return f"edited after its import: {_states.get(path)}"


def _state(path: str) -> State | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
