"""A step of a run of a workflow, as people hold it in their hands."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from nbcellar.errors import NotFoundError
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.workflow.mapping.parts import Made
from nbcellar.workflow.mapping.resolution import tasks_of
from nbcellar.workflow.views.steps import StepResult

if TYPE_CHECKING:
    from nbcellar.assets.asset import Asset
    from nbcellar.assets.assetentry import AssetEntry
    from nbcellar.store import Cellar


class StepRun:
    """What a step of a run did: ``run["train"]``.

    Attributes:
        outcome: Its status, reason, runs and error.
    """

    def __init__(self, cellar: Cellar, outcome: StepResult, made: Made | None, *, many: bool) -> None:
        self._cellar = cellar
        self.outcome = outcome
        self._made = made
        self._many = many

    @property
    def status(self) -> RunStatus:
        """How it ended; CACHED where an earlier run was taken."""
        return self.outcome.status

    @property
    def reason(self) -> str:
        """Why it ran, or did not."""
        return self.outcome.reason

    @property
    def error(self) -> str:
        """What went wrong, in one line; empty where nothing did."""
        return self.outcome.error

    @property
    def runs(self) -> list[Run]:
        """Its runs: one, or one for each item of its ``for_each``; none of a function that nobody can take later."""
        return [self._cellar.run(run) for run in self.outcome.runs]

    @property
    def notebook(self) -> AssetEntry:
        """The executed notebook; the last one of a ``for_each``.

        Raises:
            NotFoundError: The step did not run.
        """
        from nbcellar.assets.asset import Asset

        runs = [run for run in self.runs if run.asset is not None]
        if not runs:
            raise NotFoundError(f"Step {self.outcome.step!r} has no executed notebook: {self.status}.")
        return Asset(self._cellar, runs[-1]).entries[0]

    @property
    def tasks(self) -> list[Run]:
        """The runs of its tasks, in order."""
        return [task for run in self.runs for task in tasks_of(self._cellar, run)]

    @property
    def assets(self) -> dict[str, Asset]:
        """What its tasks wrote, by the task's name; the last of a name."""
        from nbcellar.assets.asset import Asset

        return {task.name: Asset(self._cellar, task) for task in self.tasks if task.asset is not None}

    @property
    def results(self) -> dict[str, JSON]:
        """What it gave, by name: results of tasks and of functions, ``cellar.result`` and ``cellar.record``.

        Of a ``for_each`` each is a list, in the order of the items, with None where an item did not give it.
        """
        parts = [*(_named(each) for each in self.outcome.values), *map(self._given_by, self.runs)]
        if not self._many:
            return parts[-1] if parts else {}
        return {name: [part.get(name) for part in parts] for name in dict.fromkeys(chain.from_iterable(parts))}

    def _given_by(self, run: Run) -> dict[str, JSON]:
        """What one call gave, by name; the last of a name."""
        from nbcellar.store import RecordQuery

        found: dict[str, JSON] = {task.name: task.result for task in tasks_of(self._cellar, run)}
        if run.kind is RunKind.FUNCTION:
            found |= _named(run.result)
        for record in reversed(self._cellar.records(RecordQuery(run=run.id))):
            given: dict[str, JSON] = dict(record.outputs)
            plain = given.keys() == {"value"} and not record.inputs
            found[record.name] = given["value"] if plain else given
        return found

    @property
    def result(self) -> JSON:
        """The one value that it gave; the last of several."""
        return next(reversed(self.results.values()), None)

    @property
    def emitted(self) -> dict[str, object]:
        """What a function emitted, the values themselves; the last of a ``for_each``.

        Raises:
            NotFoundError: It emitted nothing in this process: it is a notebook, or an earlier run was taken.
        """
        values = self._made.parts[-1].values if self._made and self._made.parts else None
        if values is None:
            hint = "Ask for its results, or run it again: cache=False."
            raise NotFoundError(f"Step {self.outcome.step!r} emitted no live values in this run.", hint=hint)
        return dict(values)

    def __repr__(self) -> str:
        return f"<StepRun {self.outcome.step} {self.status.value}: {self.error or self.reason}>"


def _named(values: JSON) -> dict[str, JSON]:
    return values if isinstance(values, dict) else {}
