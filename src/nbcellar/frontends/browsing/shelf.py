"""What lies directly in one folder of an asset, so that any page of it is at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbcellar.store.manifests import Manifest

_NUMBER = re.compile(rb"[0-9]+")
_SHAPE = bytes.maketrans(b"123456789", b"000000000")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The children of a folder: sub-folders first, each group by name, ``run-9`` before ``run-10``.

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
        """The row at which a base name stands; behind the last where it is none of them."""
        names = [name for name, _ in self.folders] + self.entries
        return names.index(base) if base in names else len(names)


def shelf_of(manifest: Manifest, folder: bytes = b"") -> Shelf:
    """Walk the names of an asset once, passing over folders: no entry is made of them."""
    folders, entries = manifest.names_in(folder)
    counts = dict(folders)
    in_order = [(base, counts[base]) for base in by_number(sorted(counts))]
    return Shelf(folder + b"/" if folder else b"", in_order, by_number(entries))


def by_number(names: list[bytes]) -> list[bytes]:
    """Names in the order of their bytes, put into the order of the numbers in them.

    Where digits stand at the same places in all of them, as in ``f000`` to ``f999``, that is one order.
    """
    shapes = set(b"/".join(names).translate(_SHAPE).split(b"/"))
    return names if len(shapes) < 2 else sorted(names, key=_weight)


def _weight(name: bytes) -> bytes:
    return _NUMBER.sub(_counted, name)


def _counted(number: re.Match[bytes]) -> bytes:
    digits = number[0].lstrip(b"0")
    return b"0" + len(digits).to_bytes(4) + digits  # a longer number is a greater one
