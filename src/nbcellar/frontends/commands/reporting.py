"""What a terminal shows while something runs: lines on stderr, of which the last may be overwritten."""

from __future__ import annotations

import os
import sys
import threading

from nbcellar.assets.display import visible
from nbcellar.lighttypes import IO


def logs_only() -> bool:
    """Whether nobody looks on: lines in a log serve better than updates in place."""
    return any(os.environ.get(name) for name in ("CI", "NBCELLAR_RUN"))


class Reporter:
    """Writes lines; on a terminal also a passing one, which the next line replaces. Any thread may use it.

    Args:
        quiet: Write nothing at all.
    """

    def __init__(self, quiet: bool, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._passing = not quiet and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._dirty = False

    def line(self, text: str) -> None:
        """A line that stays."""
        with self._lock:
            if not self._quiet:
                self._stream.write(f"{self._clear()}{visible(text)}\n")
                self._stream.flush()

    def passing(self, text: str) -> None:
        """A line that the next one replaces; nothing where there is no terminal."""
        with self._lock:
            if self._passing:
                width = os.get_terminal_size(self._stream.fileno()).columns or 80
                self._stream.write(self._clear() + visible(text)[: width - 1])
                self._stream.flush()
                self._dirty = True

    def close(self) -> None:
        """Take the passing line away."""
        with self._lock:
            if self._dirty:
                self._stream.write(self._clear())
                self._stream.flush()

    def _clear(self) -> str:
        text = "\r\x1b[K" if self._dirty else ""
        self._dirty = False
        return text
