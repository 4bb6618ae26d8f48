"""A preview, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from nbcellar.frontends.browsing.facts import Fact


@dataclass(frozen=True, slots=True)
class TextView:
    """Text as it is, or JSON where ``view`` says so."""

    text: str
    complete: bool
    shown_bytes: int
    view: str = "text"


@dataclass(frozen=True, slots=True)
class TableView:
    """The first rows of a table, every value as text.

    Attributes:
        types: One for each column, where the format has types.
        total_rows: None where only reading all of it would tell.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    total_rows: int | None
    complete: bool
    shown_bytes: int
    view: str = "table"


@dataclass(frozen=True, slots=True)
class MediaView:
    """A picture or a sound whose bytes travel beside the answer."""

    media: str
    mime: str
    facts: tuple[Fact, ...]
    content: bytes = field(repr=False)
    view: str = "media"


@dataclass(frozen=True, slots=True)
class FactsView:
    """What can be said of a file that is not shown."""

    facts: tuple[Fact, ...]
    note: str
    view: str = "facts"


View: TypeAlias = TextView | TableView | MediaView | FactsView


@dataclass(frozen=True, slots=True)
class Preview:
    """The head of a file.

    Attributes:
        path: Reference and path, for reading.
        type: What it is, in words.
        digest: BLAKE3 of the whole content, in hexadecimal digits.
        snippet: Python that gets it.
    """

    path: str
    size_bytes: int
    type: str
    digest: str
    snippet: str
    shown: View
