"""``records``: results that notebooks recorded, with what they were computed from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from nbcellar.assets.display import Table, time_text
from nbcellar.assets.facts import iso_time
from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Given
from nbcellar.frontends.commands.place import here
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Record
from nbcellar.store import Cellar, RecordQuery

if TYPE_CHECKING:
    import pandas as pd

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
        inputs: Mapping[str, JSON] | None = None,
        outputs: Mapping[str, JSON] | None = None,
        cellar: Cellar | None = None,
    ) -> RecordList:
        """Records whose inputs and outputs have these values, newest first; an empty list where none has."""
        place = here(cellar)
        found = place.records(RecordQuery(project=place.project, name=name or None))
        fitting = [one for one in found if _has(one.inputs, inputs) and _has(one.outputs, outputs)]
        return RecordList(tuple(fitting))

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


def _has(values: Mapping[str, JSON], wanted: Mapping[str, JSON] | None) -> bool:
    return all(name in values and values[name] == value for name, value in (wanted or {}).items())


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
