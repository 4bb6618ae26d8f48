"""Gives an object that a body changed in place the state that it had afterwards, so that every name of it sees that."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping


def refilling(old: object, new: object) -> Callable[[], None] | None:
    """What lets the old object be equal to the new one; None where that cannot be done for its kind."""
    if type(old) is not type(new):
        return None
    if isinstance(old, list | bytearray):
        return lambda: _replace_items(old, new)
    if isinstance(old, dict | set):
        return lambda: _replace(old, new)
    return _array(old, new) or _fields(old, new)


def _replace(old: dict[object, object] | set[object], new: object) -> None:
    old.clear()
    old.update(new)  # type: ignore[arg-type, call-overload]  # both are of one kind


def _replace_items(old: list[object] | bytearray, new: object) -> None:
    old[:] = new  # type: ignore[call-overload]  # both are of one kind


def _array(old: object, new: object) -> Callable[[], None] | None:
    if "numpy" not in sys.modules:
        return None
    import numpy

    if type(old) is not numpy.ndarray or type(new) is not numpy.ndarray or not old.flags.writeable:
        return None
    if old.shape != new.shape or old.dtype != new.dtype:
        return None
    return lambda: numpy.copyto(old, new)


def _fields(old: object, new: object) -> Callable[[], None] | None:
    """Objects whose whole state is in their ``__dict__``: those of plain classes, and tables of pandas."""
    held, given = getattr(old, "__dict__", None), getattr(new, "__dict__", None)
    if not isinstance(held, dict) or not isinstance(given, dict) or not _is_plain(type(old)):
        return None
    return lambda: _replace(held, given)


def _is_plain(kind: type) -> bool:
    slotted = any(vars(base).get("__slots__") for base in kind.__mro__)
    return not slotted and kind.__basicsize__ <= _Plain.__basicsize__


class _Plain:
    """Objects of no larger class have nothing but their fields."""


def others_of(name: str, namespace: Mapping[str, object]) -> str:
    """Another name of the object that a name has, itself or in a list, dict or the like; empty where there is none."""
    value = namespace.get(name)
    for other, held in namespace.items():
        if other != name and (held is value or holds(held, value)):
            return other
    return ""


def holds(whole: object, part: object) -> bool:
    """Whether a collection has the very object as one of its parts."""
    match whole:
        case dict():
            return any(one is part for one in whole.values())
        case list() | tuple() | set() | frozenset():
            return any(one is part for one in whole)
        case _:
            return False
