"""What a restore would do, and what was done."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What happens to one file, and why where it is refused."""

    path: str
    action: str
    why: str


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restore would do.

    Attributes:
        rows: The first of them; ``counts`` says how many there are.
        possible: False where a conflict stops it.
    """

    ref: str
    target: str
    counts: dict[str, int]
    size_bytes: int
    rows: tuple[PlanRow, ...]
    possible: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    files: int
    target: str
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Packed:
    """Bytes to be saved under a name; they travel beside the answer."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a version, in words."""

    text: str


@dataclass(frozen=True, slots=True)
class LabelBack:
    """The way back of a label: what is set again, or taken away.

    Attributes:
        run: The run that had the label, or got it.
        set: Whether it is set again.
    """

    run: str
    kind: str
    key: str
    value: str
    set: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """What was labelled, in words, and its way back."""

    text: str
    back: LabelBack


@dataclass(frozen=True, slots=True)
class Holder:
    """The reference of the other version that has an alias; empty where none has."""

    ref: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did, in words."""

    text: str
