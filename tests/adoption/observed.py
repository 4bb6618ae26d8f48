"""What is in a folder, seen without nbcellar: the measure that task cells are held to."""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zipfile
from dataclasses import dataclass

from blake3 import blake3

OURS = frozenset({b".cellar", b"__pycache__", b".ipynb_checkpoints"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One file or link.

    Attributes:
        digest: BLAKE3 of its content, or of where it leads.
        content: The same, of what an archive holds where the file is one: archives hold times.
    """

    digest: bytes
    content: bytes
    written: tuple[int, ...]


def look(folder: bytes) -> dict[bytes, Seen]:
    """Every file and link below a folder, by relative name."""
    found: dict[bytes, Seen] = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in OURS]
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in [*names, *links]:
            path = os.path.join(parent, name)
            found[os.path.relpath(path, folder)] = _seen(path)
    return found


def written(before: dict[bytes, Seen], after: dict[bytes, Seen]) -> set[bytes]:
    """The names of the files that are new or were written to."""
    return {name for name, seen in after.items() if before.get(name) != seen}


def _seen(path: bytes) -> Seen:
    what = os.lstat(path)
    if stat.S_ISLNK(what.st_mode):
        digest = blake3(os.readlink(path)).digest()
        return Seen(digest, digest, (what.st_ino,))
    with open(path, "rb") as file:
        digest = blake3(file.read()).digest()
    return Seen(digest, _content(path) or digest, (what.st_ino, what.st_mtime_ns, what.st_mode))


def _content(path: bytes) -> bytes:
    """The content without the times that archives keep; empty where it is none."""
    hasher = blake3()
    if path.endswith((b".tar.gz", b".tgz")):
        with tarfile.open(os.fsdecode(path)) as tar:
            for member in tar:
                file = tar.extractfile(member)
                hasher.update(member.name.encode() + b"\0" + (file.read() if file else b""))
    elif path.endswith(b".gz"):
        with gzip.open(os.fsdecode(path)) as unpacked:
            hasher.update(unpacked.read())
    elif path.endswith(b".zip"):
        with zipfile.ZipFile(os.fsdecode(path)) as archive:
            for name in archive.namelist():
                hasher.update(name.encode() + b"\0" + archive.read(name))
    else:
        return b""
    return hasher.digest()
