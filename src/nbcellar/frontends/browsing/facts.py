"""What is known of a version and of the disk, in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value, in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Relative:
    """A version that another was made from or used by."""

    run: str
    project: str
    name: str
    ref: str


@dataclass(frozen=True, slots=True)
class About:
    """One version, in words.

    Attributes:
        digest: The asset's identity in hexadecimal digits; empty where there is none.
        made_from: The versions whose files it read.
        used_by: The newest of those that read its files, of ``users`` in all.
        notes: Each with the key by which it is taken away.
        removed: Whether it is in the trash.
        snippet: Python that gets it.
    """

    run: str
    project: str
    name: str
    ref: str
    status: str
    removed: bool
    error: str
    facts: tuple[Fact, ...]
    params: tuple[Fact, ...]
    inputs: tuple[Fact, ...]
    digest: str
    made_from: tuple[Relative, ...]
    used_by: tuple[Relative, ...]
    users: int
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
