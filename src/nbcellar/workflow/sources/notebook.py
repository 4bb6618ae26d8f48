"""A notebook as a workflow sees it before it runs: code cells, parameters, and what it gives to others.

Read with the standard library alone: a run in which nothing changed imports neither nbformat nor papermill.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import NotebookBody, Step, emitted
from nbcellar.workflow.sources.offers import Offers, read_offers
from nbcellar.workflow.sources.parameters import NotebookParameter, read_parameters

PARAMETERS_TAG = "parameters"
NATIVE_KERNEL = "python3"


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell.

    Attributes:
        position: Among all cells of the notebook, from 1.
    """

    position: int
    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotebookSource:
    """What is known of a notebook without running it.

    Attributes:
        kernel: The kernel that it names; the native one where it names none.
        language: Lower case; ``python`` where it names none.
    """

    path: Path
    cells: tuple[CodeCell, ...]
    kernel: str
    language: str

    @property
    def parameters_cell(self) -> CodeCell | None:
        """The first cell with the tag ``parameters``."""
        return next((cell for cell in self.cells if PARAMETERS_TAG in cell.tags), None)

    @property
    def parameters(self) -> tuple[NotebookParameter, ...] | None:
        """What its parameters cell assigns; None where there is no such cell, or it cannot be read."""
        cell = self.parameters_cell
        return read_parameters(cell.source) if cell and self.language == "python" else None

    @property
    def offers(self) -> Offers:
        """What it gives to other steps, as far as its code tells."""
        return _offers(self.cells)


def code_of(sources: Iterable[str]) -> str:
    """The code of a notebook in one text, from that of its cells."""
    return "\n\n".join(sources)


@lru_cache(maxsize=1024)
def _offers(cells: tuple[CodeCell, ...]) -> Offers:
    return read_offers(cell.source for cell in cells)


def owners(steps: Mapping[str, Step], name: str, folder: Path) -> list[str]:
    """The steps whose notebook or function gives a name."""
    found = []
    for step in steps.values():
        if isinstance(step.body, NotebookBody):
            try:
                offers = read_notebook(folder / step.body.path).offers
            except UsageError:
                continue  # it is noted where notebooks are checked
            if name in offers.all:
                found.append(step.id)
        elif name in emitted(step):
            found.append(step.id)
    return found


def read_notebook(path: Path) -> NotebookSource:
    """Read a notebook file.

    Raises:
        UsageError: It is missing, or no notebook; the message tells why.
    """
    content = _content(path)
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{path.name!r} is broken: it is not JSON{place}.", hint="Restore the notebook.") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("cells"), list):
        hint = "Open it in JupyterLab and save it." if isinstance(whole, dict) and "worksheets" in whole else ""
        raise UsageError(f"{path.name!r} is not a notebook of format 4.", hint=hint)
    spec, language = _spec(whole.get("metadata"))
    cells = [_cell(position, cell) for position, cell in enumerate(whole["cells"], 1)]
    return NotebookSource(path, tuple(cell for cell in cells if cell), spec, language)


def _content(path: Path) -> bytes:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # a pipe would be waited for
                return file.read()
    except FileNotFoundError:
        raise UsageError(f"there is no notebook {path.name!r}.") from None
    except OSError as error:
        raise UsageError(f"{path.name!r} cannot be read: {error.strerror}.") from None
    raise UsageError(f"{path.name!r} is not a file.")


def _spec(metadata: JSON) -> tuple[str, str]:
    metadata = metadata if isinstance(metadata, dict) else {}
    spec, language = metadata.get("kernelspec"), metadata.get("language_info")
    spec = spec if isinstance(spec, dict) else {}
    language = language if isinstance(language, dict) else {}
    word = language.get("name") or spec.get("language") or "python"
    return str(spec.get("name") or NATIVE_KERNEL), str(word).lower()


def _cell(position: int, cell: JSON) -> CodeCell | None:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return CodeCell(position, text, tuple(map(str, tags)) if isinstance(tags, list) else ())
