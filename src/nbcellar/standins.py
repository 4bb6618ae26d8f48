"""Importing a module without another that it loads and hardly ever uses: a stand-in is in its place meanwhile."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType


def import_without(module: str, heavy: str, function: str) -> None:
    """Import a module; of the other one it gets one function, whose first call imports what it stands for.

    Nothing is done where either is imported already. One thread at a time may do this.

    Args:
        module: To import.
        heavy: Not to import with it.
        function: All that the module takes of the heavy one as it is imported.
    """
    if module in sys.modules or heavy in sys.modules:
        return

    def call(*arguments: object) -> object:
        return getattr(import_module(heavy), function)(*arguments)

    standin = ModuleType(heavy)
    setattr(standin, function, call)
    sys.modules[heavy] = standin
    try:
        import_module(module)
    finally:
        del sys.modules[heavy]
