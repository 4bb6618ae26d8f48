"""``records``: results that notebooks recorded, with what they were computed from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from nbcellar.assets.display import Table, time_text
from nbcellar.assets.facts import iso_time
from nbcellar.errors import ConflictError, NotFoundError, did_you_mean
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Given
from nbcellar.frontends.commands.place import here
from nbcellar.lightclasses import dataclass, replace
from nbcellar.lighttypes import TYPE_CHECKING, ClassVar, TypeAlias
from nbcellar.model import JSON, Record
from nbcellar.store import Cellar, RecordQuery, RunQuery

if TYPE_CHECKING:
    import pandas as pd

Wanted: TypeAlias = "JSON | Callable[[JSON], object]"
"""A value, or a function that says whether one fits."""
NEWEST = 100
SHOWN_CHARACTERS = 60


@dataclass(frozen=True, repr=False)
class RecordList(Answer):
    """Records, newest first."""

    verb: ClassVar[str] = "records"
    found: tuple[Record, ...]

    def __iter__(self) -> Iterator[Record]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, place: int) -> Record:
        return self.found[place]

    def one(self) -> Record:
        """The one record that there is.

        Raises:
            NotFoundError: There is none.
            ConflictError: There are several.
        """
        if not self.found:
            raise NotFoundError("No record fits.", hint="`cellar.records()` lists what was recorded.")
        if len(self.found) > 1:
            names = ", ".join(sorted({record.name for record in self.found}))
            raise ConflictError(
                f"{len(self.found)} records fit ({names}).", hint="Ask for more, or take the first: [0]."
            )
        return self.found[0]

    def to_frame(self) -> pd.DataFrame:
        """A row for each record: its name and time, then each input and output in a column of its own."""
        import pandas as pd

        return pd.DataFrame([_row(record) for record in self.found])

    def _facts(self) -> dict[str, JSON]:
        return {"records": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [record_facts(record) for record in self.found]

    def _blocks(self) -> list[Block]:
        if not self.found:
            return ['Nothing is recorded. `cellar.record(name="score", inputs={…}, outputs={…})` in a notebook does.']
        rows = [(one.name, time_text(one.created_ns), _short(one.inputs), _short(one.outputs)) for one in self.found]
        return [Table(("Name", "Recorded", "Inputs", "Outputs"), rows)]


class Records:
    """``cellar.records()`` lists, ``cellar.records.find(…)`` searches."""

    def __call__(self, name: str = "", *, limit: int | None = NEWEST, cellar: Cellar | None = None) -> RecordList:
        """Records of a name, or all of the project, newest first.

        Raises:
            NotFoundError: Nothing of this name was recorded.
        """
        place = here(cellar)
        found = place.records(RecordQuery(project=place.project, name=name or None, limit=limit))
        if name and not found:
            known = {record.name for record in place.records(RecordQuery(project=place.project))}
            hint = did_you_mean(name, known) or "`nbcellar records` lists what was."
            raise NotFoundError(f"Nothing called {name!r} was recorded.", hint=hint)
        return RecordList(tuple(found))

    def find(
        self,
        name: str = "",
        *,
        inputs: Mapping[str, Wanted] | None = None,
        outputs: Mapping[str, Wanted] | None = None,
        run: str = "",
        since: str = "",
        project: str = "",
        limit: int | None = None,
        cellar: Cellar | None = None,
    ) -> RecordList:
        """Records that fit everything that is given, newest first; an empty list where none does.

        Args:
            name: What they are called.
            inputs: By name, or by a path of keys and positions with dots, ``"model.layers.0"``: a value, or a function
                that says whether a value fits. What cannot be compared does not fit.
            outputs: As ``inputs``.
            run: What a run recorded: of a notebook, or of a workflow and its steps; its id, or ``survey@3``.
            since: Not older than ``2d``, ``3h``.
            project: Of another project.
            limit: At most so many.

        Raises:
            NotFoundError: There is no such run.
            UsageError: ``since`` is no duration.
        """
        from nbcellar.tasks.taskline.durations import parse_duration  # listing needs none of it

        place = here(cellar)
        oldest_ns = time.time_ns() - int(parse_duration(since) * 1e9) if since else 0
        query = RecordQuery(project=project or place.project, name=name or None)
        found = {one.id: one for each in _queries(place, query, run) for one in place.records(each)}
        fitting = [
            one
            for one in sorted(found.values(), key=lambda one: one.sequence or 0, reverse=True)
            if one.created_ns >= oldest_ns and _fits(one.inputs, inputs) and _fits(one.outputs, outputs)
        ]
        return RecordList(tuple(fitting[:limit]))

    def __repr__(self) -> str:
        return "<cellar.records: call it to list, or use find(name, inputs={…}, outputs={…})>"


records = Records()


def record_facts(one: Record) -> dict[str, JSON]:
    """A record as JSON."""
    return {
        "id": one.id,
        "project": one.project,
        "name": one.name,
        "inputs": dict(one.inputs),
        "outputs": dict(one.outputs),
        "digest": one.digest,
        "recorded": iso_time(one.created_ns),
        "run": one.run,
    }


def _queries(place: Cellar, query: RecordQuery, run: str) -> Iterator[RecordQuery]:
    """The query; of a run, one for it and one for each run within it."""
    if not run:
        yield query
        return
    known = place.runs(RunQuery(ids=(run,), removed=None))
    found = known[0] if known else place.find(run, succeeded=False)
    yield replace(query, run=found.id)
    for child in place.runs(RunQuery(parent=found.id, removed=None)):
        yield replace(query, run=child.id)


def _fits(values: Mapping[str, JSON], wanted: Mapping[str, Wanted] | None) -> bool:
    return all(_one_fits(values, path, one) for path, one in (wanted or {}).items())


def _one_fits(values: Mapping[str, JSON], path: str, wanted: Wanted) -> bool:
    from nbcellar.workflow.documents.mapped import look_into  # listing needs none of it

    try:
        value = values[path] if path in values else look_into(dict(values), path.split("."))
        return bool(wanted(value)) if callable(wanted) else value == wanted
    except (KeyError, TypeError):
        return False


def _row(record: Record) -> dict[str, JSON]:
    row: dict[str, JSON] = {"name": record.name, "recorded": iso_time(record.created_ns)}
    row |= {f"inputs.{name}": value for name, value in record.inputs.items()}
    return row | {f"outputs.{name}": value for name, value in record.outputs.items()}


def _short(values: Mapping[str, JSON]) -> str:
    text = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _call(given: Given) -> Answer:
    limit = given.number("limit")
    return records(given.text("name"), limit=NEWEST if limit is None else limit, cellar=given.cellar)


COMMANDS = (
    Command(
        "records",
        "List the results that notebooks recorded.",
        (("records", "all of this project, newest first"), ("records score --json", "those called `score`")),
        (
            Argument("NAME", "what they are called"),
            Argument("--limit", f"at most so many, {NEWEST} where it is left out", metavar="N"),
        ),
        _call,
        'cellar.records.find("score", inputs={"alpha": 0.1}).to_frame()',
    ),
)
