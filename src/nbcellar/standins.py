"""Importing a module without another that it loads and hardly ever uses: a stand-in is in its place meanwhile."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class StandIn(ModuleType):
    """In the place of a module that is imported when something of it is asked for, by whomever.

    Args:
        functions: Those of the module that may be taken, and not called, without importing it.
    """

    def __init__(self, name: str, *functions: str) -> None:
        super().__init__(name)
        self.functions = functions
        for each in functions:
            setattr(self, each, self._late(each))

    def _late(self, function: str) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            return getattr(self.real(), function)(*arguments)

        return call

    def real(self) -> ModuleType:
        """The module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return import_module(self.__name__)

    def __getattr__(self, name: str) -> object:
        if name == "__path__" and self.functions:
            raise AttributeError(name)  # `from … import` asks for it, to see whether modules are meant
        found: object = getattr(self.real(), name)
        return found


def import_without(module: str, heavy: str, *functions: str) -> None:
    """Import a module; the other one, in the place of which it gets a stand-in, is imported when it is used.

    Nothing is done where either is imported already. One thread at a time may do this.

    Args:
        module: To import.
        heavy: Not to import with it.
        functions: What the module takes of the heavy one as it is imported; none where it takes only that itself.
    """
    if module in sys.modules or heavy in sys.modules:
        return
    standin = StandIn(heavy, *functions)
    sys.modules[heavy] = standin
    try:
        import_module(module)
    finally:
        if sys.modules.get(heavy) is standin:
            del sys.modules[heavy]
