"""The notebooks of the collection, and the project that each of them runs in."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat

HERE = Path(__file__).parent
NOTEBOOKS = sorted(path.stem for path in (HERE / "notebooks").glob("*.ipynb"))


@dataclass(frozen=True, slots=True)
class Notebook:
    """One notebook: what it is about, and its code cells."""

    name: str
    about: str
    cells: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Where in the project it lies."""
        return "notebooks" if self.name == "above_the_folder" else "."


def read(name: str) -> Notebook:
    """One of the collection."""
    document = nbformat.read(HERE / "notebooks" / f"{name}.ipynb", as_version=4)
    about, *_ = [cell.source for cell in document.cells if cell.cell_type == "markdown"]
    cells = tuple(cell.source for cell in document.cells if cell.cell_type == "code")
    return Notebook(name, about.partition("\n\n")[2], cells)


def lay_out(folder: Path, notebook: Notebook) -> Path:
    """A new project with its data and modules; gives back the notebook's folder in it."""
    shutil.copytree(HERE / "project", folder, ignore=shutil.ignore_patterns("__pycache__"))
    place = folder / notebook.folder
    place.mkdir(exist_ok=True)
    return place


def with_line(line: str, cell: str) -> str:
    """The cell below one more line; a comment cannot stand above a cell magic, and is left out there."""
    return cell if line.startswith("#") and cell.startswith("%%") else f"{line}\n{cell}"
