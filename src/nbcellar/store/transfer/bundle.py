"""What an exported file holds: a zip with the files under their own names, and a list that proves each of them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from nbcellar.errors import UnsafeError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Entry, Kind, Run
from nbcellar.store.catalogue.documents import Document, run_from_json, run_to_json

VERSION = 0
LIST = "nbcellar.json"
LARGEST_LIST = 512 * 2**20
MOST_ENTRIES = 5_000_000


@dataclass(frozen=True, slots=True)
class Bundled:
    """One run in a bundle, with the member of the zip in which each entry's content is.

    Attributes:
        members: One for each entry; empty for folders, which have no content.
    """

    run: Run
    entries: Sequence[Entry]
    members: Sequence[str]


def bundle_to_json(bundled: Iterable[Bundled]) -> dict[str, JSON]:
    """The list."""
    return {
        "nbcellar": "bundle",
        "format": VERSION,
        "runs": [
            {
                "run": run_to_json(one.run),
                "entries": [_entry_to_json(*pair) for pair in zip(one.entries, one.members, strict=True)],
            }
            for one in bundled
        ],
    }


def bundle_from_json(value: JSON) -> list[Bundled]:
    """Read the list; whatever it names has been looked at before anything is done with it.

    Raises:
        UnsafeError: A name would leave its folder, or could not be told from another.
        CorruptDataError: It is no list.
    """
    fields = Document.of(value)
    found = []
    for one in fields.items("runs"):
        row = Document.of(one)
        pairs = [_entry_from_json(entry) for entry in row.items("entries")]
        entries = [entry for entry, _ in pairs]
        check_names([entry.name for entry in entries])
        found.append(Bundled(run_from_json(row.mapping("run")), entries, [member for _, member in pairs]))
    return found


def member_of(prefix: str, name: bytes) -> str | None:
    """Where a file lies in the zip under its own name; None where a zip cannot hold that name."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return f"{prefix}{text}" if text.isprintable() and "\\" not in text and len(text) < 30_000 else None


def _entry_to_json(entry: Entry, member: str) -> JSON:
    return {
        "name": base64.b64encode(entry.name).decode(),
        "kind": entry.kind.value,
        "executable": entry.executable,
        "size_bytes": entry.size_bytes,
        "digest": entry.digest.hex(),
        "mtime_ns": entry.mtime_ns,
        "member": member,
    }


def _entry_from_json(value: JSON) -> tuple[Entry, str]:
    row = Document.of(value)
    try:
        name = base64.b64decode(row.text("name"), validate=True)
        kind = Kind(row.text("kind"))
    except ValueError as error:
        raise UnsafeError(
            "The file lists an entry whose name cannot be read.", saved="Nothing was imported."
        ) from error
    size, mtime = row.whole("size_bytes"), row.whole("mtime_ns")
    if not 0 <= size < 2**63 or not -(2**63) <= mtime < 2**63:
        raise UnsafeError(f"The file lists an entry of {size} bytes.", saved="Nothing was imported.")
    executable = row.fields.get("executable") is True
    return Entry(name, kind, executable, size, row.digest("digest"), mtime), row.text("member")


def check_names(names: Sequence[bytes]) -> None:
    """Refuse names that no folder could hold, or that would leave it.

    Raises:
        UnsafeError: Empty, absolute, with ``.`` or ``..`` or a zero byte, twice, unsorted, or below what is no folder.
    """
    solid = set(names)
    previous = b""
    for name in names:
        parts = name.split(b"/")
        if not name or b"\0" in name or len(name) > 65_536 or any(part in (b"", b".", b"..") for part in parts):
            raise _unsafe(name)
        if name <= previous or any(b"/".join(parts[:depth]) in solid for depth in range(1, len(parts))):
            raise _unsafe(name)
        previous = name


def _unsafe(name: bytes) -> UnsafeError:
    return UnsafeError(
        f"The file lists the path {name!r:.200}, which an asset cannot hold.", saved="Nothing was imported."
    )
