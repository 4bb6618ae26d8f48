"""Copies for people that would land on what the workflow itself is made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from nbcellar.model import JSON
from nbcellar.workflow.checks.resources import Finding
from nbcellar.workflow.documents.document import Document, Publication, Source
from nbcellar.workflow.documents.templates import expand, expressions, parameter_of
from nbcellar.workflow.sources.notebook import NotebookSource

ELSEWHERE = "Copy it to another place."


def copy_findings(
    source: Source, notebooks: Mapping[str, NotebookSource], values: Mapping[str, JSON]
) -> Iterator[Finding]:
    """Each copy whose target is a notebook of a step or a workflow file; unknown values are left out."""
    document = source.document
    targets = {each.source: _target(document.folder, each, values) for each in document.publish}
    there = {name: found for name, target in targets.items() if target and (found := _identity(target))}
    own = _own(source, notebooks) if there else {}
    for name, found in there.items():
        if found in own:
            yield Finding(f"publish.{name}", f"{targets[name]!s} is {own[found]}.", ELSEWHERE)
    if wanted := _filled(document.notebooks_to, values):
        yield from _executed(document, notebooks, document.folder / wanted)


def _target(folder: Path, copied: Publication, values: Mapping[str, JSON]) -> Path | None:
    """Where a file is copied to; None where only a run tells."""
    wanted = _filled(copied.target, values)
    if not wanted or "\0" in wanted:  # the latter is noted where paths are checked
        return None
    path = folder / wanted
    return path / PurePath(copied.source).name if wanted.endswith("/") or path.is_dir() else path


def _own(source: Source, notebooks: Mapping[str, NotebookSource]) -> dict[tuple[int, int], str]:
    """What the workflow is made of, in words."""
    files = {each.path: f"the notebook of step {step!r}, and would be overwritten" for step, each in notebooks.items()}
    files |= dict.fromkeys(_files(source), "a file of this workflow, and would be overwritten")
    return {found: words for file, words in files.items() if (found := _identity(file))}


def _executed(document: Document, notebooks: Mapping[str, NotebookSource], folder: Path) -> Iterator[Finding]:
    """Notebooks that lie where one is copied that was executed, under the name that it gets."""
    here = _identity(folder)
    there = {each for each in {each.path.parent for each in notebooks.values()} if here and _identity(each) == here}
    lying = {each.path.name: step for step, each in notebooks.items() if each.path.parent in there}
    users = Counter(each.path.name for each in notebooks.values())
    for step, each in notebooks.items() if lying else ():
        head = f"{step}-" if users[each.path.name] > 1 else ""
        number = r"-\d+" if document.steps[step].for_each else ""
        name = re.compile(re.escape(head + each.path.stem) + number + re.escape(each.path.suffix))
        for found in filter(name.fullmatch, lying):
            message = f"the executed notebook of step {step!r} would overwrite {found} of step {lying[found]!r}."
            yield Finding("notebooks_to", message, "Copy them to another folder.")


def _files(source: Source) -> Iterator[Path]:
    """The workflow's file, and those of the workflows in it."""
    if source.file:
        yield source.document.folder / PurePath(source.file).name
    for part in source.parts.values():
        yield from _files(part)


def _filled(template: str, values: Mapping[str, JSON]) -> str:
    known = all(parameter_of(each) in values for each in expressions(template))
    return str(expand(template, values)) if known else ""


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells whether two paths are one file; None where nothing is there, or nothing can be."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
