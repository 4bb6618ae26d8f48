"""What a codec is: it knows one kind of value, and says it in JSON and bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from nbcellar.errors import CorruptDataError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.blobs import BlobReader

T = TypeVar("T")


class Parts(Protocol):
    """What a codec may ask while it encodes. What it gets back goes into its payload as it is."""

    def encode(self, value: object) -> object:
        """A value within the value, by its own codec."""

    def blob(self, data: bytes) -> object:
        """Bytes that are kept beside the JSON."""


class Pieces(Protocol):
    """What a codec may ask while it decodes."""

    def decode(self, part: JSON) -> object:
        """What ``Parts.encode`` was given."""

    def blob(self, part: JSON) -> bytes:
        """What ``Parts.blob`` was given."""

    def open(self, part: JSON) -> BlobReader:
        """Reads what ``Parts.blob`` was given; call its ``finish`` at the end."""


class Codec(Protocol):
    """Keeps one kind of value exactly.

    Attributes:
        name: What the stored form says; never used for another kind.
        version: Raised when the payload changes. To go on reading an older one, keep its codec registered too.
        media_type: What the bytes are, for people and other programs.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> int: ...  # noqa: D102
    @property
    def media_type(self) -> str: ...  # noqa: D102

    def claims(self, value: object) -> bool:
        """Whether it can keep this value so that nothing is lost. It may look closely, and imports nothing."""

    def encode(self, value: object, parts: Parts) -> object:
        """The payload: JSON, with what `parts` gave in it."""

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        """The value that a payload stands for. It runs no code that the payload brings."""


JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class KindCodec(Generic[T]):
    """A codec for the values of exactly one class; those of a subclass are not claimed."""

    name: str
    kind: type[T]
    to_payload: Callable[[T, Parts], object]
    from_payload: Callable[[JSON, Pieces], T]
    version: int = 1
    media_type: str = JSON_TYPE

    def claims(self, value: object) -> bool:
        """Whether it is of the class itself."""
        return type(value) is self.kind

    def encode(self, value: object, parts: Parts) -> object:
        """The payload of the value."""
        assert isinstance(value, self.kind)
        return self.to_payload(value, parts)

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        """The value of the payload."""
        return self.from_payload(payload, pieces)


def text_of(payload: JSON) -> str:
    """The payload, which is a text."""
    if not isinstance(payload, str):
        raise damaged(payload)
    return payload


def whole_of(payload: JSON) -> int:
    """The payload, which is a whole number."""
    if not isinstance(payload, int) or isinstance(payload, bool):
        raise damaged(payload)
    return payload


def items_of(payload: JSON) -> list[JSON]:
    """The payload, which is a list."""
    if not isinstance(payload, list):
        raise damaged(payload)
    return payload


def fields_of(payload: JSON) -> dict[str, JSON]:
    """The payload, which is an object."""
    if not isinstance(payload, dict):
        raise damaged(payload)
    return payload


def damaged(payload: JSON) -> CorruptDataError:
    """The error for a payload that no codec wrote."""
    return CorruptDataError(f"A stored value has {payload!r:.60} in a place where that cannot be.")
