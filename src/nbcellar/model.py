"""The records that travel between the rooms: frozen, slotted, without behaviour beyond their own fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass, field
from nbcellar.lighttypes import NewType, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

Digest = NewType("Digest", bytes)
"""32 bytes of BLAKE3. An asset's digest is over its canonical list of entries, a blob's over its bytes."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
LABEL_CHARS = 8_000
LONGEST_SHOWN = 200
PREFIX = re.compile(r"[0-9a-f]{6,64}")


class Kind(StrEnum):
    """What an entry of a manifest is."""

    FILE = "file"
    LINK = "link"
    FOLDER = "folder"  # only where it is empty: other folders follow from the names


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, link or empty folder of an asset.

    Attributes:
        name: Relative path as bytes, ``/`` between segments, never empty, never ``.`` or ``..``.
        digest: BLAKE3 of the whole content; of a link, of its target; of an empty folder, of nothing.
        mtime_ns: Modification time; kept in the stored manifest, no part of the asset's identity.
        chunks: Digests of the 16 MiB chunks of a large file, in order; empty where the content is one blob.
    """

    name: bytes
    kind: Kind
    executable: bool
    size_bytes: int
    digest: Digest
    mtime_ns: int = 0
    chunks: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetSummary:
    """What is known of an asset without opening its manifest.

    Attributes:
        digest: The asset's identity: its files alone.
        manifest: The digest of the stored manifest, a blob.
        size_bytes: Sum of its files' sizes.
    """

    digest: Digest
    manifest: Digest
    entry_count: int
    size_bytes: int


class RunKind(StrEnum):
    """What was executed."""

    TASK = "task"
    SAVE = "save"  # an asset made without a task
    NOTEBOOK = "notebook"
    FUNCTION = "function"
    WORKFLOW = "workflow"


class RunStatus(StrEnum):
    """How far it came."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ABANDONED = "abandoned"  # its process ended without closing it
    SKIPPED = "skipped"  # a step behind a failed one
    CACHED = "cached"  # a step or task whose earlier run was taken


class InputKind(StrEnum):
    """What was read."""

    ASSET = "asset"
    FILE = "file"
    URL = "url"
    MODULE = "module"  # source of a project module that was imported
    LISTING = "listing"  # the names in a folder


class InputOrigin(StrEnum):
    """How we know."""

    DECLARED = "declared"
    FOUND = "found"  # the tracer saw it opened
    LITERAL = "literal"  # a string in the code names it


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a run read.

    Attributes:
        path: Relative to the project where it lies inside, absolute where not; a URL; or the reference of an asset.
            A folder ends with ``/``, and a declared pattern stands for all that it matches.
        alias: The name that it was declared under.
        digest: Of the content when it was read; None where nothing needed it.
        run: Id of the run that made the asset, for assets.
    """

    kind: InputKind
    origin: InputOrigin
    path: str
    alias: str = ""
    digest: Digest | None = None
    size_bytes: int | None = None
    run: str | None = None

    def __repr__(self) -> str:
        size = "" if self.size_bytes is None else f", {self.size_bytes:,} bytes"
        return f"<Input {self.kind.value} {self.path}: {self.origin.value}{size}>"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a task, save, notebook, function or workflow, and a version in its series.

    Attributes:
        id: ULID, unique for ever; the key that makes publication repeatable.
        number: In the series (project, name); never used again.
        parent: Id of the run that this one is part of.
        asset: Digest of what it made; None where it made nothing.
        result: The JSON result; ``result_repr`` says in words what it was where it is no JSON.
        key: The cache key, with its parts in ``key_parts`` so that a difference can be named.
        origin: Where it came from: git commit and dirty flag, notebook, kernel, packages, host, process id.
        detail: What only one kind of run has (a step's reason, attempts, notes), JSON.
        sequence: Order of publication, from the catalogue; None until closed.
    """

    id: str
    kind: RunKind
    project: str
    name: str
    number: int
    status: RunStatus
    started_ns: int
    ended_ns: int | None = None
    parent: str | None = None
    asset: AssetSummary | None = None
    params: Mapping[str, JSON] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    result: JSON = None
    result_repr: str = ""
    code: str = ""
    error: str = ""
    key: str = ""
    key_parts: Mapping[str, JSON] = field(default_factory=dict)
    origin: Mapping[str, JSON] = field(default_factory=dict)
    detail: Mapping[str, JSON] = field(default_factory=dict)
    sequence: int | None = None
    removed_ns: int | None = None

    @property
    def ref(self) -> str:
        """``train@4``: the reference that always means this run, within its project."""
        return f"{self.name}@{self.number}"

    @property
    def expired_ns(self) -> int | None:
        """When its files were removed to make room; None where that never happened."""
        at_ns = self.detail.get("expired_ns")
        return at_ns if isinstance(at_ns, int) else None

    def __repr__(self) -> str:
        took = "" if self.ended_ns is None else f", {(self.ended_ns - self.started_ns) / 1e9:.1f} s"
        count = 0 if self.asset is None else self.asset.entry_count
        made = "" if self.asset is None else ", 1 entry" if count == 1 else f", {count} entries"
        return f"<Run {self.project}:{self.ref} {self.status.value}: {self.kind.value}{took}{made}>"


class LabelKind(StrEnum):
    """The labels on a run; none is part of an asset's identity."""

    ALIAS = "alias"
    TAG = "tag"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """An alias, a tag (key and value) or a note of one run."""

    kind: LabelKind
    run: str
    key: str
    value: str
    set_ns: int
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A queryable JSON result, unique by content within (project, name).

    Attributes:
        run: Id of the run in which it was recorded; None outside of runs.
        digest: Hex of BLAKE3 over canonical JSON of name, inputs and outputs.
    """

    id: str
    project: str
    name: str
    inputs: Mapping[str, JSON]
    outputs: Mapping[str, JSON]
    digest: str
    created_ns: int
    run: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """The two URLs that travel together into task bodies, kernels and workers; neither holds a password."""

    store_url: str
    catalogue_url: str


def series_beside(name: str, word: str) -> str:
    """The series of what belongs to another: ``train-inputs`` beside ``train``."""
    return f"{name[: 127 - len(word)]}-{word}"


def check_name(name: str, what: str = "name") -> str:
    """The name, where it may label a series, alias or tag.

    Raises:
        UsageError: It may not.
    """
    if not isinstance(name, str):
        raise UsageError(f"{name!r:.60} is not a usable {what}: it is no text.")
    if not NAME.fullmatch(name):
        shown = repr(name) if len(name) <= LONGEST_SHOWN else f"{name[:40]!r}… of {len(name):,} characters"
        raise UsageError(
            f"{shown} is not a usable {what}.",
            hint="Use letters, digits, _ and -, at most 128, and begin with a letter or _.",
        )
    return name


NEWEST = "latest"
"""The word that marks the newest version where versions are listed."""


def check_alias(name: str) -> str:
    """The name, where it may be an alias.

    Raises:
        UsageError: It may not.
    """
    if name == NEWEST:
        raise UsageError(
            f"{name!r} is not a usable alias: the newest version is marked so.",
            hint="A name alone, as `train`, means its newest version.",
        )
    return check_name(name, LabelKind.ALIAS.value)


def check_label(kind: LabelKind, key: str, value: str) -> None:
    """See that a label can be one.

    Raises:
        UsageError: The key cannot be an alias or a tag, the note is empty, or it or the tag's value is too long.
    """
    if kind is LabelKind.ALIAS:
        check_alias(key)
    elif kind is LabelKind.TAG:
        check_name(key, kind.value)
    elif not value.strip():
        raise UsageError("The note is empty.", hint="Write what is to be remembered.")
    what = "note" if kind is LabelKind.NOTE else f"value of the tag {key}"
    if re.search("[\ud800-\udfff]", value):  # bytes that are no UTF-8, on a command line
        raise UsageError(f"The {what} is no Unicode text.", saved="The version is labelled as before.")
    if len(value) > LABEL_CHARS:
        raise UsageError(
            f"The {what} has {len(value):,} characters; at most {LABEL_CHARS:,} are kept.",
            saved="The version is labelled as before.",
            hint="Shorten it, or save the long text as a file.",
        )
