"""From the name of a type to the type: whether it may be imported is decided before anything is.

Importing runs code, and a document may come from anywhere. So a name is a built-in class, an installed entry point of
the group ``nbcellar.types``, or one that the user's own settings allow.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

from nbcellar.errors import ResourceError, UnsafeError

GROUP = "nbcellar.types"
BUILTINS = "builtins"


def refusal(name: str, allowed: Sequence[str]) -> tuple[str, str]:
    """Why a type may not be imported, with the cure; two empty texts where it may. Nothing is imported.

    Args:
        name: ``package.module.Name``, or a built-in's.
        allowed: Names, or ``package.*``, from the user's own settings.
    """
    plain = name.removeprefix(f"{BUILTINS}.")
    if "." not in plain:
        if isinstance(getattr(builtins, plain, None), type) or plain in allowed or name in allowed:
            return "", ""
        return f"the built-in {plain!r} is no class, and could run anything.", "Use a class, or a function of your own."
    if _allowed(name, allowed) or name in _entry_points():
        return "", ""
    package = name.partition(".")[0]
    return (
        f"{name!r} may not be imported: a type is code, and nobody allowed this one.",
        f"If you trust it: NBCELLAR_ALLOWED_TYPES={name} (or {package}.*), or give the class itself in Python.",
    )


def load_type(name: str, allowed: Sequence[str]) -> Callable[..., object]:
    """The class or function that a name means.

    Raises:
        UnsafeError: It may not be imported; nothing was.
        ResourceError: It cannot be imported, or there is nothing of that name.
    """
    reason, cure = refusal(name, allowed)
    if reason:
        raise UnsafeError(f"The type {reason}" if name in reason else reason, hint=cure)
    module, _, attribute = name.rpartition(".")
    found = load_name(module or BUILTINS, attribute)
    if module and name not in allowed and name not in _entry_points() and module != BUILTINS:
        _refuse_borrowed(name, found)
    return found


def load_name(module: str, attribute: str) -> Callable[..., object]:
    """Import a module and take a callable out of it.

    Raises:
        ResourceError: It cannot be imported, has nothing of that name, or that cannot be called.
    """
    try:
        found: object = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        hint = "Install it, or put it beside the workflow's file."
        raise ResourceError(f"{module}.{attribute} cannot be imported: {error}.", hint=hint) from error
    except AttributeError as error:
        raise ResourceError(f"The module {module!r} has no {attribute!r}.") from error
    if not callable(found):
        raise ResourceError(f"{module}.{attribute} is a {type(found).__name__}, which cannot be called.")
    return cast("Callable[..., object]", found)


def make_importable(folders: Iterable[Path]) -> None:
    """Let the modules in some folders be found, behind everything that is installed: they hide nothing."""
    for folder in map(str, folders):
        if folder not in sys.path:
            sys.path.append(folder)


def dotted_name(found: object) -> str:
    """The name by which another process finds a class or function; empty where there is none."""
    module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__" or not name.isidentifier():
        return ""
    return f"{module}.{name}"


def _allowed(name: str, allowed: Sequence[str]) -> bool:
    return any(name == each or (each.endswith(".*") and name.startswith(each[:-1])) for each in allowed)


def _refuse_borrowed(name: str, found: object) -> None:
    """``package.*`` means what the package defines, not what it happens to import: ``package.system`` of os."""
    home = str(getattr(found, "__module__", "")).partition(".")[0]
    if home != name.partition(".")[0]:
        own = f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '')}"
        raise UnsafeError(f"{name!r} is {own!r} under another name.", hint=f"If you trust it, allow {name!r} by name.")


def _entry_points() -> frozenset[str]:
    """The types that installed packages offer, by the name of the entry point and by what it points to."""
    from importlib.metadata import entry_points  # 20 ms, and few documents hold resources

    found = entry_points(group=GROUP)
    return frozenset({each.name for each in found} | {each.value.replace(":", ".") for each in found})
