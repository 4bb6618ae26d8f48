"""A notebook run both ways: as it is, and with ``%%task`` above every cell that writes files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from nbcellar.model import Kind
from nbcellar.store import Cellar
from tests.adoption.collection import read
from tests.adoption.session import Step, run
from tests.frontends.magics.kernels import Kernel
from tests.frontends.magics.test_side_by_side import compared

TIMES = re.compile(r"(CPU times|Wall time).*|(?<=127\.0\.0\.1:)\d+|\.tmp-\w+")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two runs, one after the other at the same path.

    Attributes:
        project: Where the second left its files and its cellar.
        tasks: The cells with a marker.
    """

    alone: list[Step]
    with_markers: list[Step]
    project: Path
    tasks: list[int]

    def asset(self, number: int) -> dict[bytes, bytes]:
        """Names and digests of the files in the asset of a cell; empty folders say nothing about writing."""
        cellar = Cellar.open(self.project)
        made = cellar.find(f"a@{self.tasks.index(number) + 1}").asset
        if made is None:
            return {}
        return {entry.name: entry.digest for entry in cellar.manifest(made) if entry.kind is not Kind.FOLDER}


def run_both(bare: Kernel, marked: Kernel, name: str, folder: Path, *, every: bool = False) -> Pair:
    """Run a notebook of the collection twice; each task is called ``a``, so its number says which cell it was.

    Args:
        every: Mark every cell, also those that write nothing.
    """
    notebook = read(name)
    project = folder / "project"
    alone = run(bare, notebook, project, lambda number: "# a")
    project.rename(folder / "bare")
    tasks = [number for number, step in enumerate(alone) if every or step.written]
    with_markers = run(marked, notebook, project, lambda number: "%%task a" if number in tasks else "# a")
    return Pair(alone, with_markers, project, tasks)


def said(step: Step) -> object:
    """Status, outputs, error and traceback of a cell, without what differs from run to run."""
    status, outputs, error, traceback = compared(step.said)
    return status, [(kind, TIMES.sub("…", text)) for kind, text in outputs], error, TIMES.sub("…", traceback)


def contents(step: Step) -> dict[bytes, bytes]:
    """Every file in the project after a cell."""
    return {name: seen.content for name, seen in step.after.items()}


def expected(step: Step) -> dict[bytes, bytes]:
    """What the asset of a cell must hold: the files that it wrote, by the names that they are saved under."""
    names = {
        name: name.removeprefix(step.inside) if name.startswith(step.inside) else b"project/" + name
        for name in step.written
    }
    return {saved_as: step.after[name].digest for name, saved_as in names.items()}
