"""When files cannot be saved: they are kept beside the store, with the one command that finishes the save."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from nbcellar.errors import NbcellarError, StorageError
from nbcellar.model import Run


def rescue(folder: Path, run: Run, paths: Mapping[bytes, str]) -> Path | None:
    """Copy the files to ``rescue/NAME-N``; None where that failed too, and they are only where the body wrote them."""
    target = folder / "rescue" / f"{run.name}-{run.number}"
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


def not_saved(problem: Exception, run: Run, count: int, kept: Path | None) -> NbcellarError:
    """The error that says where the files are and how to go on."""
    files = f"{count} file{'s' if count != 1 else ''}"
    if kept is None:
        saved = f"{files} of {run.ref} are not in the store; they are untouched where the cell wrote them."
        hint = f"Then run `nbcellar save --name {run.name}` in their folder."
    else:
        saved = f"{files} of {run.ref} are not in the store; they are in {kept}."
        hint = f"Then run `nbcellar save --at {kept} --name {run.name}`."
    if isinstance(problem, NbcellarError):
        return type(problem)(problem.message, saved=saved, hint=f"{problem.hint} {hint}".strip())
    return StorageError(f"{run.ref} could not be saved: {problem}.", saved=saved, hint=hint)
