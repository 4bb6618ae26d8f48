"""What lies directly in one folder of an asset, so that any page of it is at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbcellar.store.packs.manifests import Manifest

_NUMBER = re.compile(rb"[0-9]+")
# where digits stand in a name; a slash, which no base name holds, keeps names apart
_MASK = bytes(48 if 48 <= byte <= 57 else 47 if byte == 47 else 1 for byte in range(256))


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

    Where digits stand at the same places, as in ``f000`` to ``f999``, that is one order: only names of different masks
    are weighed, and those of one mask together, since a call for each of 100,000 names would be felt.
    """
    masks = b"/".join(names).translate(_MASK)
    if not names or masks == b"/".join((names[0].translate(_MASK),) * len(names)):
        return names
    groups: dict[bytes, list[bytes]] = {}
    for name, mask in zip(names, masks.split(b"/"), strict=True):
        groups.setdefault(mask, []).append(name)
    weights: list[bytes] = []
    for mask, group in groups.items():
        weights += _weights(mask, group)
    in_groups = [name for group in groups.values() for name in group]
    return [in_groups[at] for at in sorted(range(len(in_groups)), key=weights.__getitem__)]


def _weights(mask: bytes, names: list[bytes]) -> list[bytes]:
    """What names of one mask are sorted by: each number with its length before it, and last the name itself."""
    runs = list(_NUMBER.finditer(mask))
    joined = b"".join(names)
    if any(b"0" in joined[run.start() :: len(mask)] for run in runs):  # its digits may be fewer than they look
        return [_NUMBER.sub(_counted, name) + b"\0" + name for name in names]
    weights = names
    for run in reversed(runs):
        at, count = run.start(), _count(run.end() - run.start())
        weights = [weight[:at] + count + weight[at:] for weight in weights]
    return [weight + b"\0" + name for weight, name in zip(weights, names, strict=True)]


def _counted(number: re.Match[bytes]) -> bytes:
    digits = number[0].lstrip(b"0")
    return _count(len(digits)) + digits


def _count(length: int) -> bytes:
    return b"0" + length.to_bytes(4)  # a longer number is a greater one
