"""``show``: everything that is known of a run, and the files that it kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nbcellar.assets.display import Table, count_text, seconds_text, size_text, time_text
from nbcellar.assets.facts import run_details
from nbcellar.assets.selection import Glob
from nbcellar.frontends.commands.answer import Answer, Block, Lines
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.filelist import FileList, file_list, with_files
from nbcellar.frontends.commands.place import find_any, here
from nbcellar.frontends.commands.runtable import labels_text, short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Input, Label, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar


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
        return {**self._head(), "files": [*self.files.items()] if self.files else []}

    def json_parts(self) -> Iterator[str]:
        """As `as_json`, one file at a time."""
        return with_files({"schema": self.schema(), **self._head()}, self.files or ())

    def _head(self) -> dict[str, JSON]:
        used_by: list[JSON] = [short_ref(self.cellar, run) for run in self.used_by]
        return {**run_details(self.run, self.labels), "used_by": used_by}

    def _blocks(self) -> list[Block]:
        blocks: list[Block] = [Table(("Run", short_ref(self.cellar, self.run)), self._rows())]
        if self.run.inputs:
            blocks.append(Table(("Input", "From", "Size"), [_input_row(one) for one in self.run.inputs]))
        if self.run.code:
            blocks.append(Lines(self.run.code.rstrip()))
        if self.files:
            blocks += self.files.beginning()
        return blocks

    def _rows(self) -> list[tuple[str, str]]:
        run = self.run
        rows = [
            ("kind", run.kind.value),
            ("status", run.status.value),
            ("started", time_text(run.started_ns)),
            ("took", seconds_text((run.ended_ns - run.started_ns) / 1e9) if run.ended_ns else ""),
            ("asset", _asset_text(run)),
            ("files", f"removed to make room ({time_text(run.expired_ns)})" if run.expired_ns else ""),
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
            ("show train@3 --match '*.csv'", "run 3 and its tables; `ls train@3` lists files beyond the first 1,000"),
            ("show 9f3c1d2 --json", "an asset by its digest, for a script"),
        ),
        (
            Argument("REF", "a reference", Count.ONE, kind="ref"),
            Argument("--match", "only these files", Count.MANY, "GLOB"),
        ),
        _call,
        'cellar.show("train@3")',
        slips={"": "Some files of an asset are shown by `nbcellar show {0} --match {1}`."},
    ),
)
