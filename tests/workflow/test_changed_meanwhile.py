"""Notebooks that change while the workflow runs: what was checked is what runs, or nothing does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.workflow.runs.runner import run_workflow

FLOW = """
    cellar: 1
    name: flow
    steps:
      changes: {notebook: changes.ipynb}
      edited: {notebook: edited.ipynb, needs: changes}
      gone: {notebook: gone.ipynb, needs: changes}
      broken: {notebook: broken.ipynb, needs: changes}
      shown: {notebook: shown.ipynb, needs: changes}
"""
CHANGES = """
    import pathlib, json
    edited, gone, broken, shown = (pathlib.Path(f"{name}.ipynb") for name in ("edited", "gone", "broken", "shown"))
    edited.write_text(edited.read_text().replace("40 + 2", "40 + 3"))
    gone.unlink()
    broken.write_text(broken.read_text()[:50])
    whole = json.loads(shown.read_text())
    whole["cells"].insert(0, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "Hm"})
    whole["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    shown.write_text(json.dumps(whole))
"""
AGAIN = "Run the workflow again: what is done is done."


@pytest.mark.slow
def test_only_what_was_checked_runs(
    project: Path, write_notebook: Callable[..., Path], write_workflow: Callable[..., Path]
) -> None:
    kept = "import nbcellar as cellar\ncellar.result('n', 40 + 2)"
    write_notebook("changes.ipynb", CHANGES)
    before = {name: write_notebook(f"{name}.ipynb", kept).read_text() for name in ("edited", "gone", "broken", "shown")}
    flow = write_workflow(FLOW)
    run = run_workflow(flow)
    assert run.status is RunStatus.FAILED
    assert {name: run.steps[name].error for name in before} == {
        "edited": f"'edited.ipynb' is not as it was when the run began: its code was edited. {AGAIN}",
        "gone": f"There is no notebook 'gone.ipynb'; it could be read when the run began. {AGAIN}",
        "broken": f"'broken.ipynb' is broken: it is not JSON (line 1); it could be read when the run began. {AGAIN}",
        "shown": "",
    }
    write_notebook("changes.ipynb", "print('no more')")
    for name, text in before.items():
        (project / f"{name}.ipynb").write_text(text)
    again = run_workflow(flow)
    assert again.succeeded, again.run.error
    assert {name: again[name].result for name in before} == dict.fromkeys(before, 42)
    assert [name for name in before if again.steps[name].status is RunStatus.CACHED] == ["shown"]
