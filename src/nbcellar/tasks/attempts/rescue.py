"""When files cannot be saved: they are kept beside the store, with the one command that finishes the save."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from nbcellar.assets.display import count_text
from nbcellar.errors import NbcellarError, StorageError
from nbcellar.lightclasses import replace
from nbcellar.model import Run, RunStatus
from nbcellar.store import Cellar


def rescue(folder: Path, run: Run, paths: Mapping[bytes, str]) -> Path | None:
    """Copy the files to ``rescue/NAME-N``; None where that failed too, and they are only where the body wrote them."""
    target = _place(folder, run)
    try:
        for name, path in paths.items():
            place = target / os.fsdecode(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            if os.path.isfile(path) or os.path.islink(path):
                shutil.copy2(path, place, follow_symlinks=False)
    except OSError:
        shutil.rmtree(target, ignore_errors=True)
        return None
    return target


def give_up(cellar: Cellar, run: Run, folder: Path, problem: Exception) -> Run:
    """Close the run of a step as failed, and move its folder, in which nobody works any more, to ``rescue/NAME-N``.

    Returns:
        The closed run, where the step had failed before.

    Raises:
        NbcellarError: It had succeeded, or its run cannot be closed.
    """
    kept = _moved(folder, _place(cellar.folder, run))
    error = not_saved(problem, run, sum(len(names) for _, _, names in os.walk(kept)), kept)
    succeeded = run.status is RunStatus.SUCCEEDED
    failed = replace(
        run,
        status=RunStatus.FAILED if succeeded else run.status,
        error=f"not saved: {error}" if succeeded else f"{run.error}; not saved: {error}",
    )
    try:
        failed = cellar.publish(failed)
    except NbcellarError as also:  # the store itself is the problem; the run is found abandoned later
        error.add_note(str(also))
        raise error from problem
    if succeeded:
        raise error from problem
    return failed


def _place(folder: Path, run: Run) -> Path:
    return folder / "rescue" / f"{run.name}-{run.number}"


def _moved(folder: Path, target: Path) -> Path:
    """Where the folder is now: moving takes no room, and where it fails the files stay."""
    try:
        target.parent.mkdir(exist_ok=True)
        return folder.rename(target)
    except OSError:
        return folder


def not_saved(problem: Exception, run: Run, count: int, kept: Path | None) -> NbcellarError:
    """The error that says where the files are and how to go on."""
    are, they_are = ("is", "it is") if count == 1 else ("are", "they are")
    saved = f"{count_text(count, 'file')} of {run.ref} {are} not in the store; {they_are}"
    if kept is None:
        saved += f" untouched where the cell wrote {'it' if count == 1 else 'them'}."
        hint = f"Then run `nbcellar save --name {run.name}` in their folder."
    else:
        saved += f" in {kept}."
        hint = f"Then run `nbcellar save --at {kept} --name {run.name}`."
    if isinstance(problem, NbcellarError):
        return type(problem)(problem.message, saved=saved, hint=f"{problem.hint} {hint}".strip())
    return StorageError(f"{run.ref} could not be saved: {problem}.", saved=saved, hint=hint)
