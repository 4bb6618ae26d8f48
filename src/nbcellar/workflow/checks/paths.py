"""Paths of a document: each stays in the project, and out of the store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from nbcellar.model import JSON
from nbcellar.settings import STORE_FOLDER
from nbcellar.workflow.documents.templates import expand, expressions, parameter_of
from nbcellar.workflow.documents.valuetypes import not_json


def path_problem(path: str, folder: Path, home: Path, folders: dict[str, str] | None = None) -> str:
    """What is wrong with a path that a document names; empty where nothing is.

    Args:
        path: As written.
        folder: What it is relative to.
        home: The project, which it may not leave.
        folders: What folders are without links, as far as it is known; what is found out is put there.
    """
    if "://" in path or "\0" in path or not_json(path):
        return f"{path!r} is not a path in the project."
    real = _real(os.path.join(folder, path), {} if folders is None else folders)
    if os.path.commonpath([real, home]) != str(home):
        return f"{path!r} leads out of the project {str(home)!r}."
    return ""


def _real(path: str, folders: dict[str, str]) -> str:
    """As `os.path.realpath`, which looks at every folder above; of a thousand notebooks these are the same."""
    head, name = os.path.split(path)
    if name in ("", os.curdir, os.pardir):
        return os.path.realpath(path)
    if head not in folders:
        folders[head] = os.path.realpath(head)
    whole = os.path.join(folders[head], name)
    return os.path.realpath(whole) if Path(whole).is_symlink() else whole


def target_problem(template: str, values: Mapping[str, JSON], folder: Path, home: Path) -> str:
    """What is wrong with a path that is written to, with the run's parameters in it; empty where nothing is."""
    if any(parameter_of(each) not in values for each in expressions(template)):
        return ""  # noted elsewhere
    path = str(expand(template, values))
    if reason := path_problem(path, folder, home):
        return reason
    if STORE_FOLDER in PurePosixPath(os.path.normpath(os.path.join(folder, path))).parts:
        return f"{path!r} is in the store, which nobody writes into by hand."
    return ""


def entry_problem(path: str) -> str:
    """What is wrong with the path of a file of an asset; empty where nothing is."""
    if path.startswith("/") or ".." in PurePosixPath(path).parts or "\0" in path:
        return f"{path!r} is not a path inside an asset."
    return ""
