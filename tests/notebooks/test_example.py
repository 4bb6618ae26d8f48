"""The example project: what its workflow gives, and how it is kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from tests.notebooks.conftest import EXAMPLE, ROOT, Project

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_notebook_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_the_survey_is_the_file_that_its_page_names() -> None:
    digest = hashlib.sha256((EXAMPLE / "data/penguins-raw.csv").read_bytes()).hexdigest()
    assert digest in (EXAMPLE / "data/README.md").read_text()


@pytest.mark.slow
def test_the_report_is_published_beside_the_project(finished: Project) -> None:
    page = (finished.folder / "reports/2009.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "280.5 g" in page


@pytest.mark.slow
def test_each_step_keeps_what_it_wrote(finished: Project) -> None:
    tidy = finished.types("cat", "tidy/clean.csv")
    (finished.folder.parent / "tidy.csv").write_text(tidy.stdout)
    table = pd.read_csv(finished.folder.parent / "tidy.csv")
    assert len(table) == 333
    assert not table.isna().any().any()


@pytest.mark.slow
def test_the_table_of_the_fit_is_the_one_that_the_clean_step_made(finished: Project) -> None:
    shown = finished.types("show", "fit")
    assert shown.returncode == 0, shown.stderr
    assert "tidy@1/clean.csv" in shown.stdout
