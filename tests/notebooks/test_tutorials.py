"""The tutorials run from top to bottom, and only the cells that show a failure fail."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebooks.conftest import ROOT

pytestmark = pytest.mark.slow

SHOWN = {
    "pipeline": [
        "2026-01: 3 sales, 5.0",
        "ZeroDivisionError",
        "{'load@3': 'cached'}",
        "2026-02: 3 sales, 2.4",
        "report  cached",
    ],
    "resources": ["{'read': ('cached'", "'judge': ('succeeded', 'mean 196", "written down: no rain gauge here"],
    "from-papermill": [
        "Output Notebook: out.ipynb",
        "out.ipynb written",
        "rain@2 succeeded",
        "mean  cached",
        "200.25",
        "has no parameter 'yaer'. Did you mean 'year'?",
    ],
    "from-ploomber": ["count  would run  least 1 → 2", '{"Adelie": 2}', '{"Adelie": 2, "Gentoo": 1}'],
    "from-lume": ["'flow2.save_db_result': {'output1': 'good you'}", "Did you mean 'check_text_equal'?", "flow0"],
}
"""What a reader sees there."""

TUTORIALS = sorted((ROOT / "notebooks" / "tutorials").glob("*.ipynb"))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_the_tutorial_runs_from_top_to_bottom(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for cell in notebook.cells:
        shown = cell.get("outputs", [])
        failed = any(output.output_type == "error" for output in shown)
        assert failed == ("raises-exception" in cell.metadata.get("tags", [])), cell.source
    assert (tmp_path / ".cellar").is_dir()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = "\n".join(
        f"{each.get('text', '')}{each.get('data', {}).get('text/plain', '')}{each.get('evalue', '')}"
        for each in outputs
    )
    assert [words for words in SHOWN.get(path.stem, []) if words not in said] == []
