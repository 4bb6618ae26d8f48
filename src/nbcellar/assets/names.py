"""Which entry names can stand together in one asset: checked when one is made, and again before one is restored."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.columns import printable
from nbcellar.model import Entry, Kind


def name_fault(name: bytes) -> str:
    """Why it cannot be an entry's name; empty where it can."""
    if not name:
        return "an empty name"
    if b"\0" in name:
        return "a name with a NUL byte"
    if name.startswith(b"/"):
        return "an absolute path"
    for segment in name.split(b"/"):
        if segment in (b"", b".", b".."):
            return f"a name with the segment {segment.decode()!r}"
    return ""


def names_fault(entries: Iterable[Entry]) -> str:
    """The first fault of a whole list, as a sentence; empty where all names are good and fit together.

    Not allowed: what ``name_fault`` names, a name twice, and anything below a name that is a file or a link.
    """
    kinds: dict[bytes, Kind] = {}
    for entry in entries:
        if fault := name_fault(entry.name):
            return f"It contains {fault}: {printable(entry.name)!r}."
        if entry.name in kinds:
            return f"It contains the name {printable(entry.name)!r} twice."
        kinds[entry.name] = entry.kind
    return _nesting_fault(kinds)


def _nesting_fault(kinds: dict[bytes, Kind]) -> str:
    good: set[bytes] = set()
    for name in kinds:
        parent = name.rpartition(b"/")[0]
        climbed = []
        while parent and parent not in good:
            if parent in kinds:
                shown, below = printable(parent), printable(name)
                return f"It contains {shown!r}, a {kinds[parent]}, and {below!r} below it."
            climbed.append(parent)
            parent = parent.rpartition(b"/")[0]
        good.update(climbed)
    return ""
