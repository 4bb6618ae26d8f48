"""jsonschema, imported without the grammar of international addresses that no notebook needs."""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

GRAMMAR = "rfc3987_syntax"
"""JupyterLab brings it; to import it is to build a parser, which takes three times as long as papermill does."""
_lock = threading.Lock()


def import_schemas() -> None:
    """Import what nbformat needs of jsonschema; its grammar is built when the first address is checked."""
    with _lock:
        if "jsonschema" in sys.modules or GRAMMAR in sys.modules or find_spec(GRAMMAR) is None:
            return
        postponed = ModuleType(GRAMMAR)
        vars(postponed)["is_valid_syntax"] = is_valid_syntax
        sys.modules[GRAMMAR] = postponed
        try:
            import_module("jsonschema")
        finally:
            del sys.modules[GRAMMAR]


def is_valid_syntax(term: str, value: str) -> bool:
    """What the grammar says of an address."""
    return bool(import_module(GRAMMAR).is_valid_syntax(term, value))
