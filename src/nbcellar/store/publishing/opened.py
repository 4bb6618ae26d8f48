"""A store as one process has it open: where it lies, and how the first write of all makes it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from nbcellar.errors import NotFoundError
from nbcellar.lightclasses import replace
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import JSON, Address
from nbcellar.settings import Settings, load, project_folder
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.journal.events import EventKind
from nbcellar.store.journal.layout import (
    Format,
    check_writable,
    make_folders,
    new_format,
    one_at_a_time,
    read_format,
    write_format,
)
from nbcellar.store.objects.address import address_of, catalogue_path, local_path, writable_folder
from nbcellar.store.objects.ballast import keep_ballast
from nbcellar.store.objects.failures import storage_errors
from nbcellar.store.objects.local import LocalObjects
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.packs.content import Content

if TYPE_CHECKING:
    from typing import Self

    from nbcellar.store.publishing.publication import Publisher


class Opened:
    """What every part of a cellar stands on.

    Attributes:
        address: The two URLs that mean this cellar everywhere.
        home: The project's folder.
        folder: The local folder for work, cache, tmp and rescue; the user's where the store may only be read.
        project: The project whose names need no prefix.
    """

    def __init__(self, address: Address, settings: Settings, home: Path) -> None:
        self.address = address
        self.settings = settings
        self.home = home
        self.folder = writable_folder(address.store_url)
        self.project = settings.project or os.fsencode(home.name or "root").decode("utf-8", "replace")
        self._objects = _objects_at(address.store_url)
        self._catalogue = Catalogue(None)
        self._lock = threading.RLock()
        self._format: Format | None = None
        self._ready = False
        self._uuid = ""
        self._looked = 0.0
        self._look()

    @classmethod
    def open(
        cls, start: Path | None = None, *, address: Address | None = None, settings: Settings | None = None
    ) -> Self:
        """The cellar of a place.

        Args:
            start: A folder in the project; the current one where it is None.
            address: Instead of what settings and environment say.
            settings: Instead of the project's.

        Raises:
            UsageError: A URL is none that can be used.
            FormatTooNewError: A newer version wrote the store.
            CorruptDataError: Its ``format.json`` is damaged.
            StorageError: It could not be read.
        """
        start = (start or Path.cwd()).absolute()
        home = project_folder(start)
        settings = settings or load(home)
        return cls(address or address_of(start, settings), settings, home)

    @property
    def own_folder(self) -> Path | None:
        """The store itself, also where it may only be read; None where it is no local folder."""
        return local_path(self.address.store_url)

    @property
    def exists(self) -> bool:
        """Whether the first write has been."""
        return bool(self._uuid) or self._look()

    @property
    def uuid(self) -> str:
        """The store's uuid; empty where it does not exist yet."""
        return self._uuid if self.exists else ""

    def part_of(self, path: Path) -> str | None:
        """The part of the store's folder that a place lies in.

        Returns:
            ``"packs"`` for what is below its folder ``packs``; empty for these folders and the store's own; None for
            what lies elsewhere.
        """
        folder = self.own_folder or self.folder
        for store in dict.fromkeys((folder, Path(os.path.realpath(folder)))):
            if path.is_relative_to(store):
                part, *below = path.relative_to(store).parts or ("",)
                return part if below else ""
        return None

    def close(self) -> None:
        """Close connections that nobody has in use; the cellar can be used again."""
        self._catalogue.close()

    def __repr__(self) -> str:
        return f"<Cellar {self.address.store_url}>"

    def _must_exist(self) -> None:
        if not self.exists:
            raise NotFoundError(f"There is no store at {self.address.store_url}.")
        self._ensure()

    def _look(self) -> bool:
        with storage_errors("read", self._objects.place, ""):
            found = read_format(self._objects)
        if found is None:
            return False
        with self._lock:
            if not self._uuid:
                self._catalogue = Catalogue(catalogue_path(self.address.catalogue_url), found.catalogue)
                self._format = found
                self._uuid = found.store
        return True

    def _ensure(self) -> None:
        """Make the store where it does not exist yet; the first write of all."""
        if self._ready:
            return
        with self._lock, storage_errors("create", self._objects.place):
            make_folders(self.folder)
            if not self._look():
                with one_at_a_time(self.folder / "tmp" / "create.lock"):
                    if not self._look():
                        self._create()
                self._look()
            assert self._format is not None
            check_writable(self._format, self._objects.place)
            keep_ballast(self.folder)
            self._ready = True

    def _create(self) -> None:
        path = catalogue_path(self.address.catalogue_url)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        format_ = new_format()
        write_format(self._objects, replace(format_, catalogue=Catalogue(path, format_.catalogue).create()))

    def _content(self) -> Content:
        return Content(self._reading(), self._objects)

    def _reading(self) -> Catalogue:
        """The catalogue; one that is empty where the store does not exist yet."""
        if not self._uuid:
            self._look()
        return self._catalogue

    def _append(self, kind: EventKind, body: JSON) -> int:
        self._ensure()
        return self._publisher().append(kind, body)

    def _publisher(self) -> Publisher:
        from nbcellar.store.publishing.publication import Publisher  # readers do without it

        return Publisher(self._catalogue, self._objects)


def _objects_at(store_url: str) -> Objects:
    local = local_path(store_url)
    if local:
        return LocalObjects(local)
    from nbcellar.store.objects.remote import RemoteObjects  # loads fsspec, which a local store does without

    return RemoteObjects(store_url)
