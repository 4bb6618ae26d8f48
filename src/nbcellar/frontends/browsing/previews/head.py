"""The first bytes of a file, and the way to more of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HEAD_BYTES = 256 * 1024
ROWS = 1000
WHOLE_BYTES = 5_000_000
"""More than this is never sent unasked."""
PAGES = -(-WHOLE_BYTES // HEAD_BYTES)
"""So many times a head may be asked for."""


@dataclass(frozen=True, slots=True)
class Head:
    """A file of which only the beginning is read.

    Attributes:
        name: Of the file, for its ending.
        data: Its beginning: ``HEAD_BYTES``, or more where somebody asked for more.
        rest: Reads ``(offset, length)``.
        rows: How many rows of a table are shown.
    """

    name: str
    size_bytes: int
    data: bytes
    rest: Callable[[int, int], bytes]
    rows: int = ROWS

    @property
    def complete(self) -> bool:
        """Whether all of it is here."""
        return len(self.data) >= self.size_bytes

    def ends(self, *endings: str) -> bool:
        """Whether the name ends so, in capitals or not."""
        return self.name.lower().endswith(endings)

    def whole(self) -> bytes:
        """All of it; only where it is known to be small enough."""
        return self.data if self.complete else self.rest(0, self.size_bytes)

    def text(self) -> str | None:
        """The head as text; None where it is none. A character cut at the end is left out."""
        data = self.data
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data[: len(data) // 2 * 2].decode("utf-16", errors="replace")
        if b"\x00" in data:
            return None
        for cut in range(4):
            try:
                return data[: len(data) - cut].decode("utf-8-sig")
            except UnicodeDecodeError:
                if self.complete:
                    break
        return None
