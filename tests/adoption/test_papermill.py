"""The collection under papermill: fresh kernels, a marker above every cell, also those that write nothing."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.adoption.collection import NOTEBOOKS, lay_out, read, with_line
from tests.adoption.observed import look
from tests.adoption.pairs import TIMES
from tests.frontends.magics.test_side_by_side import plain

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # papermill's and nbclient's own
SETUP = "import os; os.environ['SOURCE_DATE_EPOCH'] = '1700000000'\n%colors nocolor"
IN_TEST = ("pandas_cleaning", "failing_cells")


def execute(name: str, project: Path, *, marked: bool) -> list[tuple[str, str, str]]:
    """Run it; status and outputs of each cell, cards left out."""
    notebook = read(name)
    place = lay_out(project, notebook)
    line = "%%task a" if marked else "# a"
    setup = "import os; os.environ['SOURCE_DATE_EPOCH'] = '1700000000'\n%colors nocolor" + (
        "\n%load_ext nbcellar" if marked else ""
    )
    cells = [new_code_cell(setup), *(new_code_cell(with_line(line, cell)) for cell in notebook.cells)]
    document = new_notebook(cells=cells)
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    done = project.parent / f"{'marked' if marked else 'bare'}.ipynb"
    nbformat.write(document, done)
    with contextlib.suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(done, done, cwd=str(place), progress_bar=False)
    ran = [cell for cell in nbformat.read(done, as_version=4).cells if "papermill" in cell.metadata]
    return [(cell.metadata.papermill.get("status", ""), *outputs(cell)) for cell in ran if cell.source != setup]


def outputs(cell: nbformat.NotebookNode) -> tuple[str, str]:
    kept = [
        {key: value for key, value in output.items() if key not in ("execution_count", "metadata")}
        for output in cell.get("outputs", [])
        if "nbcellar-card" not in str(output)
    ]
    streams = sorted(json.dumps(output) for output in kept if output["output_type"] == "stream")
    shown = [output for output in kept if output["output_type"] != "stream"]
    said = [TIMES.sub("…", plain(json.dumps(part, sort_keys=True))) for part in (streams, shown)]
    return said[0], said[1]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in IN_TEST else pytest.mark.long) for name in NOTEBOOKS]
)
def test_papermill_runs_it_alike_and_stops_where_it_stopped(name: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    alone = execute(name, project, marked=False)
    project.rename(tmp_path / "bare")
    assert execute(name, project, marked=True) == alone
    one, two = (look(os.fsencode(folder)) for folder in (tmp_path / "bare", project))
    assert {path: seen.content for path, seen in two.items()} == {path: seen.content for path, seen in one.items()}
