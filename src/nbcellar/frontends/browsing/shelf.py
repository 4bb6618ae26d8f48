"""What lies directly in one folder of an asset, so that any page of it is at hand."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from nbcellar.store.manifests import Manifest


@dataclass(frozen=True, slots=True)
class Shelf:
    """The children of a folder: sub-folders first, each group in the order of the names' bytes.

    Attributes:
        prefix: Of every name in the folder; empty at the top, else it ends in a slash.
        folders: Base names, with how many entries lie below.
        entries: Base names of files, links and empty folders.
    """

    prefix: bytes
    folders: list[tuple[bytes, int]]
    entries: list[bytes]

    def __len__(self) -> int:
        return len(self.folders) + len(self.entries)

    def index(self, base: bytes) -> int:
        """The row at which a base name stands, or would stand."""
        at = bisect_left(self.folders, (base, 0))
        if at < len(self.folders) and self.folders[at][0] == base:
            return at
        return len(self.folders) + bisect_left(self.entries, base)


def shelf_of(manifest: Manifest, folder: bytes = b"") -> Shelf:
    """Walk the names of an asset once: 100,000 take about 40 ms, and no entry is made of them."""
    prefix = folder + b"/" if folder else b""
    folders: dict[bytes, int] = {}
    entries: list[bytes] = []
    for block in manifest.blocks():
        names = block.names
        if prefix and names[-1] < prefix:
            continue
        for at in range(bisect_left(names, prefix), len(names)):
            name = names[at]
            if not name.startswith(prefix):
                return Shelf(prefix, sorted(folders.items()), entries)
            head, slash, _ = name[len(prefix) :].partition(b"/")
            if slash:
                folders[head] = folders.get(head, 0) + 1
            else:
                entries.append(head)
    return Shelf(prefix, sorted(folders.items()), entries)
