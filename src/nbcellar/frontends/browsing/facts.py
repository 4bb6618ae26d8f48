"""What is known of a version and of the disk, in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value, in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class About:
    """One version, in words.

    Attributes:
        notes: Each with the key by which it is taken away.
        removed: Whether it is in the trash.
        snippet: Python that gets it.
    """

    run: str
    ref: str
    status: str
    removed: bool
    error: str
    facts: tuple[Fact, ...]
    params: tuple[Fact, ...]
    inputs: tuple[Fact, ...]
    aliases: tuple[str, ...]
    tags: tuple[Fact, ...]
    notes: tuple[Fact, ...]
    code: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What each name holds on disk.

    Attributes:
        rows: Name, versions, what they hold, and what no other name holds; the largest first.
        content_bytes: Of all different contents.
        trash_bytes: What the versions in the trash hold, shared or not.
    """

    rows: tuple[UsageRow, ...]
    content_bytes: int
    stored_bytes: int
    trash: int
    trash_bytes: int


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What the assets of one name hold."""

    name: str
    assets: int
    size_bytes: int
    own_bytes: int
