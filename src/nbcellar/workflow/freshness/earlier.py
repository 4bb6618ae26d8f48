"""Earlier runs of steps and the files that they read, looked up together: 1,000 steps in one go."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from nbcellar.assets.scanning.digests import digest_files
from nbcellar.errors import NotFoundError, SourceError
from nbcellar.model import Digest, Input, InputKind, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.reads.inputs import digest_now
from nbcellar.workflow.views.stepruns import CLOSED, STEP_KINDS, batches
from nbcellar.workflow.views.steps import step_from_json

CANDIDATES = 5
"""So many earlier runs with the same static key are looked at: what they read may differ."""
RECENT = 20


class Earlier:
    """What is known of earlier runs, kept until a notebook runs: then files and runs may have changed."""

    def __init__(self, cellar: Cellar, workflow: str) -> None:
        self.cellar = cellar
        self._digests: dict[str, Digest | None] = {}
        self._removed: dict[str, Run] | None = None
        self._workflow = workflow

    @cached_property
    def _last(self) -> dict[tuple[str, str], Run]:
        """The runs that stood for the steps of the workflow's last run; asked for once."""
        found = {(run.name, run.key): run for run in self._last_runs(self._workflow)}
        self._look_ahead(found.values())
        return found

    def _last_runs(self, workflow: str) -> list[Run]:
        """The notebook runs that stood for the steps of the workflow's last run."""
        query = RunQuery(
            project=self.cellar.project, name=workflow, kinds=(RunKind.WORKFLOW,), statuses=CLOSED, limit=1
        )
        for run in self.cellar.runs(query):
            steps = run.detail.get("steps")
            if isinstance(steps, dict):
                ids = [each for name, step in steps.items() for each in step_from_json(name, step).runs]
                succeeded = (RunQuery(ids=some, statuses=(RunStatus.SUCCEEDED,)) for some in batches(ids))
                return [run for some in succeeded for run in self.cellar.runs(some)]
        return []

    def forget(self) -> None:
        """A notebook ran, so ask again."""
        self._digests.clear()
        self._removed = None

    def same_key(self, series: str, key: str) -> Iterator[Run]:
        """Successful runs of a step with this static key: the one that stood for it last, then the newest first."""
        last = self._last.get((series, key))
        if last is not None:
            yield last
        query = RunQuery(
            project=self.cellar.project,
            name=series,
            kinds=STEP_KINDS,
            statuses=(RunStatus.SUCCEEDED,),
            key=key,
            limit=CANDIDATES,
        )
        yield from (run for run in self.cellar.runs(query) if last is None or run.id != last.id)

    def recent(self, series: str) -> list[Run]:
        """The last runs of a step, newest first."""
        query = RunQuery(project=self.cellar.project, name=series, kinds=STEP_KINDS, limit=RECENT)
        return self.cellar.runs(query)

    def _look_ahead(self, runs: Iterable[Run]) -> None:
        """Take the digests of all files that these runs read, in one pass over their folders."""
        wanted = {read.path for run in runs for read in run.inputs if read.kind in (InputKind.FILE, InputKind.MODULE)}
        paths = {Path(os.path.join(self.cellar.home, path)): path for path in wanted}
        for path, found in digest_files(self.cellar, paths).items():
            self._digests[paths[path]] = found.digest

    def digest(self, read: Input) -> Digest | None:
        """The digest that an input has now; None where it is gone."""
        if read.kind is InputKind.LISTING:
            return digest_now(self.cellar, read, without=read.alias.split("/"))
        if read.path not in self._digests:
            try:
                self._digests[read.path] = digest_now(self.cellar, read)
            except (NotFoundError, SourceError):
                self._digests[read.path] = None
        return self._digests[read.path]

    def removed_task(self, run: Run) -> Run | None:
        """A task of a run whose asset is in the trash."""
        if self._removed is None:
            query = RunQuery(project=self.cellar.project, kinds=(RunKind.TASK,), removed=True, with_asset=True)
            self._removed = {task.parent: task for task in self.cellar.runs(query) if task.parent}
        return self._removed.get(run.id)
