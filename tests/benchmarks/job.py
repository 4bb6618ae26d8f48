"""The jobs that are compared, and who does them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from tests.benchmarks.command import Command


class Job(Enum):
    """What is done with the files of a workload."""

    SAVE = "first save"
    MOVE = "first save from a folder that is given up"
    AGAIN = "unchanged, saved again"
    CHANGED = "changed, saved again"
    RESTORE = "restore into an empty folder"
    MEND = "restore in place"
    ONE = "restore one file"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Site:
    """The folder of one contender in one round.

    Attributes:
        folder: Its repository or project; the files to keep are in ``data``.
        one: A file of the workload, relative to ``data``.
    """

    folder: Path
    one: str

    @property
    def data(self) -> Path:
        """The files to keep."""
        return self.folder / "data"

    @property
    def out(self) -> Path:
        """Where things are restored to."""
        return self.folder / "out"


class Contender(Protocol):
    """A program that keeps files.

    Attributes:
        name: As in the table.
        besides: What it does that others do not, and what it leaves out.
    """

    name: str
    besides: str

    def version(self) -> str:
        """What the program says of itself."""

    def prepare(self, site: Site, job: Job) -> None:
        """What comes before a job and is not measured."""

    def command(self, site: Site, job: Job) -> Command | None:
        """The whole command that does it; None where the program has none."""
