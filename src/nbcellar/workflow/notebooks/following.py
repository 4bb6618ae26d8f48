"""What a notebook of a run holds, whether it has ended or is under way: its last checkpoint, at most a second old."""

from __future__ import annotations

import json

from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar


@dataclass(frozen=True, slots=True)
class CellAt:
    """Where an executed notebook stands.

    Attributes:
        number: The cell that failed, runs or ran last, from 1 among code cells; 0 where none began.
        count: Of code cells.
        id: The cell's id in the notebook; empty where it has none.
        source: Its code.
    """

    number: int
    count: int
    id: str = ""
    source: str = ""


def notebook_of(cellar: Cellar, run: Run) -> bytes | None:
    """The executed notebook of a notebook's run, as far as it came; None where there is none.

    Raises:
        StorageError: It could not be read.
    """
    if run.asset is not None:
        from nbcellar.assets.asset import Asset

        found = [entry for entry in Asset(cellar, run).entries if entry.path.endswith(".ipynb")]
        return found[0].read() if found else None
    if run.status is not RunStatus.RUNNING:
        return None
    paths = sorted((cellar.folder / "work" / run.id).glob("*.ipynb"))
    try:
        return paths[0].read_bytes() if paths else None
    except FileNotFoundError:  # it has just ended
        return None


def cell_at(content: bytes) -> CellAt:
    """The cell that a notebook stands at, as papermill noted: the one that failed or runs, else the last done."""
    cells = code_cells(content)
    place = 0
    for number, cell in enumerate(cells, 1):
        status = _papermill(cell).get("status")
        if status in ("failed", "running"):
            place = number
            break
        if status == "completed":
            place = number
            if _papermill(cell).get("exception"):
                break
    if not place:
        return CellAt(0, len(cells))
    cell, source = cells[place - 1], cells[place - 1].get("source")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source or "")
    return CellAt(place, len(cells), str(cell.get("id") or ""), text)


def code_cells(content: bytes) -> list[dict[str, JSON]]:
    """The code cells of a notebook; none where it does not parse."""
    try:
        document: JSON = json.loads(content)
    except ValueError:
        return []
    cells = document.get("cells") if isinstance(document, dict) else None
    found = [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []
    return [cell for cell in found if cell.get("cell_type") == "code"]


def _papermill(cell: dict[str, JSON]) -> dict[str, JSON]:
    metadata = cell.get("metadata")
    kept = metadata.get("papermill") if isinstance(metadata, dict) else None
    return kept if isinstance(kept, dict) else {}
