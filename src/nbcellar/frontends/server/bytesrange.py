"""The part of a file that a request asks for (RFC 9110, section 14; one range)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From ``start`` to ``end``, the end left out."""

    start: int
    end: int
    partial: bool

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start

    def pieces(self, step: int) -> Iterator[tuple[int, int]]:
        """Offset and length of pieces that end at multiples of ``step``, where the file's own chunks end."""
        at = self.start
        while at < self.end:
            until = min(self.end, (at // step + 1) * step)
            yield at, until - at
            at = until


def parse_range(header: str | None, size_bytes: int) -> ByteRange:
    """What a ``Range`` header asks for; everything where there is none, or several.

    Raises:
        ValueError: Nothing of the file lies in it.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not (match["first"] or match["last"]):
        return ByteRange(0, size_bytes, partial=False)
    if not match["first"]:
        start, end = max(0, size_bytes - int(match["last"])), size_bytes
    else:
        start = int(match["first"])
        end = min(size_bytes, int(match["last"]) + 1) if match["last"] else size_bytes
    if start >= end:
        raise ValueError(f"{header} lies outside of {size_bytes} bytes")
    return ByteRange(start, end, partial=True)
