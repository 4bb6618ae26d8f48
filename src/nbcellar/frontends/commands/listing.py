"""``ls``: names, the runs of a name, or the files of an asset."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nbcellar.assets.asset import Asset
from nbcellar.assets.display import Table, size_text, time_text
from nbcellar.assets.facts import run_facts
from nbcellar.assets.selection import Glob
from nbcellar.errors import UsageError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.filelist import FileList, file_list
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.runtable import labels_by_run, labels_text, run_table
from nbcellar.frontends.moments import since_ns
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.lighttypes import ClassVar, TypeVar
from nbcellar.model import JSON, Label, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar, RunQuery, Series

T = TypeVar("T")
SORTS = ("date", "size", "name")


@dataclass(frozen=True, repr=False)
class Names(Answer):
    """The names that are kept, each with its newest run."""

    verb: ClassVar[str] = "ls"
    cellar: Cellar
    series: tuple[Series, ...]
    labels: Mapping[str, Sequence[Label]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)

    def __len__(self) -> int:
        return len(self.series)

    def _facts(self) -> dict[str, JSON]:
        return {"names": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [
            {
                "project": one.project,
                "name": one.name,
                "run_count": one.run_count,
                "newest": run_facts(one.newest, self.labels.get(one.newest.id, ())),
            }
            for one in self.series
        ]

    def _blocks(self) -> list[Block]:
        if not self.series:
            return ["Nothing is kept here yet. `nbcellar save` keeps files, `%%task NAME` what a cell writes."]
        rows = [self._row(one) for one in self.series]
        headings = ("Name", "Newest", "Status", "Started", "Runs", "Files", "Size", "Labels")
        return [Table(headings, rows, frozenset({"Runs", "Files", "Size"}))]

    def _row(self, one: Series) -> tuple[str, ...]:
        newest = one.newest
        name = one.name if one.project == self.cellar.project else f"{one.project}:{one.name}"
        files = (f"{newest.asset.entry_count:,}", size_text(newest.asset.size_bytes)) if newest.asset else ("", "")
        labels = labels_text(self.labels.get(newest.id, ()))
        started = time_text(newest.started_ns)
        return (name, newest.ref, newest.status.value, started, f"{one.run_count:,}", *files, labels)


@dataclass(frozen=True, repr=False)
class Runs(Answer):
    """Runs, newest first."""

    verb: ClassVar[str] = "ls"
    cellar: Cellar
    runs: tuple[Run, ...]
    labels: Mapping[str, Sequence[Label]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __getitem__(self, place: int) -> Run:
        return self.runs[place]

    def assets(self) -> list[Asset]:
        """What they made, where they made something."""
        return [Asset(self.cellar, run) for run in self.runs if run.asset]

    def _facts(self) -> dict[str, JSON]:
        return {"runs": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [run_facts(run, self.labels.get(run.id, ())) for run in self.runs]

    def _blocks(self) -> list[Block]:
        return [run_table(self.cellar, self.runs, self.labels)] if self.runs else ["No run fits."]


def ls(
    what: str = "",
    *,
    match: str | Iterable[str] | None = None,
    tag: str = "",
    params: Mapping[str, JSON] | None = None,
    since: str = "",
    sort: str = "date",
    cellar: Cellar | None = None,
) -> Names | Runs | FileList:
    """List names, or the runs of a name, or the files of an asset.

    Args:
        what: Nothing, a name, or a reference with ``@``, ``~`` or a path.
        match: Only files of this glob; a name then stands for its newest asset.
        tag: Only runs with this tag, ``K`` or ``K=V``.
        params: Only runs with these parameters.
        since: Only runs started since then: ``2d``, ``2026-11-01``.
        sort: ``date``, ``size`` or ``name``.

    Raises:
        NotFoundError: There is nothing of this name.
        UsageError: Something given cannot be meant.
    """
    if sort not in SORTS:
        raise UsageError(f"sort={sort!r} is not known.", hint=f"Use {', '.join(SORTS)}.")
    place = here(cellar)
    ref = Ref.parse(what) if what else None
    if ref and (ref.number is not None or ref.alias or ref.back or ref.path or match is not None):
        return file_list(place, ref, Glob.of(match), sort=sort)
    query = RunQuery(
        project=ref.project if ref and ref.project else place.project,
        name=ref.word if ref else None,
        tag=_tag(tag),
        since_ns=since_ns(since),
    )
    if ref is None and not (tag or params or since):
        found = tuple(_sorted(place.series(), sort, lambda one: one.newest))
        return Names(place, found, labels_by_run(place, [one.newest for one in found]))
    if ref and not place.runs(RunQuery(project=query.project, name=ref.word, limit=1)):
        return file_list(place, ref, Glob.of(match), sort=sort)  # a digest, or an error that says what is near
    runs = tuple(_sorted(with_params(place, query, params or {}), sort, lambda run: run))
    return Runs(place, runs, labels_by_run(place, runs))


def with_params(cellar: Cellar, query: RunQuery, params: Mapping[str, JSON]) -> list[Run]:
    """Runs that fit the query and have these parameters; ``"3"`` also fits the number 3."""
    found = cellar.runs(replace(query, params=params))
    texts = {name: value for name, value in params.items() if isinstance(value, str)}
    if found or not texts:
        return found
    return cellar.runs(replace(query, params={**params, **_read_as_json(texts)}))


def _read_as_json(texts: Mapping[str, str]) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for name, text in texts.items():
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _tag(text: str) -> str | tuple[str, str] | None:
    key, equals, value = text.partition("=")
    return (key, value) if equals else key or None


def _sorted(found: Sequence[T], sort: str, run_of: Callable[[T], Run]) -> list[T]:
    match sort:
        case "size":
            return sorted(found, key=lambda one: -_size(run_of(one)))
        case "name":
            return sorted(found, key=lambda one: run_of(one).name)
        case _:
            return list(found)


def _size(run: Run) -> int:
    return run.asset.size_bytes if run.asset else -1


def _call(given: Given) -> Answer:
    return ls(
        given.text("what"),
        match=given.texts("match") or None,
        tag=given.text("tag"),
        params=dict(given.pairs("param")),
        since=given.text("since"),
        sort=given.text("sort") or "date",
        cellar=given.cellar,
    )


COMMANDS = (
    Command(
        "ls",
        "List the names that are kept, the runs of a name, or the files of an asset.",
        (
            ("ls", "every name with its newest run"),
            ("ls train", "the runs of `train`"),
            ("ls train@3", "the files of run 3"),
            ("ls train --match '**/*.png'", "the images of its newest asset"),
            ("ls report -p month=2026-09", "the runs with this parameter"),
            ("ls --since 2d --tag final", "what is new and tagged"),
        ),
        (
            Argument("WHAT", "a name or reference", kind="ref"),
            Argument("--match", "only these files", Count.MANY, "GLOB"),
            Argument("--tag", "only runs with this tag", metavar="K[=V]"),
            Argument("--param", "only runs with this parameter", Count.MANY, "K=V", short="-p"),
            Argument("--since", "only runs since then", metavar="AGE|DATE"),
            Argument("--sort", "order", choices=SORTS),
        ),
        _call,
        'cellar.ls("train", since="2d")',
        slips={"": "Files of an asset are listed by `nbcellar ls {0}/{1}`."},
    ),
)
