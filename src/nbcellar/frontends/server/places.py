"""The cellars that one server shows: below its root folder, and upward from what is open there."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbcellar.errors import NotFoundError, UnsafeError, UsageError
from nbcellar.frontends.browsing.desk import Desk
from nbcellar.settings import STORE_FOLDER, project_folder
from nbcellar.store import Cellar

_DEEP = 4
_FOLDERS = 3000
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True)
class Place:
    """One cellar that the server shows.

    Attributes:
        label: Its folder on the ``cellar:`` drive: the project's name, with a number where two are called so.
        folder: The project's folder.
    """

    uuid: str
    label: str
    project: str
    folder: Path
    desk: Desk


class Places:
    """Finds cellars and keeps them opened; safe to ask from several threads.

    Args:
        root: The folder that the server shows; nothing outside of it is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lock = threading.Lock()
        self._known: dict[str, Place] = {}

    def all(self) -> list[Place]:
        """Every cellar that can be found now; those of before keep their labels."""
        for folder in self._folders():
            self._open(folder)
        with self._lock:
            return sorted(self._known.values(), key=lambda place: place.label)

    def at(self, path: str) -> Place | None:
        """The cellar that a file or folder below the root belongs to; None where there is none yet.

        Raises:
            UnsafeError: The path leads out of the root.
        """
        return self._open(project_folder(self.folder_of(path)))

    def get(self, uuid: str) -> Place:
        """A cellar by its uuid.

        Raises:
            NotFoundError: There is none.
        """
        with self._lock:
            known = self._known.get(uuid)
        if known is not None:
            return known
        for place in self.all():
            if place.uuid == uuid:
                return place
        raise NotFoundError("This server shows no such cellar.", hint="Read the list of cellars again.")

    def labelled(self, label: str) -> Place:
        """A cellar by its folder on the drive.

        Raises:
            NotFoundError: There is none.
        """
        for place in self.all():
            if place.label == label:
                return place
        raise NotFoundError(f"There is no cellar {label!r}.")

    def inside(self, path: str) -> Path:
        """A path below the root, absolute; it need not exist.

        Raises:
            UnsafeError: It leads out of the root.
            UsageError: No file can have it.
        """
        try:
            found = (self.root / path.lstrip("/")).resolve()
            found.exists()
        except (OSError, ValueError):  # too long, a NUL, links in a circle
            raise UsageError(f"{path[:100]!r} cannot be a path.") from None
        if not found.is_relative_to(self.root):
            raise UnsafeError(f"{path!r} lies outside of the folder that this server shows.")
        return found

    def folder_of(self, path: str) -> Path:
        """The folder of a file below the root, or the folder itself.

        Raises:
            UnsafeError: It leads out of the root.
        """
        found = self.inside(path)
        return found if found.is_dir() else found.parent

    def _open(self, folder: Path) -> Place | None:
        if not (folder / STORE_FOLDER).is_dir():
            return None
        cellar = Cellar.open(folder)
        uuid = cellar.uuid
        if not uuid:
            return None
        with self._lock:
            if uuid not in self._known:
                desk = Desk(cellar, lambda: base_of(folder, self.root), self.root)
                self._known[uuid] = Place(uuid, self._label(cellar.project), cellar.project, folder, desk)
            return self._known[uuid]

    def _label(self, project: str) -> str:
        taken = {place.label for place in self._known.values()}
        number = 2
        label = project = project.replace("/", "-")
        while label in taken:
            label = f"{project} ({number})"
            number += 1
        return label

    def _folders(self) -> Iterator[Path]:
        """The project above the root, and folders with a store below it, nearest first."""
        yield project_folder(self.root)
        level = [self.root]
        seen = 0
        for _ in range(_DEEP):
            below: list[Path] = []
            for folder in level:
                for name in _folder_names(folder):
                    seen += 1
                    if seen > _FOLDERS:
                        return
                    if name == STORE_FOLDER:
                        yield folder
                    elif not name.startswith(".") and name not in _SKIPPED:
                        below.append(folder / name)
            level = below


def base_of(folder: Path, root: Path) -> Path:
    """Where relative targets of a restore begin: the project, or the server's root where the project lies above it."""
    return folder if folder.is_relative_to(root) else root


def _folder_names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return sorted(one.name for one in found if one.is_dir(follow_symlinks=False))
    except PermissionError:
        return []  # a folder that this user may not see has nothing to show
