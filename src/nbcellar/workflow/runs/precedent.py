"""The last run of a workflow file as a precedent: where nothing that it looked at has changed, the next one is decided.

It is about a run in which every step was taken or left out. What was read then is compared by its stats (and the
workflow file by its text), what the catalogue says by two questions. Where one thing differs, or cannot be told so
easily, there is no precedent, and everything is checked and planned as ever.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from blake3 import blake3

from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.store import Cellar
from nbcellar.workflow.checks.kernelspecs import missing_kernel
from nbcellar.workflow.documents.rememberedfile import RememberedFile
from nbcellar.workflow.freshness.variables import variable_digest

MAX_BYTES = 2**20
"""Of a workflow file: a longer one is refused where it is read."""


@dataclass(frozen=True, slots=True)
class Precedent:
    """A run that was decided, and all that it looked at.

    Attributes:
        workflow: The name of its workflow.
        run: Its id.
        sequence: The place of the newest event before it looked at anything.
        ended_ns: When what was taken for a step had ended, by step, in the order in which they were decided; None for
            one that was left out.
        files: Notebooks, inner workflows, what the taken runs had read, and copies for people, each with its stat.
        patterns: Folders and patterns of inputs, each with its files.
        listings: Digests of the names in a folder, each under the names that do not count, NUL and the folder.
        kernels: The names of the kernels.
        variables: Environment variables, each with its digest.
        secrets: Environment variables that hold secrets, each with whether it is set.
    """

    workflow: str
    run: str
    sequence: int
    ended_ns: Mapping[str, JSON]
    files: Mapping[str, JSON]
    patterns: Mapping[str, JSON]
    listings: Mapping[str, JSON]
    kernels: Sequence[JSON]
    variables: Mapping[str, JSON]
    secrets: Mapping[str, JSON]

    def stands(self, cellar: Cellar) -> bool:
        """Whether all that it looked at is as it was.

        Raises:
            StorageError: The store could not be read.
        """
        return (
            cellar.only_runs_since(self.sequence)
            and all(stat_of(path) == then for path, then in self.files.items())
            and all(variable_digest(name) == then for name, then in self.variables.items())
            and all((name in os.environ) == then for name, then in self.secrets.items())
            and all(missing_kernel(str(name)) is None for name in self.kernels)
            and self._lists_the_same()
        )

    def _lists_the_same(self) -> bool:
        if not self.patterns and not self.listings:
            return True
        from nbcellar.tasks.reads.inputs import files_of  # few runs need it

        return all(files_of(pattern) == then for pattern, then in self.patterns.items()) and all(
            names_in(listing) == then for listing, then in self.listings.items()
        )


class Precedents:
    """Where the precedent of a workflow file is kept, one a file.

    Args:
        cellar: Where its runs are.
        path: The workflow file.
        given: Values of its parameters.
    """

    def __init__(self, cellar: Cellar, path: Path, given: Mapping[str, JSON]) -> None:
        self._cellar = cellar
        self.folder = path.parent.resolve()
        place = os.fsencode(self.folder / path.name)
        self._file = RememberedFile(cellar.folder / "cache" / "precedents" / blake3(place).hexdigest(length=16))
        self._path, self._given = path, dict(given)

    def recall(self) -> Precedent | None:
        """The precedent of this text with these parameters, for this program; None where there is none."""
        if not self._file.path.exists():
            return None
        made_from = self._made_from()
        match self._file.recall(made_from) if made_from else None:
            case {
                "workflow": str(name),
                "run": str(run),
                "sequence": int(sequence),
                "kernels": list(kernels),
                "ended_ns": dict(ended_ns),
                "files": dict(files),
                "patterns": dict(patterns),
                "listings": dict(listings),
                "variables": dict(variables),
                "secrets": dict(secrets),
            }:
                return Precedent(name, run, sequence, ended_ns, files, patterns, listings, kernels, variables, secrets)
        return None

    def remember(self, precedent: Precedent) -> None:
        """Keep it instead of the one before."""
        if made_from := self._made_from():
            plain: dict[str, JSON] = {
                "workflow": precedent.workflow,
                "run": precedent.run,
                "sequence": precedent.sequence,
                "kernels": [*precedent.kernels],
                "ended_ns": dict(precedent.ended_ns),
                "files": dict(precedent.files),
                "patterns": dict(precedent.patterns),
                "listings": dict(precedent.listings),
                "variables": dict(precedent.variables),
                "secrets": dict(precedent.secrets),
            }
            self._file.remember(made_from, plain)

    def _made_from(self) -> list[JSON]:
        """What decides besides all that changes: nothing where it cannot be had, which is said elsewhere."""
        if not _are_json(self._given):
            return []
        try:
            if not self._path.is_file():
                return []
            with self._path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except OSError:
            return []
        place = [str(self.folder), self._path.name, str(self._cellar.home), self._cellar.project, self._cellar.uuid]
        program = [sys.version, sys.prefix, repr(self._cellar.settings)]
        return [blake3(text).hexdigest(), *place, *program, self._given]


def _are_json(values: Mapping[str, JSON]) -> bool:
    if not values:
        return True
    from nbcellar.workflow.documents.valuetypes import not_json  # a run without parameters does without

    return not any(not_json(value) for value in values.values())


def stat_of(path: str) -> JSON:
    """What tells whether a file is the same and unchanged; None where there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - of many files, and a path object each takes longer than this
    except OSError:
        return None
    return [stat.st_mode, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def names_in(listing: str) -> JSON:
    """The digest of the names in a folder; None where there is no such folder.

    Args:
        listing: The names that do not count, separated by ``/``, NUL, and the folder.
    """
    from nbcellar.tasks.reads.inputs import listing_digest  # few runs need it

    without, _, folder = listing.partition("\0")
    found = listing_digest(folder, without.split("/"))
    return None if found is None else found.hex()
