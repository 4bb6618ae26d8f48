"""Copies of what steps made, beside the project, for people."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.errors import ConflictError, RunError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import Entry, Run, RunKind
from nbcellar.store import RunQuery
from nbcellar.workflow.documents.templates import expand
from nbcellar.workflow.sources.origins import publication_origin

if TYPE_CHECKING:
    from nbcellar.store import Cellar
    from nbcellar.workflow.checks.validation import Checked
    from nbcellar.workflow.mapping.parts import Made


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy beside the project.

    Attributes:
        source: As the document names it; of a notebook, the reference of its run.
        is_new: Whether it was not there already.
    """

    source: str
    target: Path
    is_new: bool


def publish_files(cellar: Cellar, checked: Checked, made: Mapping[str, Made]) -> Iterator[Copy]:
    """Copy what the document publishes, of the steps that are done.

    Where several items of a step made the file, each copy has the item's number, as its notebook has: ``plot-0.png``.

    Raises:
        RunError: A file was not made, or the target was edited since.
    """
    for publication in checked.document.publish:
        head, _, path = str(expand(publication.source, checked.values)).partition("/")
        step, task = publication_origin(head, checked.document, checked.notebooks)
        if step is None or step not in made:
            continue
        entries = _entries(cellar, made[step], task, path)
        if not entries:
            raise RunError(f"publish: step {step!r} made no file {path!r}.", hint=_hint(task))
        target = checked.document.folder / str(expand(publication.target, checked.values))
        if publication.target.endswith("/") or target.is_dir():
            target /= Path(path).name
        for index, entry in entries.items():
            own = target.with_stem(f"{target.stem}-{index}") if len(entries) > 1 else target
            yield Copy(f"{head}/{path}", own, _copy(cellar, entry, own))


def copy_notebooks(cellar: Cellar, checked: Checked, runs: Mapping[str, Sequence[str]]) -> Iterator[Copy]:
    """Copy the executed notebooks to where the document wants them.

    A notebook that several steps run is called after the step too: ``fit-model.ipynb``.

    Args:
        cellar: Where they are.
        checked: What was run.
        runs: Ids of each step's runs.

    Raises:
        RunError: A target was edited since.
    """
    wanted = str(expand(checked.document.notebooks_to, checked.values))
    if not wanted:
        return
    steps = {run: step for step, ids in runs.items() for run in ids}
    users = Counter(notebook.path.name for notebook in checked.notebooks.values())
    for run in cellar.runs(RunQuery(ids=tuple(steps), kinds=(RunKind.NOTEBOOK,))) if steps else ():
        shared = users[checked.notebooks[steps[run.id]].path.name] > 1
        for entry in cellar.manifest(run.asset) if run.asset else ():
            name = f"{steps[run.id]}-" * shared + os.fsdecode(entry.name)
            target = checked.document.folder / wanted / name
            yield Copy(run.ref, target, _copy(cellar, entry, target))


def _entries(cellar: Cellar, made: Made, task: str, path: str) -> dict[int, Entry]:
    """The file, by the number of the item that made it."""
    found = {index: _entry(cellar, part.run, task, path) for index, part in enumerate(made.parts) if part.run}
    return {index: entry for index, entry in found.items() if entry is not None}


def _entry(cellar: Cellar, run: Run, task: str, path: str) -> Entry | None:
    """The file of the newest task's asset that has it."""
    from nbcellar.workflow.mapping.resolution import tasks_of

    own = [run] if run.kind is RunKind.FUNCTION else []
    for made in reversed([*own, *tasks_of(cellar, run)]):
        if made.asset is None or (task and made.name != task and made is not run):
            continue
        manifest = cellar.manifest(made.asset)
        if os.fsencode(path) in manifest:
            return manifest[os.fsencode(path)]
    return None


def _hint(task: str) -> str:
    return f"Write it in task {task!r}." if task else "Write it in a task cell of that step."


def _copy(cellar: Cellar, entry: Entry, target: Path) -> bool:
    """Put a file in place, whole or not at all; whether it was not there already.

    Raises:
        RunError: What is there is stored nowhere, so it was edited.
    """
    from nbcellar.assets.restoring.planner import plan
    from nbcellar.assets.restoring.restorer import execute

    moved = replace(entry, name=os.fsencode(target.name))
    planned = plan(cellar, [moved], target.parent)
    if planned.same:
        return False
    try:
        execute(cellar, planned)
    except ConflictError as error:
        hint = "Move it away, and run the workflow again: its steps are done."
        raise RunError(f"{target} was edited since it was published, and is stored nowhere.", hint=hint) from error
    return True
