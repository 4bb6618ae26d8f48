"""How two versions and their files differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiffRow:
    """What became of one file.

    Attributes:
        change: ``new``, ``changed`` or ``gone``.
        was: The name that the same content had before; empty where it had none.
    """

    key: str
    path: str
    change: str
    before_bytes: int | None
    after_bytes: int | None
    was: str


@dataclass(frozen=True, slots=True)
class DiffPage:
    """How two versions differ: some rows of a list, and how many there are in all.

    Attributes:
        before: Id of the older run; its reference is ``before_ref``.
    """

    before: str
    before_ref: str
    after: str
    after_ref: str
    same: int
    new: int
    changed: int
    gone: int
    start: int
    total: int
    rows: tuple[DiffRow, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """How one file differs.

    Attributes:
        view: ``text``, ``table``, ``json``, ``image``, ``notebook`` or ``binary``.
        lines: Each begins with ``+``, ``-``, ``~``, a blank, or ``@@`` where lines in between are left out.
        before: Whether the older version holds it.
        after: Whether the newer one does.
    """

    path: str
    view: str
    summary: str
    lines: tuple[str, ...]
    before: bool
    after: bool
