"""Objects behind any fsspec URL: each one is a single put, never an open file.

``with fs.open(url, "wb")`` publishes the half that was written when an exception leaves the block, so it is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import Lock

from nbcellar.store.objects.protocol import Buffer, Stored

_LARGEST = 64 * 2**20


class RemoteWriter:
    """Parts in memory until the one put."""

    def __init__(self, objects: RemoteObjects, key: str) -> None:
        self._objects = objects
        self._key = key
        self._bytes = bytearray()
        self._lock = Lock()

    def write(self, parts: Sequence[Buffer]) -> None:
        """Append the parts."""
        with self._lock:
            for part in parts:
                self._bytes += part

    def write_at(self, offset: int, part: Buffer) -> None:
        """Put the part at its place."""
        with self._lock:
            missing = offset + len(part) - len(self._bytes)
            if missing > 0:
                self._bytes.extend(bytes(missing))
            self._bytes[offset : offset + len(part)] = part

    def finish(self) -> None:
        """Put the object."""
        self._objects.put(self._key, bytes(self._bytes))
        self._bytes = bytearray()

    def discard(self) -> None:
        """Forget the parts."""
        self._bytes = bytearray()


class RemoteObjects:
    """The objects under one fsspec URL."""

    largest_bytes: int | None = _LARGEST

    def __init__(self, url: str) -> None:
        import fsspec  # costs 60 ms, which a local store never needs

        self._fs, path = fsspec.core.url_to_fs(url)
        self._root = str(path).rstrip("/")
        self.place = url

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object."""
        end = None if length is None else offset + length
        return bytes(self._fs.cat_file(self._path(key), start=offset, end=end))

    def create(self, key: str) -> RemoteWriter:
        """Begin an object."""
        return RemoteWriter(self, key)

    def put(self, key: str, data: bytes) -> None:
        """Write one object."""
        self._fs.pipe_file(self._path(key), data)

    def settle(self, folder: str) -> None:
        """Object stores make names durable with the put."""

    def size(self, key: str) -> int:
        """Its length in bytes."""
        return int(self._fs.info(self._path(key))["size"])

    def listed(self, folder: str) -> Iterator[Stored]:
        """Every object of a folder."""
        self._fs.invalidate_cache()
        try:
            rows = self._fs.ls(self._path(folder), detail=True)
        except FileNotFoundError:
            return
        for row in rows:
            if row["type"] == "file":
                name = str(row["name"]).rpartition("/")[2]
                yield Stored(f"{folder}/{name}", int(row["size"]), _changed_ns(row))

    def move(self, key: str, to: str) -> None:
        """Give an object another key."""
        self._fs.cp_file(self._path(key), self._path(to))
        self._fs.rm_file(self._path(key))

    def delete(self, key: str) -> None:
        """Remove an object."""
        try:
            self._fs.rm_file(self._path(key))
        except FileNotFoundError:
            return


def _changed_ns(row: dict[str, object]) -> int:
    for field in ("mtime", "LastModified", "last_modified", "updated", "created"):
        value = row.get(field)
        if isinstance(value, datetime):
            return int(value.timestamp() * 1e9)
        if isinstance(value, int | float):
            return int(value * 1e9)
    return 0
