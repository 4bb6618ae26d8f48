"""The answers: frozen records whose fields are those that the browser's TypeScript (``protocol.ts``) reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Generic, TypeAlias, TypeVar

from nbcellar.model import JSON


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value, in words."""

    name: str
    value: str


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
    """A folder of an asset, with how many entries lie below it."""

    run: str
    key: str
    name: str
    path: str
    files: int
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
        snippet: Python that gets it.
    """

    path: str
    size_bytes: int
    type: str
    snippet: str
    shown: View


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
class Tags:
    """The tags in use, as ``stage=final`` or ``reviewed``."""

    tags: tuple[str, ...]


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
class Undone:
    """What an undo did, in words."""

    text: str


Answer: TypeAlias = (
    Overview
    | Page[NameRow]
    | Page[VersionRow]
    | Page[FolderRow | FileRow]
    | About
    | Preview
    | RestorePlan
    | Restored
    | Undone
    | Changed
    | Tags
    | DiffPage
    | FileChange
    | Usage
    | Packed
)


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer on its way: JSON, and bytes beside it."""

    value: dict[str, JSON]
    content: bytes | None = None


def sent(answer: Answer) -> Sent:
    """The answer as it goes over the wire."""
    if isinstance(answer, Packed):
        return Sent({"name": answer.name, "size_bytes": len(answer.content)}, answer.content)
    if not isinstance(answer, Preview):
        return Sent(asdict(answer))
    shown = answer.shown
    head: dict[str, JSON] = {
        "path": answer.path,
        "size_bytes": answer.size_bytes,
        "type": answer.type,
        "snippet": answer.snippet,
        "shown_bytes": 0,
    }
    if isinstance(shown, MediaView):
        facts: list[JSON] = [asdict(one) for one in shown.facts]
        media: dict[str, JSON] = {"view": shown.view, "media": shown.media, "mime": shown.mime, "facts": facts}
        return Sent(head | media, shown.content)
    return Sent(head | asdict(shown))
