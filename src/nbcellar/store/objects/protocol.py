"""The seam between the store and where its bytes lie: immutable objects under short keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import Protocol, TypeAlias

Buffer: TypeAlias = "bytes | bytearray | memoryview"


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as a listing shows it."""

    key: str
    size_bytes: int
    changed_ns: int


class ObjectWriter(Protocol):
    """An object in the making; nobody sees it before :meth:`finish`."""

    def write(self, parts: Sequence[Buffer]) -> None:
        """Append the parts."""

    def write_at(self, offset: int, part: Buffer) -> None:
        """Put the part at its place; the parts may come in any order, from several threads."""

    def finish(self) -> None:
        """Make the bytes durable and give the object its name; :meth:`Objects.settle` makes the name durable."""

    def discard(self) -> None:
        """Forget it, also after a failed :meth:`finish`."""


class Objects(Protocol):
    """Where the bytes lie.

    Attributes:
        place: For messages; holds no secret.
        largest_bytes: Objects should not be larger; None for no limit.
    """

    place: str
    largest_bytes: int | None

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object; fewer where it is shorter.

        Raises:
            FileNotFoundError: There is no such object.
            OSError: It could not be read.
        """

    def create(self, key: str) -> ObjectWriter:
        """Begin an object."""

    def settle(self, folder: str) -> None:
        """Make the names of all finished objects of a folder durable."""

    def size(self, key: str) -> int:
        """Its length in bytes.

        Raises:
            FileNotFoundError: There is no such object.
        """

    def listed(self, folder: str) -> Iterator[Stored]:
        """Every object of a folder, in no order; none where there is no such folder."""

    def move(self, key: str, to: str) -> None:
        """Give an object another key.

        Raises:
            FileNotFoundError: There is no such object.
        """

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens where it is gone already."""


def write_object(objects: Objects, key: str, parts: Sequence[Buffer]) -> None:
    """Write one object in one go; its name is durable after ``settle``."""
    writer = objects.create(key)
    try:
        writer.write(parts)
        writer.finish()
    except BaseException:
        writer.discard()
        raise
