"""A function as a workflow sees it before it runs: where it is, what it takes, and its code. Nothing is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from nbcellar.errors import UnsafeError
from nbcellar.lightclasses import dataclass, field
from nbcellar.settings import load
from nbcellar.tasks.cache.fingerprint import fingerprint
from nbcellar.tasks.resources.typenames import dotted_name, load_name, load_type, make_importable
from nbcellar.workflow.documents.valuetypes import ValueType

ANYTHING = ValueType("anything")
LIBRARIES = frozenset({"site-packages", "dist-packages"})


@dataclass(frozen=True, slots=True)
class FunctionParameter:
    """An argument that can be given by its name.

    Attributes:
        type: What its annotation allows; anything where it has none.
    """

    name: str
    required: bool
    type: ValueType = ANYTHING


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """What is known of a function without calling it.

    Attributes:
        code: Its source, for the record and the key; empty where it cannot be read.
        parameters: None where only importing it would tell.
        any_name: It takes arguments of any name.
        refused: Arguments that can only be given by position.
        folders: Where its module lies, to be found when it is imported.
        given: The function itself, where Python gave it.
        home: The project's folder.
        own: Its module is the project's own, and so needs no permission.
    """

    name: str
    code: str = ""
    parameters: tuple[FunctionParameter, ...] | None = None
    any_name: bool = False
    refused: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    given: Callable[..., object] | None = field(default=None, repr=False)
    home: Path = Path()
    own: bool = True

    @property
    def title(self) -> str:
        """What messages call it: its name, or its own word for itself where no file could name it."""
        return self.name or str(getattr(self.given, "__name__", "") or type(self.given).__name__)

    @property
    def required(self) -> tuple[str, ...]:
        """Arguments that a call must give, as far as that is known."""
        return tuple(each.name for each in self.parameters or () if each.required)

    @property
    def identity(self) -> str:
        """What tells one function from another: its code; of one that no module holds, also what it reads there.

        Raises:
            EncodingError: What it reads cannot be compared.
        """
        if self.given is None:
            return self.code
        inner = unwrapped(self.given)
        if dotted_name(inner):
            return self.code or self.name
        return fingerprint(inner)

    def load(self) -> Callable[..., object]:
        """The function, imported.

        Raises:
            ResourceError: It cannot be imported.
            UnsafeError: What its name means is not the project's own, and nobody allowed it.
        """
        if self.given is not None:
            return self.given
        make_importable(self.folders)
        module, _, attribute = self.name.rpartition(".")
        allowed = load(self.home).allowed_types
        if not self.own:
            return load_type(self.name, allowed)
        found = load_name(module, attribute)
        if (reason := _foreign(found, self.home, self.folders)) and self.name not in allowed:
            raise UnsafeError(
                f"The function {self.name!r} is {reason}.", hint="Write a function of your own around it."
            )
        return found


def find_module(name: str, folders: Sequence[Path]) -> Path | None:
    """The source file that importing a module would run; None where there is none. Nothing is imported."""
    found = _spec(name, folders)
    if found is None or found.origin is None or not found.origin.endswith(".py"):
        return None
    return Path(found.origin)


def importable(name: str, folders: Sequence[Path]) -> bool:
    """Whether a module could be imported."""
    return name in sys.modules or _spec(name, folders) is not None


def _spec(name: str, folders: Sequence[Path]) -> ModuleSpec | None:
    path: Sequence[str] | None = [*sys.path, *map(str, folders)]
    found: ModuleSpec | None = None
    whole = ""
    for part in name.split("."):
        whole = f"{whole}.{part}" if whole else part
        found = PathFinder.find_spec(whole, path)
        if found is None:
            return None
        path = list(found.submodule_search_locations or [])
    return found


def is_own(file: Path, home: Path) -> bool:
    """Whether a module's file is the project's own."""
    real = Path(os.path.realpath(file))
    return real.is_relative_to(home) and not LIBRARIES.intersection(real.parts)


def _foreign(found: object, home: Path, folders: Sequence[Path]) -> str:
    """What a callable really is, where that is not the project's own."""
    inner = unwrapped(found) if callable(found) else found
    module = getattr(inner, "__module__", None) or getattr(type(inner), "__module__", "")
    file = find_module(str(module), folders)
    loaded = getattr(sys.modules.get(str(module)), "__file__", None)
    place = Path(loaded) if isinstance(loaded, str) else file
    return "" if place is not None and is_own(place, home) else f"{dotted_name(inner) or repr(inner)}, of somebody else"


def unwrapped(function: Callable[..., object]) -> Callable[..., object]:
    """The function within its decorators."""
    import inspect  # 5 ms with what that imports, and a run in which nothing changed needs none of it

    inner: Callable[..., object] = inspect.unwrap(function)
    return inner
