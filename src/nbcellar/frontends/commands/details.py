"""``show``: everything that is known of a run, and the files that it kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from nbcellar.assets.asset import Asset
from nbcellar.assets.display import Table, count_text, seconds_text, size_text, time_text, visible
from nbcellar.assets.facts import asset_facts, entry_facts, media_type, run_details
from nbcellar.assets.selection import Glob
from nbcellar.errors import NotFoundError
from nbcellar.frontends.commands.answer import Answer, Block, Lines
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import find_any, here
from nbcellar.frontends.commands.runtable import labels_text, short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Entry, Input, Kind, Label, Ref, Run
from nbcellar.store import Cellar

SHOWN = 1000


@dataclass(frozen=True, repr=False)
class FileList(Answer):
    """Files of an asset.

    Attributes:
        entries: Those that are meant, all of them.
    """

    verb: ClassVar[str] = "ls"
    asset: Asset
    glob: Glob
    entries: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def _facts(self) -> dict[str, JSON]:
        return {"ref": self.asset.ref, **asset_facts(self.asset.summary), "files": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return (entry_facts(entry) for entry in self.entries)

    def _blocks(self) -> list[Block]:
        if not self.entries:
            return [f"No file of {self.asset.ref} matches {self.glob}."]
        blocks: list[Block] = [file_table(self.entries)]
        if not self.glob.everything:
            blocks.append(f"Matched {len(self.entries):,} of {count_text(len(self.asset), 'entry', 'entries')}.")
        return blocks


@dataclass(frozen=True, repr=False)
class Details(Answer):
    """A run, its labels and its files."""

    verb: ClassVar[str] = "show"
    cellar: Cellar
    run: Run
    labels: tuple[Label, ...]
    used_by: tuple[Run, ...]
    files: FileList | None

    def _facts(self) -> dict[str, JSON]:
        files = [*self.files.items()] if self.files else []
        return {
            **run_details(self.run, self.labels),
            "used_by": [short_ref(self.cellar, run) for run in self.used_by],
            "files": files,
        }

    def _blocks(self) -> list[Block]:
        blocks: list[Block] = [Table(("Run", short_ref(self.cellar, self.run)), self._rows())]
        if self.run.inputs:
            blocks.append(Table(("Input", "From", "Size"), [_input_row(one) for one in self.run.inputs]))
        if self.run.code:
            blocks.append(Lines(self.run.code.rstrip()))
        if self.files:
            blocks += self.files._blocks()
        return blocks

    def _rows(self) -> list[tuple[str, str]]:
        run = self.run
        rows = [
            ("kind", run.kind.value),
            ("status", run.status.value),
            ("started", time_text(run.started_ns)),
            ("took", seconds_text((run.ended_ns - run.started_ns) / 1e9) if run.ended_ns else ""),
            ("asset", _asset_text(run)),
            ("params", ", ".join(f"{name}={value!r}" for name, value in run.params.items())),
            ("result", run.result_repr or ("" if run.result is None else repr(run.result))),
            ("error", run.error.strip().rpartition("\n")[2]),
            ("labels", labels_text(self.labels)),
            ("used by", ", ".join(short_ref(self.cellar, user) for user in self.used_by)),
            ("origin", _origin_text(run)),
        ]
        return [row for row in rows if row[1]]


def show(ref: str, *, match: str | Iterable[str] | None = None, cellar: Cellar | None = None) -> Details:
    """Everything that is known of a run, and the files that it kept.

    Args:
        ref: Which; with a path, only these files.
        match: Only files of this glob.

    Raises:
        NotFoundError: There is none.
    """
    place = here(cellar)
    parsed = Ref.parse(ref)
    run = find_any(place, parsed)
    files = file_list(place, parsed, Glob.of(match), run=run) if run.asset else None
    return Details(place, run, tuple(place.labels([run.id])), tuple(place.used_by(run)), files)


def file_list(cellar: Cellar, ref: Ref, glob: Glob, *, run: Run | None = None, sort: str = "name") -> FileList:
    """The files that a reference, its path and a glob mean.

    Raises:
        NotFoundError: There is no such asset, or its path means no file.
    """
    asset = Asset(cellar, run or cellar.find(ref))
    inner = Glob.at(ref.path) if ref.path else Glob()
    found = [one.entry for one in asset.select(inner) if glob.everything or glob.matches(one.entry.name)]
    if ref.path and not found and glob.everything:
        raise NotFoundError(
            f"{asset.ref} has no file {visible(ref.path)!r}.", hint=f"`nbcellar ls {asset.ref}` lists them."
        )
    match sort:
        case "size":
            found.sort(key=lambda entry: -entry.size_bytes)
        case "date":
            found.sort(key=lambda entry: entry.name)
    return FileList(asset, inner if glob.everything else glob, tuple(found))


def file_table(entries: Iterable[Entry]) -> Table:
    """Path, size, media type and digest of each."""
    rows = [
        (
            visible(entry.name),
            size_text(entry.size_bytes) if entry.kind is Kind.FILE else entry.kind.value,
            media_type(entry.name),
            entry.digest.hex()[:7],
        )
        for entry in entries
    ]
    return Table(("Path", "Size", "Type", "Digest"), rows, frozenset({"Size"}))


def _asset_text(run: Run) -> str:
    if not run.asset:
        return ""
    count = count_text(run.asset.entry_count, "file")
    return f"{run.asset.digest.hex()[:7]}, {count}, {size_text(run.asset.size_bytes)}"


def _input_row(one: Input) -> tuple[str, str, str]:
    name = f"{one.alias} = {one.path}" if one.alias else one.path
    return name, f"{one.kind.value}, {one.origin.value}", "" if one.size_bytes is None else size_text(one.size_bytes)


def _origin_text(run: Run) -> str:
    words = [str(run.origin[key]) for key in ("notebook", "host") if run.origin.get(key)]
    match run.origin.get("git"):
        case {"commit": str(commit), "dirty": dirty}:
            words.append(f"git {commit[:9] or 'without a commit'}{' with changes' if dirty else ''}")
    if run.origin.get("python"):
        words.append(f"Python {run.origin['python']}")
    return ", ".join(words)


def _call(given: Given) -> Answer:
    return show(given.text("ref"), match=given.texts("match") or None, cellar=given.cellar)


COMMANDS = (
    Command(
        "show",
        "Show everything that is known of a run, and the files that it kept.",
        (
            ("show train", "the newest success of `train`"),
            ("show train@3 --match '*.csv'", "run 3 and its tables"),
            ("show 9f3c1d2 --json", "an asset by its digest, for a script"),
        ),
        (
            Argument("REF", "a reference", Count.ONE, kind="ref"),
            Argument("--match", "only these files", Count.MANY, "GLOB"),
        ),
        _call,
        'cellar.show("train@3")',
    ),
)
