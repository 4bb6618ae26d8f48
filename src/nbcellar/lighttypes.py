"""The names of `typing` for modules that every command imports: type checkers see the real ones.

Importing `typing` takes longer than most verbs take for their work, and nearly all of its names stand in annotations
only, which are never evaluated.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import (
        IO,
        BinaryIO,
        ClassVar,
        Generic,
        Literal,
        NewType,
        NoReturn,
        Protocol,
        Self,
        TypeAlias,
        TypeVar,
        assert_never,
        overload,
    )
else:

    class _Form:
        """What an annotation may name and subscribe."""

        def __class_getitem__(cls, item: object) -> type:
            return cls

    IO = BinaryIO = ClassVar = Generic = Literal = NoReturn = Self = TypeAlias = _Form

    class Protocol:
        """A class of this kind is never asked what it is at run time."""

    def NewType(name: str, base: type) -> type:  # noqa: N802
        """The type itself."""
        return base

    def TypeVar(name: str) -> str:  # noqa: N802
        """A name in annotations."""
        return name

    def assert_never(value: object) -> None:
        """Nothing gets here, as type checkers have seen."""
        raise AssertionError(f"this cannot be: {value!r}")

    def overload(call: object) -> object:
        """The last definition replaces it."""
        return call


__all__ = [
    "IO",
    "TYPE_CHECKING",
    "BinaryIO",
    "ClassVar",
    "Generic",
    "Literal",
    "NewType",
    "NoReturn",
    "Protocol",
    "Self",
    "TypeAlias",
    "TypeVar",
    "assert_never",
    "overload",
]
