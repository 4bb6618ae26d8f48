"""How sizes, times, names and tables are shown: as plain text, and as HTML that reads well without its styles."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from enum import StrEnum

from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON


def size_text(size_bytes: int) -> str:
    """``0 B``, ``24 kB``, ``18.2 MB``: three digits, powers of 1000."""
    if size_bytes < 1000:  # most files are small, and a listing has very many
        return f"{size_bytes} B"
    if size_bytes < 999_500:
        return f"{size_bytes / 1000:.0f} kB"
    size: float = size_bytes
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":
            digits = 1 if unit not in ("B", "kB") and size < 99.95 else 0
            return f"{size:.{digits}f} {unit}"
        size /= 1000
    raise AssertionError("the last unit takes everything")


def count_text(count: int, noun: str, plural: str = "") -> str:
    """``1 file``, ``4 files``, ``10,000 files``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def seconds_text(seconds: float) -> str:
    """``0.3 s``, ``12.4 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes = round(seconds) // 60
    if minutes < 100:
        return f"{minutes} min {round(seconds) % 60} s"
    return f"{minutes // 60} h {minutes % 60} min"


def time_text(at_ns: int) -> str:
    """Local time to the minute: ``2026-11-22 11:40``."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_ns // 10**9))


def visible(name: bytes | str) -> str:
    """A name or message that is safe on a terminal: control, direction and undecodable characters are escaped."""
    text = os.fsdecode(name) if isinstance(name, bytes) else name
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


_PLAIN = bytes(range(0x20, 0x7F))
"""Printable ASCII: bytes are held against it in a third of the time that `isprintable` takes."""


def all_visible(names: Sequence[bytes]) -> list[str]:
    """As `visible`, of names of files; looked at all together first, since hardly any needs more."""
    joined = b"\0".join(names)
    if names and not joined.translate(None, _PLAIN + b"\0"):
        return joined.decode().split("\0")
    try:
        text = joined.decode()
    except UnicodeDecodeError:
        return list(map(visible, names))
    shown = text.split("\0")
    return shown if "".join(shown).isprintable() and names else list(map(visible, names))


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, as os.fsdecode keeps it
        return f"\\x{code - 0xDC00:02x}"
    return {"\n": "\\n", "\t": "\\t"}.get(char) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def visible_lines(text: str) -> str:
    """As `visible`, and lines stay lines."""
    return "\n".join(visible(line.expandtabs()) for line in text.split("\n"))


def html_text(text: str) -> str:
    """Text as HTML shows it, whatever it holds."""
    import html  # here, since the command line seldom writes HTML

    return html.escape(visible_lines(text))


def json_path(name: bytes) -> dict[str, JSON]:
    """``path``, and where the name is no UTF-8 its bytes as ``path_b64``."""
    try:
        return {"path": name.decode()}
    except UnicodeDecodeError:
        import base64

        return {"path": name.decode(errors="replace"), "path_b64": base64.b64encode(name).decode()}


class Tone(StrEnum):
    """What a cell's colour says; its text says the same, so nothing is lost without colour."""

    PLAIN = ""
    GOOD = "32"
    BAD = "31"
    NOTE = "33"
    FAINT = "2"
    HEAD = "1"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headings.

    Attributes:
        right: Headings of the columns whose text is set to the right.
        tones: One for each row, or none at all.
    """

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: frozenset[str] = frozenset()
    tones: Sequence[Tone] = ()

    def text(self, *, colour: bool = False) -> str:
        """Columns set by spaces."""
        columns = [
            padded(cells, widest(cells), right=cells[0] in self.right)
            for cells in zip(self.headings, *self.rows, strict=True)
        ]
        lines = [line.rstrip() for line in map("  ".join, zip(*columns, strict=True))]
        if not colour:
            return "\n".join(lines)
        tones = [Tone.HEAD, *(self.tones or [Tone.PLAIN] * len(self.rows))]
        return "\n".join(map(painted, lines, tones))

    def html(self) -> str:
        """A plain table."""
        head = "".join(f"<th{self._align(heading)}>{html_text(heading)}</th>" for heading in self.headings)
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{self._align(heading)}>{html_text(visible(cell))}</td>"
                for heading, cell in zip(self.headings, row, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _align(self, heading: str) -> str:
        return ' style="text-align: right"' if heading in self.right else ' style="text-align: left"'


def widest(cells: Sequence[str]) -> int:
    """How wide a column of these is. The whole is looked at first: a listing has many thousand cells."""
    if _is_plain(cells):
        return max(map(len, cells), default=0)
    return max(map(_width, map(visible, cells)))


def padded(cells: Sequence[str], width: int, *, right: bool = False) -> list[str]:
    """The cells of one column, all equally wide, and safe on a terminal."""
    if _is_plain(cells):
        return [cell.rjust(width) for cell in cells] if right else [cell.ljust(width) for cell in cells]
    shown = list(map(visible, cells))
    blanks = [" " * (width - _width(cell)) for cell in shown]
    return [blank + cell if right else cell + blank for cell, blank in zip(shown, blanks, strict=True)]


def _is_plain(cells: Sequence[str]) -> bool:
    joined = "".join(cells)
    return joined.isascii() and not joined.encode().translate(None, _PLAIN)


def painted(text: str, tone: Tone) -> str:
    """The text in the colour of its tone."""
    return f"\x1b[{tone.value}m{text}\x1b[0m" if tone else text


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
