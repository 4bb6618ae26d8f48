"""``cellar://train@prod/t.parquet``: assets as an fsspec filesystem, so that every library that takes a URL reads them.

Read only. What is read is compared with its digest, and makes the asset an input of the task that reads.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import unquote

from fsspec import AbstractFileSystem

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.model import Entry, Kind
from nbcellar.reference import Ref

if TYPE_CHECKING:
    from nbcellar.store import Cellar


class _Details(TypedDict):
    name: str
    size: int | None
    type: str


class CellarFileSystem(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Assets by reference; the files of one below it.

    Args:
        store: The URL or folder of a store; the project's own where it is left out.
    """

    protocol = "cellar"
    root_marker = ""
    cachable = False  # a name's newest asset changes, and so does the current folder

    def __init__(self, store: str = "", **options: object) -> None:
        super().__init__(**options)
        self._store = store

    @property
    def _cellar(self) -> Cellar:
        from nbcellar.store import Cellar, current

        if not self._store:
            return current()
        from nbcellar.store.objects.address import complete

        return Cellar.open(address=complete(self._store))

    def ls(self, path: str, detail: bool = True, **options: object) -> list[_Details] | list[str]:
        """Names at the root, and what lies directly in an asset or a folder of one.

        Raises:
            FileNotFoundError: There is nothing there.
        """
        path = self._strip_protocol(path)
        found = self._children(path) if path else self._names()
        return found if detail else [one["name"] for one in found]

    def info(self, path: str, **options: object) -> _Details:
        """What one path is.

        Raises:
            FileNotFoundError: There is nothing there.
        """
        path = self._strip_protocol(path)
        if not path:
            return _folder("")
        asset, inner = self._find(path)
        if not inner:
            return _folder(path)
        if inner in asset:
            return _details(path, asset[inner].entry)
        if next(asset.manifest.starting(os.fsencode(inner) + b"/"), None):
            return _folder(path)
        raise _missing(asset, inner)

    def _open(self, path: str, mode: str = "rb", **options: object) -> io.BufferedReader[io.RawIOBase]:
        if mode != "rb":
            raise _unchanging(path, f"be opened as {mode!r}")
        file = self._entry(path).open("rb")
        assert isinstance(file, io.BufferedReader)
        return file

    def rm_file(self, path: str) -> None:
        """Refused.

        Raises:
            UsageError: Always.
        """
        raise _unchanging(path, "be removed")

    _rm = rm_file

    def cp_file(self, path1: str, path2: str, **options: object) -> None:
        """Refused.

        Raises:
            UsageError: Always.
        """
        raise _unchanging(path2, "be written")

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: object) -> bytes:
        """The bytes of a file, or a part of it; negative places count from its end.

        Raises:
            FileNotFoundError: There is none.
        """
        entry = self._entry(self._strip_protocol(path))
        first, last, _ = slice(start, end).indices(entry.size)
        return entry.read(first, max(last - first, 0))

    def created(self, path: str) -> object:
        """When the asset was made."""
        import datetime

        asset, _ = self._find(self._strip_protocol(path))
        return datetime.datetime.fromtimestamp(asset.run.started_ns / 1e9, tz=datetime.UTC)

    def modified(self, path: str) -> object:
        """When the file was last changed before it was kept."""
        import datetime

        entry = self._entry(self._strip_protocol(path)).entry
        return datetime.datetime.fromtimestamp(entry.mtime_ns / 1e9, tz=datetime.UTC)

    def ukey(self, path: str) -> str:
        """The digest of a file: it changes when, and only when, the content does."""
        return self._entry(self._strip_protocol(path)).digest

    def _entry(self, path: str) -> AssetEntry:
        asset, inner = self._find(path)
        if inner not in asset:
            raise _missing(asset, inner)
        return asset[inner]

    def _find(self, path: str) -> tuple[Asset, str]:
        ref, _, inner = path.partition("/")
        try:
            return Asset(self._cellar, self._cellar.find(Ref.parse(ref))), unquote(inner.rstrip("/"))
        except NotFoundError as error:
            raise FileNotFoundError(str(error)) from error

    def _names(self) -> list[_Details]:
        cellar = self._cellar
        return [
            _folder(one.name if one.project == cellar.project else f"{one.project}:{one.name}")
            for one in cellar.series()
            if one.newest.asset
        ]

    def _children(self, path: str) -> list[_Details]:
        asset, inner = self._find(path)
        if inner and inner in asset:
            return [_details(path, asset[inner].entry)]
        found: list[_Details] = []
        start, after = path.rstrip("/"), b""
        while True:
            folders, entries = asset.manifest.children(os.fsencode(inner), after)
            found += [_folder(f"{start}/{_spelled(name)}") for name, _ in folders]
            found += [_details(f"{start}/{_spelled(_base(entry.name))}", entry) for entry in entries]
            if not folders and not entries:
                break
            after = max([*(name for name, _ in folders), *(_base(entry.name) for entry in entries)])
        if inner and not found:
            raise _missing(asset, inner)
        return found


def _missing(asset: Asset, inner: str) -> OSError:
    if not inner or next(asset.manifest.starting(os.fsencode(inner) + b"/"), None):
        return IsADirectoryError(f"{asset.ref}{f'/{inner}' if inner else ''} is a folder: name a file in it.")
    return FileNotFoundError(f"{asset.ref} has no file {inner!r}.")


def _unchanging(path: str, done: str) -> UsageError:
    hint = "Assets do not change; save a new one."
    return UsageError(f"cellar://{path.removeprefix('cellar://')} cannot {done}.", hint=hint)


def _spelled(name: bytes) -> str:
    """A base name in a path: where it would be read as an escape, its percent signs are escaped."""
    text = os.fsdecode(name)
    return text if unquote(text) == text else text.replace("%", "%25")


def _base(name: bytes) -> bytes:
    return name.rpartition(b"/")[2]


def _folder(name: str) -> _Details:
    return {"name": name, "size": 0, "type": "directory"}


def _details(name: str, entry: Entry) -> _Details:
    match entry.kind:
        case Kind.FOLDER:
            return _folder(name)
        case Kind.LINK:
            return {"name": name, "size": entry.size_bytes, "type": "link"}
        case _:
            return {"name": name, "size": entry.size_bytes, "type": "file"}
