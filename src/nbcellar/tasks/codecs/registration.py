"""How people add codecs: a class by its fields, an enum by its names, anything by two functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TypeVar

from nbcellar.errors import UsageError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.protocol import Codec, KindCodec, Parts, Pieces, damaged, fields_of, text_of
from nbcellar.tasks.codecs.registry import standard

T = TypeVar("T")


def codec(
    kind: type[T],
    *,
    name: str = "",
    version: int = 1,
    encode: Callable[[T], object] | None = None,
    decode: Callable[[object], T] | None = None,
) -> type[T]:
    """Let the values of a class be kept without pickling. Also a decorator: ``@nbcellar.codec`` above a dataclass.

    Args:
        kind: A dataclass or an enum; any other class with `encode` and `decode`. Subclasses are not meant.
        name: What the stored form says; the class's own dotted name where it is left out.
        version: Raise it when what `encode` gives changes; stored values of another version are refused, not guessed.
        encode: Gives what the value is made of, in values that can be kept themselves.
        decode: Makes the value again.

    Returns:
        The class.

    Raises:
        UsageError: It is neither a dataclass nor an enum, and a function is missing.
    """
    standard().add(_codec(kind, name or f"{kind.__module__}.{kind.__qualname__}", version, encode, decode))
    return kind


def add_codec(one: Codec) -> None:
    """Add a codec of your own class; it is asked before the built-in ones."""
    standard().add(one)


def _codec(
    kind: type[T],
    name: str,
    version: int,
    encode: Callable[[T], object] | None,
    decode: Callable[[object], T] | None,
) -> Codec:
    if encode is not None and decode is not None:
        write, read = encode, decode
        return KindCodec(
            name,
            kind,
            lambda value, parts: parts.encode(write(value)),
            lambda payload, pieces: read(pieces.decode(payload)),
            version,
        )
    if encode is None and decode is None:
        if issubclass(kind, Enum):
            return _EnumCodec(name, kind, version)
        if is_dataclass(kind):
            return _DataclassCodec(name, kind, version)
    raise UsageError(
        f"{kind.__qualname__} cannot be registered like this.",
        hint="Give encode= and decode=; only dataclasses and enums need neither.",
    )


class _EnumCodec:
    media_type = "application/json"

    def __init__(self, name: str, kind: type[Enum], version: int) -> None:
        self.name, self.kind, self.version = name, kind, version

    def claims(self, value: object) -> bool:
        return type(value) is self.kind and isinstance(value, Enum) and value.name is not None

    def encode(self, value: object, parts: Parts) -> object:
        assert isinstance(value, Enum)
        return value.name

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        return self.kind[text_of(payload)]


class _DataclassCodec:
    """Keeps the fields, and sets them as they were: ``__init__`` and ``__post_init__`` do not run again."""

    media_type = "application/json"

    def __init__(self, name: str, kind: type, version: int) -> None:
        self.name, self.kind, self.version = name, kind, version
        self._fields = [field.name for field in fields(kind)]

    def claims(self, value: object) -> bool:
        """Whether it has its fields and nothing else."""
        if type(value) is not self.kind:
            return False
        own = getattr(value, "__dict__", None)
        return own is None or set(own) <= set(self._fields)

    def encode(self, value: object, parts: Parts) -> object:
        return {name: parts.encode(getattr(value, name)) for name in self._fields if hasattr(value, name)}

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        stored = fields_of(payload)
        if not set(stored) <= set(self._fields):
            raise damaged(payload)
        value: object = object.__new__(self.kind)
        for name, part in stored.items():
            object.__setattr__(value, name, pieces.decode(part))
        return value
