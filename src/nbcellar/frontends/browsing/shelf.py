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
    """Walk the names of an asset once, passing over folders: no entry is made of them."""
    folders, entries = manifest.names_in(folder)
    return Shelf(folder + b"/" if folder else b"", sorted(folders), entries)
