"""What a restore is going to do, name by name, decided before the first byte is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from nbcellar.assets.scanning.columns import printable
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import Digest, Entry


class Policy(StrEnum):
    """What becomes of a file that is there already and differs."""

    SAFE = "safe"  # replaced if what it holds is stored in a live asset, else a conflict
    ERROR = "error"  # a conflict
    KEEP = "keep"  # it stays as it is
    REPLACE = "replace"  # replaced, and kept for undo
    BACKUP = "backup"  # renamed: "x (before restore).csv"


class Action(StrEnum):
    """What happens with one entry."""

    CREATE = "create"
    SAME = "same"
    REPLACE = "replace"
    KEEP = "keep"
    BACKUP = "backup"
    CONFLICT = "conflict"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Present:
    """What stands at an entry's place now, by stat; the restore stops if it is something else by then."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Planned:
    """One entry and what happens with it.

    Attributes:
        why: Of conflicts and unsafe entries, in words.
        stored: The digest of what is replaced, where the store holds it in a live asset.
    """

    entry: Entry
    action: Action
    present: Present | None = None
    why: str = ""
    stored: Digest | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore is going to do.

    Attributes:
        target: The folder, absolute; it need not exist.
        planned: In the order of names.
        links: What the links among the entries point to, by digest.
    """

    target: Path
    policy: Policy
    planned: tuple[Planned, ...]
    links: Mapping[Digest, bytes] = field(default_factory=dict)

    def names(self, action: Action) -> tuple[bytes, ...]:
        """The names with which this happens."""
        return tuple(item.entry.name for item in self.planned if item.action is action)

    @property
    def create(self) -> tuple[bytes, ...]:
        """What is not there yet."""
        return self.names(Action.CREATE)

    @property
    def same(self) -> tuple[bytes, ...]:
        """What is there already, as it is in the asset."""
        return self.names(Action.SAME)

    @property
    def replace(self) -> tuple[bytes, ...]:
        """What is overwritten, and can be undone."""
        return self.names(Action.REPLACE)

    @property
    def keep(self) -> tuple[bytes, ...]:
        """What differs and stays."""
        return self.names(Action.KEEP)

    @property
    def backup(self) -> tuple[bytes, ...]:
        """What is renamed before its place is taken."""
        return self.names(Action.BACKUP)

    @property
    def conflicts(self) -> tuple[Planned, ...]:
        """What forbids the restore."""
        return tuple(item for item in self.planned if item.action is Action.CONFLICT)

    @property
    def unsafe(self) -> tuple[Planned, ...]:
        """Links that would lead out of the target; they are left out."""
        return tuple(item for item in self.planned if item.action is Action.UNSAFE)

    @property
    def total_bytes(self) -> int:
        """What is going to be written."""
        return sum(item.entry.size_bytes for item in self.planned if item.action in WRITES)

    def describe(self) -> str:
        """The plan for people: one line a kind of action, with the first names."""
        lines = [f"restore to {self.target}"]
        for action in Action:
            items = [item for item in self.planned if item.action is action]
            if items:
                lines.append(f"  {action}: {len(items)} ({_first(items)})")
        return "\n".join(lines)


WRITES = frozenset({Action.CREATE, Action.REPLACE, Action.BACKUP})


def _first(items: Iterable[Planned], most: int = 3) -> str:
    names = [printable(item.entry.name) + (f": {item.why}" if item.why else "") for item in items]
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
