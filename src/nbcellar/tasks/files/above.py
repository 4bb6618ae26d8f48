"""Files outside of a task's folder that were written unseen: by a C library, or by another process, above it.

Such a file is found where the code mentions it, or the folder that it lies in, and where it is newer than the task.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import Scan, scan
from nbcellar.lightclasses import dataclass
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.workdir import MOST_FILES


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What the code mentions, at the end of the body.

    Attributes:
        paths: Absolute, whether anything is there or not.
        began_ns: When the task began, by the file system's clock.
    """

    paths: Collection[str] = frozenset()
    began_ns: int = 0

    def changed(self, places: Places, *, inside: bool = False) -> set[str]:
        """The files among them, and in the folders among them, that are newer than the task.

        Args:
            inside: Look into the task's own folder too, where it was too large to be looked through.
        """
        found: set[str] = set()
        for path in {os.path.realpath(path) for path in self.paths}:
            if (places.in_project(path) is None and path != places.home) or (places.in_root(path) and not inside):
                continue
            if os.path.isdir(path) and path != places.root:
                found.update(_below(path, self.began_ns, whole=not _holds(path, places.root)))
            elif os.path.isfile(path) and os.stat(path).st_ctime_ns >= self.began_ns:
                found.add(path)
        return found


MOST_LOOKED_AT = 5_000
"""Of a larger project only what is mentioned is looked at: so many files cost 40 ms."""


def newer(places: Places, began_ns: int) -> set[str]:
    """The files of the project outside of the task's folder that are newer than the task; none of a large project."""
    inside = os.path.relpath(places.root, places.home)
    if places.root == places.home or inside.startswith(".."):
        return set()
    found = scan(Path(places.home), places.rules.with_lines([f"/{_escaped(inside)}/"]), limit=MOST_LOOKED_AT)
    rows = zip(found.names, found.ctimes, found.modes, strict=True)
    return {
        os.path.join(places.home, os.fsdecode(name))
        for name, changed_ns, mode in rows
        if changed_ns >= began_ns and stat.S_ISREG(mode)
    }


def _escaped(name: str) -> str:
    """A name as a rule of a ``.gitignore``."""
    return re.sub(r"([\\*?\[\]!# ])", r"\\\1", name)


def real(path: str) -> str:
    """The path with no link above it; where it is a link itself, it stays one."""
    parent, base = os.path.split(path)
    return os.path.join(os.path.realpath(parent), base)


def _holds(folder: str, path: str) -> bool:
    return f"{path}/".startswith(folder.rstrip("/") + "/")


def _below(folder: str, began_ns: int, *, whole: bool) -> Iterator[str]:
    """Newer files in a folder; of one that holds the task's own, only those that lie in it directly."""
    if not whole:
        with os.scandir(folder) as listing:
            for entry in listing:
                if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_ctime_ns >= began_ns:
                    yield entry.path
        return
    found = _look(Path(folder))
    for name, changed_ns in zip(found.names, found.ctimes, strict=True):
        if changed_ns >= began_ns:
            yield os.path.join(folder, os.fsdecode(name))


def _look(folder: Path) -> Scan:
    return scan(folder, IgnoreRules.load(folder), limit=MOST_FILES)
