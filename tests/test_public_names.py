"""The public names: each resolves, both lists of them agree, and importing them costs little."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nbcellar as cellar


@pytest.mark.parametrize("name", [name for name in cellar.__all__ if name not in ("current", "last")])
def test_each_public_name_resolves(name: str) -> None:
    assert getattr(cellar, name) is not None


def test_the_list_for_type_checkers_has_the_same_names() -> None:
    stub = ast.parse((Path(cellar.__file__).parent / "__init__.pyi").read_text())
    names = {
        alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname
    }
    names |= {
        node.target.id for node in stub.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert names == set(cellar.__all__)


def test_public_names_are_listed_by_dir_and_unknown_ones_are_refused() -> None:
    assert set(cellar.__all__) <= set(dir(cellar))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cellar.nothing  # type: ignore[attr-defined]


def test_the_module_is_indexed_by_references(project: Path) -> None:
    (project / "a.txt").write_text("one")
    made = cellar.asset("a.txt", name="first")
    assert cellar["first"] == made
    with pytest.raises(KeyError, match="Did you mean 'first'"):
        cellar["frst"]


def test_the_last_asset_is_the_newest_one(project: Path) -> None:
    assert cellar.last is None
    (project / "a.txt").write_text("one")
    made = cellar.asset("a.txt", name="first")
    assert cellar.last is not None
    assert cellar.last.run == made.run


HEAVY = (
    "jupyter_server",
    "papermill",
    "jupyterlab",
    "pandas",
    "numpy",
    "IPython",
    "traitlets",
    "fsspec",
    "yaml",
    "dask",
)


def test_importing_is_light() -> None:
    code = (
        "import sys\nbefore = set(sys.modules)\nimport nbcellar\n"
        f"print([name for name in {HEAVY} if name in sys.modules], len(set(sys.modules) - before) < 40)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[] True"
