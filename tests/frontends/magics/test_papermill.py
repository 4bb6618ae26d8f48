"""Task cells under papermill, with real kernels."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, RunQuery
from tests.frontends.magics.bodies import BODIES
from tests.frontends.magics.test_side_by_side import plain

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # papermill's and nbclient's own


def notebook(path: Path, *cells: str) -> Path:
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def outputs(path: Path) -> list[list[dict[str, object]]]:
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


NOTE_STATUS = """
def note(result):
    with open({path!r}, "a") as statuses:
        statuses.write(f"{{result.success}}\\n")
get_ipython().events.register("post_run_cell", note)
"""
"""The status of each cell, of which papermill keeps nothing where it may go on after an error."""


def with_bodies(path: Path, load: str, line: str) -> Path:
    """A notebook of every body, each in an empty namespace and a folder of its own, errors let through."""
    note = NOTE_STATUS.format(path=str(path.with_suffix(".status")))
    made = new_notebook(cells=[new_code_cell(f"%colors nocolor\n{load}\n{note}")])
    for number, body in enumerate(BODIES.values()):
        folder = str(path.parent / str(number))
        made.cells.append(new_code_cell(f"%reset -f\nimport os; os.mkdir({folder!r}); os.chdir({folder!r}); del os"))
        made.cells.append(new_code_cell(f"{line}\n{body}", metadata={"tags": ["raises-exception"]}))
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def test_every_body_says_the_same_and_ends_alike_under_papermill(project: Path) -> None:
    found: list[list[str]] = []
    statuses = []
    for name, load, line in (("bare", "", "# a"), ("marked", "%load_ext nbcellar", "%%task a")):
        (project / name).mkdir()
        path = with_bodies(project / name / "bodies.ipynb", load, line)
        with contextlib.suppress(papermill.PapermillExecutionError):  # raised at the end, for any error that is shown
            papermill.execute_notebook(
                path,
                path,
                cwd=str(path.parent),
                progress_bar=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
            )
        cells = nbformat.read(path, as_version=4).cells  # with marks of papermill's own where something failed
        said = [shown for cell, shown in zip(cells, outputs(path), strict=True) if "raises-exception" in tags(cell)]
        found.append([plain(json.dumps(by_stream(shown), sort_keys=True)) for shown in said])
        statuses.append(path.with_suffix(".status").read_text().split())
        last = cells[-1]
        assert last.metadata.papermill.status == "completed"  # it went on to the end
    bare, marked = (dict(zip(BODIES, shown, strict=True)) for shown in found)
    assert marked == bare
    assert statuses[0] == statuses[1]
    assert statuses[0].count("True") >= 2 * len(BODIES) - 40 and statuses[0].count("False") >= 25
    assert sum("error" in shown for shown in bare.values()) >= 25


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def by_stream(shown: list[dict[str, object]]) -> list[dict[str, object]]:
    """The outputs, with those of the streams joined and first: their messages race with the others."""
    texts: dict[str, str] = {}
    for output in shown:
        if output["output_type"] == "stream":
            texts[str(output["name"])] = texts.get(str(output["name"]), "") + str(output["text"])
    return [*({"stream": texts},), *(output for output in shown if output["output_type"] != "stream")]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("raise after await", "break at the top") else pytest.mark.long)
        for name in ("raise", "sys.exit", "keyboard interrupt", "syntax error", "break at the top", "raise after await")
    ],
)
def test_papermill_stops_at_a_marked_body_where_it_stops_at_the_bare_one(project: Path, name: str) -> None:
    ended = []
    for kind, line in (("bare", "# a"), ("marked", "%%task a")):
        load = "%load_ext nbcellar\n%colors nocolor" if kind == "marked" else "%colors nocolor"
        path = notebook(project / f"{kind}.ipynb", load, f"{line}\n{BODIES[name]}", "open('after', 'w')")
        try:
            papermill.execute_notebook(path, path, cwd=str(project), progress_bar=False)
            error = ""
        except papermill.PapermillExecutionError as raised:
            error = plain(f"{raised.ename}: {raised.evalue}")
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if "papermill" in cell.metadata]
        ended.append((error, [cell.metadata.papermill.get("status") for cell in cells]))
    assert ended[0] == ended[1] and ended[0][0]
    assert not (project / "after").exists()
