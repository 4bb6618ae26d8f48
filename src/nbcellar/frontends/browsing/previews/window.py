"""A file of which only parts are read, for parsers that seek: they may ask for so many bytes and no more."""

from __future__ import annotations

import io
from collections.abc import Callable

from nbcellar.frontends.browsing.previews.head import WHOLE_BYTES, Head


class TooMuch(OSError):
    """A preview would have to read more of a file than is read unasked."""


class Window(io.RawIOBase):
    """A read-only file over a head and the way to the rest of it.

    Args:
        most_bytes: What may be read altogether.
    """

    def __init__(self, head: Head, most_bytes: int = WHOLE_BYTES) -> None:
        super().__init__()
        self._size = head.size_bytes
        self._data = head.data
        self._rest: Callable[[int, int], bytes] = head.rest
        self._left = most_bytes
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place.

        Raises:
            OSError: It is before the beginning.
        """
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("a place before the beginning of the file")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Where it is."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer.

        Raises:
            TooMuch: More is wanted than may be read.
        """
        data = self.part(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def part(self, offset: int, length: int) -> bytes:
        """Bytes from a place; fewer at the end of the file.

        Raises:
            TooMuch: More is wanted than may be read.
        """
        length = max(0, min(length, self._size - offset))
        if offset + length <= len(self._data):
            return self._data[offset : offset + length]
        self._left -= length
        if self._left < 0:
            raise TooMuch("more of the file would have to be read than is read unasked")
        return self._rest(offset, length)
