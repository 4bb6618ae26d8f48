"""The rows of lists, and pages of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class Overview:
    """Which cellar this is.

    Attributes:
        place: Its folder as people write it, or its URL.
        exists: False before the first save.
    """

    place: str
    exists: bool
    project: str
    names: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class NameRow:
    """One series.

    Attributes:
        when: When its newest run began, in seconds since 1970.
    """

    project: str
    name: str
    versions: int
    newest: int
    when: float
    kind: str = "name"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One run of a series; ``files`` and ``size_bytes`` are None where it made no asset.

    Attributes:
        title: What its row says: ``@4`` below its name, ``train@4`` where it stands alone.
    """

    run: str
    title: str
    ref: str
    number: int
    status: str
    when: float
    seconds: float | None
    files: int | None
    size_bytes: int | None
    latest: bool
    aliases: tuple[str, ...]
    removed: bool
    kind: str = "version"


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder of an asset, with how many entries lie below it.

    Attributes:
        size_bytes: What they hold; None where there are so many that summing them would be felt.
    """

    run: str
    key: str
    name: str
    path: str
    files: int
    size_bytes: int | None
    kind: str = "folder"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file or link of an asset."""

    run: str
    key: str
    name: str
    path: str
    size_bytes: int
    kind: str = "file"


Row = TypeVar("Row", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and how many there are in all."""

    start: int
    total: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags in use, as ``stage=final`` or ``reviewed``."""

    tags: tuple[str, ...]
