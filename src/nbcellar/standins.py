"""Importing a module without others that it loads and hardly ever uses: stand-ins are in their place meanwhile."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


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
        def call(*arguments: object, **options: object) -> object:
            return getattr(self.real(), function)(*arguments, **options)

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


def import_without(module: str, heavy: Mapping[str, Sequence[str]]) -> None:
    """Import a module; others, in the place of which it gets stand-ins, are imported when they are used.

    Nothing is done where it is imported already. One thread at a time may do this.

    Args:
        module: To import.
        heavy: Not to import with it; of each, the functions that the module takes of it as it is imported, none where
            it takes only that itself.
    """
    if module in sys.modules:
        return
    standins = {name: StandIn(name, *functions) for name, functions in heavy.items() if name not in sys.modules}
    sys.modules.update(standins)
    try:
        import_module(module)
    finally:
        for name, standin in standins.items():
            if sys.modules.get(name) is standin:
                del sys.modules[name]
