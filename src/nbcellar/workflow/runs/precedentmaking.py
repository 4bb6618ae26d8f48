"""What a run leaves to the next one as a precedent, where every step of it was taken or left out."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from nbcellar.assets.scanning.statcache import RACY_NS
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Input, InputKind, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.tasks.reads.inputs import files_of
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.documents.document import NotebookBody, Source, Step
from nbcellar.workflow.documents.filling import filled
from nbcellar.workflow.documents.secretreferences import variables
from nbcellar.workflow.freshness.variables import variable_digest
from nbcellar.workflow.notebooks.products import products
from nbcellar.workflow.runs.execution import Execution
from nbcellar.workflow.runs.precedent import Precedent, Precedents, names_in, stat_of

_MTIME, _CTIME = -2, -1


@dataclass(frozen=True, slots=True)
class Beginning:
    """The moment before a run looks at anything.

    Attributes:
        sequence: The place of the newest event.
    """

    sequence: int
    at_ns: int

    @classmethod
    def now(cls, cellar: Cellar) -> Beginning:
        """This moment.

        Raises:
            StorageError: The store could not be read.
        """
        return cls(cellar.newest_sequence(), time.time_ns())


def leave_precedent(precedents: Precedents, execution: Execution, beginning: Beginning) -> None:
    """Remember a run that has ended, where a precedent can be made of it."""
    taken = dict(_taken(execution))
    if execution.run.status is not RunStatus.SUCCEEDED or len(taken) < len(execution.results):
        return
    checked, runs = execution.checked, [run for made in execution.made.values() for run in made.runs]
    if not _can_be_told(checked, runs):
        return
    looked = _Looked(execution.cellar, checked)
    looked.see(runs, execution.copies)
    if looked.is_settled(beginning):
        precedents.remember(looked.precedent(execution.run, beginning, taken))


def _taken(execution: Execution) -> Iterator[tuple[str, int | None]]:
    """The steps that were taken or left out, each with when what was taken for it had ended."""
    for name, result in execution.results.items():
        if result.status is RunStatus.SKIPPED:
            yield name, None
        elif result.status is RunStatus.CACHED:
            run = execution.made[name].runs[0]
            yield name, run.ended_ns or run.started_ns


def _can_be_told(checked: Checked, runs: Iterable[Run]) -> bool:
    """Whether files and events say all: functions and resources are code, ages pass, and what a name means changes."""
    document = checked.document
    return (
        not document.resources
        and all(isinstance(step.body, NotebookBody) and step.cache.age_s is None for step in document.steps.values())
        and not any(_follows_a_name(read) for run in runs for read in run.inputs)
    )


def _follows_a_name(read: Input) -> bool:
    return read.kind is InputKind.URL or (read.kind is InputKind.ASSET and "@" not in read.path)


class _Looked:
    """What a run looked at, as it is now."""

    def __init__(self, cellar: Cellar, checked: Checked) -> None:
        self._cellar, self._checked = cellar, checked
        self._files: dict[str, JSON] = {}
        self._patterns: dict[str, JSON] = {}
        self._listings: dict[str, JSON] = {}

    def see(self, runs: Collection[Run], copies: Iterable[Path]) -> None:
        """Look at all files."""
        folder = self._checked.document.folder
        paths = {str(each.path) for each in self._checked.notebooks.values()}
        paths.update(map(str, copies), _inner_files(self._checked.source))
        paths.update(place for run in runs for _, place in products(run, self._cellar.home))
        for step in self._checked.document.steps.values():
            for pattern in filled(step, self._checked.values).inputs:
                self._see(str(folder / pattern))
        for read in {(read.kind, read.path, read.alias) for run in runs for read in run.inputs}:
            self._see_input(*read)
        self._files.update((path, stat_of(path)) for path in paths)

    def _see_input(self, kind: InputKind, path: str, alias: str) -> None:
        place = os.path.join(self._cellar.home, path)
        match kind:
            case InputKind.FILE | InputKind.MODULE:
                self._see(place)
            case InputKind.LISTING:
                listing = f"{alias}\0{place}"
                self._listings[listing] = names_in(listing)
            case InputKind.ASSET | InputKind.URL:
                pass  # what is numbered never changes, and others leave no precedent

    def _see(self, path: str) -> None:
        """Look at a file, or at all that a folder or pattern stands for."""
        found = files_of(path)
        if found != [path]:
            self._patterns[path] = [*found]
        self._files.update((each, stat_of(each)) for each in found)

    def is_settled(self, beginning: Beginning) -> bool:
        """Whether all files are as they were before the run looked at them, by the rule of the stat cache."""
        edge = beginning.at_ns - RACY_NS
        return all(
            isinstance(stat, list) and all(isinstance(ns, int) and ns < edge for ns in (stat[_MTIME], stat[_CTIME]))
            for stat in self._files.values()
        )

    def precedent(self, run: Run, beginning: Beginning, ended_ns: Mapping[str, JSON]) -> Precedent:
        """All of it."""
        steps = self._checked.document.steps.values()
        return Precedent(
            self._checked.document.name,
            run.id,
            beginning.sequence,
            ended_ns,
            self._files,
            self._patterns,
            self._listings,
            sorted({_kernel(step, self._checked) for step in steps}),
            {name: variable_digest(name) for step in steps for name in step.depends_on_env},
            {name: name in os.environ for name in _secrets(self._checked)},
        )


def _kernel(step: Step, checked: Checked) -> str:
    assert isinstance(step.body, NotebookBody)
    return step.body.kernel or checked.notebooks[step.id].kernel


def _secrets(checked: Checked) -> set[str]:
    values = [checked.values.values(), *(step.parameters.values() for step in checked.document.steps.values())]
    return {name for some in values for name in variables(some)}


def _inner_files(source: Source) -> Iterator[str]:
    """The files of the workflows in a workflow, from where each is named."""
    for part in source.parts.values():
        yield str(source.document.folder / part.file)
        yield from _inner_files(part)
