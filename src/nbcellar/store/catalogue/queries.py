"""What can be asked of the catalogue, and what it answers in: records without behaviour."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON, Run, RunKind, RunStatus


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs; every field that is set must fit.

    Attributes:
        ids: Any of these; all where it is empty.
        name: Of the series.
        kinds: Any of these; all where it is empty.
        statuses: Any of these; all where it is empty.
        parent: Id of the run that they are part of.
        parents: Part of any of these; all where it is empty.
        asset: Digest of what they made, or its first bytes.
        since_ns: Started then or later.
        tag: Key, or key and value, of a tag that they carry.
        params: Parameters with these values.
        key: Their cache key.
        with_asset: Whether they must have made something; None for both.
        removed: Whether they are in the trash; None for both.
        before: Sequence that they come before: the last one of the page before.
        limit: At most so many; None for all.
    """

    project: str | None = None
    name: str | None = None
    ids: tuple[str, ...] = ()
    kinds: tuple[RunKind, ...] = ()
    statuses: tuple[RunStatus, ...] = ()
    parent: str | None = None
    parents: tuple[str, ...] = ()
    asset: bytes | None = None
    since_ns: int | None = None
    tag: str | tuple[str, str] | None = None
    params: Mapping[str, JSON] = field(default_factory=dict)
    key: str | None = None
    with_asset: bool | None = None
    removed: bool | None = False
    before: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """Which records; every field that is set must fit.

    Attributes:
        run: Id of a run in which they were recorded; they come with this run, in the order of recording there.
        before: Sequence that they come before.
        limit: At most so many; None for all.
    """

    project: str | None = None
    name: str | None = None
    digest: str | None = None
    run: str | None = None
    before: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The runs of one name.

    Attributes:
        run_count: Runs that are not in the trash.
        newest: The newest of them.
    """

    project: str
    name: str
    run_count: int
    newest: Run
