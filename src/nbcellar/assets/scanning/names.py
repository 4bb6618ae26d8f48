"""Which entry names can stand together in one asset: checked when one is made, and again before one is restored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nbcellar.assets.scanning.columns import printable
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


def names_fault(entries: Sequence[Entry]) -> str:
    """The first fault of a whole list, as a sentence; empty where all names are good and fit together.

    Not allowed: what ``name_fault`` names, a name twice, and anything below a name that is a file or a link.
    """
    names = [entry.name for entry in entries]
    joined = b"\0".join(names)
    slashed = b"/" + joined.replace(b"\0", b"/") + b"/"
    if names and (any(odd in slashed for odd in _ODD) or joined.count(b"\0") != len(names) - 1):
        # Rare, so that it need not be fast.
        odd = next(name for name in names if name_fault(name))
        return f"It contains {name_fault(odd)}: {printable(odd)!r}."
    kinds = {entry.name: entry.kind for entry in entries}
    if len(kinds) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        return f"It contains the name {printable(twice)!r} twice."
    return _nesting_fault(kinds)


_ODD = (b"//", b"/./", b"/../")
"""What names with ``/`` round each of them hold where one has a fault: the same as ``name_fault`` but for NUL."""


def _nesting_fault(kinds: dict[bytes, Kind]) -> str:
    good: set[bytes] = {b""}
    for name in kinds:
        parent = name.rpartition(b"/")[0]
        while parent not in good:
            good.add(parent)
            if parent in kinds:
                shown, below = printable(parent), printable(name)
                return f"It contains {shown!r}, a {kinds[parent]}, and {below!r} below it."
            parent = parent.rpartition(b"/")[0]
    return ""
