"""The tutorials run from top to bottom, and only the cells that show a failure fail."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebooks.conftest import ROOT

pytestmark = pytest.mark.slow

TUTORIALS = sorted((ROOT / "notebooks" / "tutorials").glob("*.ipynb"))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_the_tutorial_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for cell in notebook.cells:
        shown = cell.get("outputs", [])
        failed = any(output.output_type == "error" for output in shown)
        assert failed == ("raises-exception" in cell.metadata.get("tags", [])), cell.source
    assert (tmp_path / ".cellar").is_dir()
