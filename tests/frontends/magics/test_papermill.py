"""Task cells under papermill, with real kernels."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, RunQuery

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # papermill's and nbclient's own


def notebook(path: Path, *cells: str) -> Path:
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def outputs(path: Path) -> list[list[object]]:
    """What each cell left, cards and counts aside."""
    return [
        [
            {key: value for key, value in output.items() if key not in ("execution_count", "metadata")}
            for output in cell.get("outputs", [])
            if "nbcellar-card" not in str(output)
        ]
        for cell in nbformat.read(path, as_version=4).cells
    ]


def test_papermill_stops_at_a_failing_task_cell_and_later_cells_stay_pending(project: Path) -> None:
    source = notebook(
        project / "in.ipynb",
        "%load_ext nbcellar",
        "%%task one\nopen('one.txt', 'w').write('1')",
        "%%task two\nopen('two.txt', 'w').write('2')\n1/0",
        "open('three.txt', 'w').write('3')",
    )
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(source, project / "out.ipynb", cwd=str(project), progress_bar=False)
    done = [cell for cell in nbformat.read(project / "out.ipynb", as_version=4).cells if cell.cell_type == "code"]
    assert [cell.metadata.papermill.status for cell in done] == ["completed", "completed", "failed", "pending"]
    assert not (project / "three.txt").exists()
    statuses = {run.name: run.status for run in Cellar.open(project).runs()}
    assert statuses == {"one": RunStatus.SUCCEEDED, "two": RunStatus.FAILED}


def test_a_notebook_of_task_cells_gives_what_the_bare_one_gives(project: Path) -> None:
    cells = [
        "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2, 3]})\nframe",
        "frame.to_csv('out.csv', index=False)\nprint('written')\nlen(frame)",
        "import asyncio\nawait asyncio.sleep(0.01)\n'woke'",
        "!cat out.csv",
        "pd.read_csv('out.csv').sum().to_dict()",
    ]
    (project / "bare").mkdir()
    (project / "marked").mkdir()
    load = "%load_ext nbcellar"
    bare = notebook(project / "bare.ipynb", load, *cells)
    marked = notebook(project / "marked.ipynb", load, *(f"%%task step{n}\n{cell}" for n, cell in enumerate(cells)))
    for path in (bare, marked):
        papermill.execute_notebook(
            path, project / f"{path.stem}-out.ipynb", cwd=str(project / path.stem), progress_bar=False
        )
    assert outputs(project / "marked-out.ipynb") == outputs(project / "bare-out.ipynb")
    assert (project / "marked/out.csv").read_bytes() == (project / "bare/out.csv").read_bytes()


def test_a_task_belongs_to_the_run_of_its_notebook(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCELLAR_RUN", "01NOTEBOOKRUN")
    source = notebook(
        project / "in.ipynb",
        "%load_ext nbcellar\nimport nbcellar as cellar",
        "%%task one\nopen('one.txt', 'w').write('1')\ncellar.result('n', 3)",
    )
    papermill.execute_notebook(source, project / "out.ipynb", cwd=str(project), progress_bar=False)
    assert os.environ["NBCELLAR_RUN"] == "01NOTEBOOKRUN"
    assert [run.parent for run in Cellar.open(project).runs(RunQuery(name="one"))] == ["01NOTEBOOKRUN"]
