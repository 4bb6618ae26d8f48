"""How much may be kept, and how large a value is before anything is copied."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from nbcellar.errors import EncodingError

MOST_BYTES = 256 * 2**20


@runtime_checkable
class _Sized(Protocol):
    @property
    def nbytes(self) -> object:
        """Bytes in memory."""


@runtime_checkable
class _Frame(Protocol):
    def memory_usage(self) -> object:
        """Bytes of each column."""


class TooLarge(EncodingError):
    """A value is larger than what may be kept."""


@dataclass(slots=True)
class Budget:
    """What may still be kept of the bytes that were allowed."""

    left_bytes: int = MOST_BYTES
    allowed_bytes: int = MOST_BYTES

    @classmethod
    def of(cls, size_bytes: int) -> Budget:
        """A whole budget."""
        return cls(size_bytes, size_bytes)

    def spend(self, size_bytes: int) -> None:
        """Take bytes out of it.

        Raises:
            TooLarge: There are not as many left.
        """
        if size_bytes > self.left_bytes:
            raise self.refusal(size_bytes)
        self.left_bytes -= size_bytes

    def expect(self, value: object) -> None:
        """Refuse a value early, where it says itself how large it is.

        Raises:
            TooLarge: It would not fit.
        """
        size = size_of(value)
        if size > self.left_bytes:
            raise self.refusal(size)

    def refusal(self, size_bytes: int) -> TooLarge:
        """The error for so many bytes more."""
        there = "" if self.left_bytes == self.allowed_bytes else f" ({_megabytes(self.left_bytes)} are left)"
        return TooLarge(
            f"It has {_megabytes(size_bytes)} or more; {_megabytes(self.allowed_bytes)} are kept at most{there}.",
            hint="Write it to a file.",
        )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"


def size_of(value: object) -> int:
    """The bytes that a value says it has; 0 where it does not say."""
    if isinstance(value, bytes | bytearray | str):
        return len(value)
    package = type(value).__module__.partition(".")[0]
    if package not in ("numpy", "pandas", "pyarrow", "xarray", "scipy", "torch"):
        return 0
    sizes = getattr(value, "nbytes", None)
    if isinstance(sizes, int):
        return sizes
    if package == "pandas" and isinstance(value, _Frame):
        total = getattr(value.memory_usage(), "sum", int)()
        return int(total)
    return sys.getsizeof(value)
