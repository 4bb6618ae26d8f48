"""``diff``: how two assets differ, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nbcellar.assets.asset import Asset
from nbcellar.assets.comparing import differ
from nbcellar.assets.comparing.changes import MOST_BYTES, Detail, detail
from nbcellar.assets.comparing.differ import Change, Diff
from nbcellar.assets.display import Table, Tone, count_text, json_path, size_text, visible
from nbcellar.assets.facts import entry_facts
from nbcellar.assets.selection import Glob
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.commands.answer import Answer, Block, Lines
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import here
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Kind
from nbcellar.reference import Ref
from nbcellar.store import Cellar

NAMED = 50
MOST_BYTES_READ = 64 * 2**20


@dataclass(frozen=True, repr=False)
class Comparison(Answer):
    """What is new, changed and gone in the second asset."""

    verb: ClassVar[str] = "diff"
    before: Asset
    after: Asset
    found: Diff
    details: Mapping[bytes, Detail] = field(default_factory=dict)

    def _facts(self) -> dict[str, JSON]:
        return {
            "before": self.before.ref,
            "after": self.after.ref,
            "identical": self.found.identical,
            "same_count": len(self.found.same),
            "changes": list(self._items()),
        }

    def _items(self) -> Iterable[JSON]:
        found = self.found
        for entry in found.new:
            yield {"change": "new", **json_path(entry.name), "after": entry_facts(entry)}
        for change in found.changed:
            sides: dict[str, JSON] = {"before": entry_facts(change.before), "after": entry_facts(change.after)}
            yield {"change": "changed", **json_path(change.after.name), **sides, **self._detail(change.after.name)}
        for entry in found.gone:
            yield {"change": "gone", **json_path(entry.name), "before": entry_facts(entry)}

    def _detail(self, name: bytes) -> dict[str, JSON]:
        found = self.details.get(name)
        if not found:
            return {}
        return {"detail": {"kind": found.kind, "summary": found.summary, "lines": list(found.lines)}}

    def _blocks(self) -> list[Block]:
        head = f"{self.before.ref} → {self.after.ref}"
        if self.found.identical:
            return [f"{head}: the same {count_text(len(self.found.same), 'file')}."]
        rows = sorted(self._rows(), key=lambda row: row[1])
        tones = [{"+": Tone.GOOD, "-": Tone.BAD, "~": Tone.NOTE}[row[0]] for row in rows]
        blocks: list[Block] = [
            head,
            Table(("", "Path", "Before", "After", ""), rows, frozenset({"Before", "After"}), tones),
        ]
        blocks.append(f"{count_text(len(self.found.same), 'other file')} the same.")
        for name, found in self.details.items():
            if found.lines:
                blocks += [f"── {visible(name)}", Lines("\n".join(found.lines))]
        return blocks

    def _rows(self) -> list[tuple[str, ...]]:
        moved = {change.after.name: change.before.name for change in self.found.renamed}
        rows: list[tuple[str, ...]] = [
            ("~", visible(c.after.name), *_sizes(c.before.size_bytes, c.after.size_bytes), self._summary(c))
            for c in self.found.changed
        ]
        rows += [("-", visible(entry.name), size_text(entry.size_bytes), "", "") for entry in self.found.gone]
        for entry in self.found.new:
            source = f"was {visible(moved[entry.name])}" if entry.name in moved else ""
            rows.append(("+", visible(entry.name), "", size_text(entry.size_bytes), source))
        return rows

    def _summary(self, change: Change) -> str:
        found = self.details.get(change.after.name)
        return found.summary if found and found.kind != "binary" else ""


def diff(
    before: str,
    after: str = "",
    path: str = "",
    *,
    match: str | Iterable[str] | None = None,
    cellar: Cellar | None = None,
) -> Comparison:
    """How two assets differ.

    Args:
        before: A reference.
        after: The other one; where it is left out, ``before`` is compared with the success before it.
        path: Only this file, folder or glob; it may stand in the references too.
        match: Only files of this glob.

    Raises:
        NotFoundError: One of them is not there, or neither has such a file.
        UsageError: Two different paths are given.
    """
    place = here(cellar)
    path = _path(before, after, path)
    first, second = _both(place, before, after)
    glob = Glob.at(path) if path else Glob.of(match)
    found = differ.diff_stored(first.manifest, second.manifest, glob)
    if path and found == Diff():
        raise NotFoundError(f"Neither {first.ref} nor {second.ref} has a file {visible(path)!r}.")
    return Comparison(first, second, found, _details(place, found.changed))


def _path(before: str, after: str, path: str) -> str:
    said = (path, *(Ref.parse(ref).path for ref in (before, after) if ref))
    paths = [one for one in dict.fromkeys(said) if one]
    if len(paths) > 1:
        raise UsageError(
            f"{visible(paths[0])!r} and {visible(paths[1])!r} are two paths: one path is compared in both assets.",
            hint="Restore them into a folder to compare files of different names.",
        )
    return paths[0] if paths else ""


def _details(cellar: Cellar, changes: Sequence[Change]) -> dict[bytes, Detail]:
    """What changed within files, for as many as can be compared at once."""
    found: dict[bytes, Detail] = {}
    left = MOST_BYTES_READ
    for change in changes[:NAMED]:
        pair = (change.before, change.after)
        size = sum(entry.size_bytes for entry in pair)
        if any(entry.kind is not Kind.FILE for entry in pair) or max(e.size_bytes for e in pair) > MOST_BYTES:
            continue
        left -= size
        if left < 0:
            break
        before, after = (cellar.read_file(entry) for entry in pair)
        found[change.after.name] = detail(change.after.name, before, after)
    return found


def _both(cellar: Cellar, before: str, after: str) -> tuple[Asset, Asset]:
    if after:
        return Asset(cellar, cellar.find(before)), Asset(cellar, cellar.find(after))
    ref = Ref.parse(before)
    newer = Asset(cellar, cellar.find(ref))
    if ref.number is None and not ref.alias:
        return Asset(cellar, cellar.find(replace(ref, back=ref.back + 1))), newer
    older = _success_before(cellar, newer)
    return Asset(cellar, older.run), newer


def _success_before(cellar: Cellar, asset: Asset) -> Asset:
    from nbcellar.model import RunStatus
    from nbcellar.store import RunQuery

    run = asset.run
    statuses = (RunStatus.SUCCEEDED,)
    query = RunQuery(run.project, run.name, statuses=statuses, with_asset=True, before=run.sequence, limit=1)
    found = cellar.runs(query)
    if not found:
        raise NotFoundError(f"There is no success of {run.name!r} before {run.ref}.", hint="Name both sides.")
    return Asset(cellar, found[0])


def _sizes(before: int, after: int) -> tuple[str, str]:
    return size_text(before), size_text(after)


def _call(given: Given) -> Answer:
    match = given.texts("match") or None
    return diff(given.text("a"), given.text("b"), given.text("path"), match=match, cellar=given.cellar)


COMMANDS = (
    Command(
        "diff",
        "Compare two assets, file by file.",
        (
            ("diff train", "the newest success with the one before"),
            ("diff train@3 train@5", "two runs"),
            ("diff train@3 train@5 plots", "only what lies in `plots`"),
            ("diff train/model.npz", "one file, with the one before"),
        ),
        (
            Argument("A", "a reference", Count.ONE, kind="ref"),
            Argument("B", "another; the success before A is compared where it is left out", kind="ref"),
            Argument("PATH", "only this file, folder or glob"),
            Argument("--match", "only these files", Count.MANY, "GLOB"),
        ),
        _call,
        'cellar.diff("train@3", "train@5")',
    ),
)
