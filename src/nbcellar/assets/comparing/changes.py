"""What changed within a file: lines of text, rows of a table, values of JSON, an image's size, a notebook's cells."""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Callable, Iterator, Mapping

from nbcellar.assets.facts import media_type
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TypeAlias
from nbcellar.model import JSON

MOST_BYTES = 4 * 2**20
"""A larger file is only said to differ: comparing line by line would take too long."""
MOST_LINES = 400
MOST_CHANGES = 100
CONTEXT = 3
SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Detail:
    """How two versions of one file differ.

    Attributes:
        kind: ``text``, ``table``, ``json``, ``image``, ``notebook`` or ``binary``.
        summary: In a few words.
        lines: Line by line, where that says more; those that are left out are counted in the summary.
    """

    kind: str
    summary: str
    lines: tuple[str, ...] = ()


Compare: TypeAlias = Callable[[bytes, bytes], "Detail | None"]


def detail(name: bytes, before: bytes, after: bytes) -> Detail:
    """How two contents of a file of this name differ; as text where its own form cannot be read."""
    if max(len(before), len(after)) <= MOST_BYTES:
        for compare in (_comparer(name), _texts):
            found = compare(before, after) if compare else None
            if found:
                return found
    return Detail("binary", _sizes(len(before), len(after)))


def _comparer(name: bytes) -> Compare | None:
    if name.lower().endswith(b".ipynb"):
        return _notebooks
    match media_type(name):
        case "text/csv":
            return _tables
        case "application/json":
            return _jsons
        case kind if kind.startswith("image/"):
            return _images
        case _:
            return None


def _texts(before: bytes, after: bytes) -> Detail | None:
    try:
        old, new = before.decode(), after.decode()
    except UnicodeDecodeError:
        return None
    if "\0" in old or "\0" in new:
        return None
    return _lines("text", old.splitlines(), new.splitlines(), "line")


def _lines(kind: str, old: list[str], new: list[str], noun: str) -> Detail:
    import difflib

    found = list(difflib.unified_diff(old, new, n=CONTEXT, lineterm=""))[2:]
    added = sum(1 for line in found if line.startswith("+"))
    removed = sum(1 for line in found if line.startswith("-"))
    summary = f"+{added:,} -{removed:,} {noun}s"
    if len(found) > MOST_LINES:
        summary += f", the first {MOST_LINES} shown"
    return Detail(kind, summary, tuple(found[:MOST_LINES]))


def _tables(before: bytes, after: bytes) -> Detail | None:
    try:
        old, new = _rows(before), _rows(after)
    except (UnicodeDecodeError, csv.Error):
        return None
    if not old or not new:
        return None
    parts = []
    gone = [name for name in old[0] if name not in new[0]]
    added = [name for name in new[0] if name not in old[0]]
    if gone or added:
        parts.append("columns " + ", ".join([*(f"+{name}" for name in added), *(f"-{name}" for name in gone)]))
    if len(old) != len(new):
        parts.append(f"{len(old) - 1:,} → {len(new) - 1:,} rows")
    text = _lines("table", [",".join(row) for row in old], [",".join(row) for row in new], "row")
    return Detail("table", "; ".join([*parts, text.summary]), text.lines)


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode()), strict=True))


def _jsons(before: bytes, after: bytes) -> Detail | None:
    try:
        old, new = json.loads(before), json.loads(after)
        changes = list(_json_changes("", old, new))
    except (ValueError, RecursionError):  # thousands of brackets, one in another, are nobody's JSON
        return None
    shown = tuple(changes[:MOST_CHANGES])
    if not changes:
        return Detail("json", "the same values, written otherwise")
    more = f", the first {MOST_CHANGES} shown" if len(changes) > MOST_CHANGES else ""
    return Detail("json", f"{len(changes):,} value{'s' * (len(changes) != 1)} changed{more}", shown)


def _json_changes(place: str, old: JSON, new: JSON) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            inner = f"{place}.{key}" if place else key
            if key not in new:
                yield f"- {inner}: {_short(old[key])}"
            elif key not in old:
                yield f"+ {inner}: {_short(new[key])}"
            else:
                yield from _json_changes(inner, old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        for at in range(min(len(old), len(new))):
            yield from _json_changes(f"{place}[{at}]", old[at], new[at])
        yield from (f"- {place}[{at}]: {_short(old[at])}" for at in range(len(new), len(old)))
        yield from (f"+ {place}[{at}]: {_short(new[at])}" for at in range(len(old), len(new)))
    elif old != new or type(old) is not type(new):
        yield f"~ {place or 'value'}: {_short(old)} → {_short(new)}"


def _short(value: JSON) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _images(before: bytes, after: bytes) -> Detail | None:
    old, new = image_size(before), image_size(after)
    if old is None or new is None:
        return None
    pixels = f"{old[0]}×{old[1]} → {new[0]}×{new[1]} pixels" if old != new else f"{new[0]}×{new[1]} pixels, as before"
    return Detail("image", f"{pixels}, {_sizes(len(before), len(after))}")


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, JPEG or WebP image, from its header; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack_from(">II", content, 16)
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack_from("<HH", content, 6)
        return width, height
    if content[:4] == b"RIFF" and content[8:16] == b"WEBPVP8X" and len(content) >= 30:
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    return _jpeg_size(content) if content.startswith(b"\xff\xd8") else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """The frame header is the first segment SOF0 to SOF15 that is no DHT, JPG or DAC (ITU T.81, B.1.1.3)."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + length
    return None


def _notebooks(before: bytes, after: bytes) -> Detail | None:
    """Sources of cells alone: outputs and counts change with every run."""
    try:
        old, new = _cells(json.loads(before)), _cells(json.loads(after))
    except (ValueError, TypeError, RecursionError):
        return None
    if old == new:
        return Detail("notebook", "the same cells; outputs or metadata differ")
    return _lines("notebook", "\n".join(old).split("\n"), "\n".join(new).split("\n"), "line")


def _cells(document: JSON) -> list[str]:
    cells = document.get("cells") if isinstance(document, Mapping) else None
    if not isinstance(cells, list):
        raise TypeError("no notebook")
    return [text for cell in cells if isinstance(cell, dict) for text in _cell(cell)]


def _cell(cell: Mapping[str, JSON]) -> list[str]:
    source = cell.get("source")
    text = "".join(str(part) for part in source) if isinstance(source, list) else str(source or "")
    return [f"# ── {cell.get('cell_type', 'cell')}", text]


def _sizes(before: int, after: int) -> str:
    from nbcellar.assets.display import size_text

    return f"{size_text(before)} → {size_text(after)}" if before != after else f"{size_text(after)}, other bytes"
