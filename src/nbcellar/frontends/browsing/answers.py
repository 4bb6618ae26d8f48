"""The answers: frozen records whose fields the browser's TypeScript (``listing.ts`` and its neighbours) reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TypeAlias

from nbcellar.frontends.browsing.differences import DiffPage, FileChange
from nbcellar.frontends.browsing.facts import About, Usage
from nbcellar.frontends.browsing.outcomes import Changed, Holder, Labelled, Packed, Restored, RestorePlan, Undone
from nbcellar.frontends.browsing.rows import FileRow, FolderRow, NameRow, Overview, Page, Tags, VersionRow
from nbcellar.frontends.browsing.views import MediaView, Preview
from nbcellar.model import JSON

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
    | Labelled
    | Holder
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
    if isinstance(answer, Page):
        return Sent({"start": answer.start, "total": answer.total, "rows": [_flat(row) for row in answer.rows]})
    if not isinstance(answer, Preview):
        return Sent(asdict(answer))
    shown = answer.shown
    head: dict[str, JSON] = {
        "path": answer.path,
        "size_bytes": answer.size_bytes,
        "type": answer.type,
        "digest": answer.digest,
        "snippet": answer.snippet,
        "shown_bytes": 0,
    }
    if isinstance(shown, MediaView):
        facts: list[JSON] = [asdict(one) for one in shown.facts]
        media: dict[str, JSON] = {"view": shown.view, "media": shown.media, "mime": shown.mime, "facts": facts}
        return Sent(head | media, shown.content)
    return Sent(head | asdict(shown))


def _flat(row: NameRow | VersionRow | FolderRow | FileRow) -> dict[str, JSON]:
    """A row of scalars and tuples of them: ``asdict`` copies each, which takes longer than finding the rows."""
    return {name: getattr(row, name) for name in row.__slots__}
