"""A project in which everything has run, and copies of it in which the last run decides the next one."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest

from nbcellar.frontends.commands.running import Ran, run
from nbcellar.model import RunStatus
from tests.workflow.conftest import notebook_json
from tests.workflow.precedents.precedentkit import settle

FLOW = """
    cellar: 1
    name: flow
    parameters: {year: 2024, word: abc}
    steps:
      scan: {notebook: scan.ipynb}
      fit:
        notebook: fit.ipynb
        parameters: {year: "${parameters.year}", token: {secret: "env:FLOW_TOKEN"}}
        mapped_parameters: {table: {map_type: file, from: scan.tidy, path: tidy.csv}}
        depends_on_env: [FLOW_MODE]
        inputs: ["extra/*.txt"]
      each: {notebook: each.ipynb, for_each: {n: [1, 2]}, needs: [fit]}
      late: {notebook: each.ipynb, when: parameters.year > 3000}
      inner: {workflow: inner/inner.yaml}
    publish: {scan.tidy/tidy.csv: out/tidy.csv}
    notebooks_to: runs/
"""
NOTEBOOKS = {
    "scan.ipynb": (
        "import os\nimport reading\nnames = os.listdir('data')\ntext = open('data/birds.csv').read()",
        "%%task tidy\nopen('tidy.csv', 'w').write(text.upper())\nNone",
    ),
    "fit.ipynb": ("#parameters\nyear = 1\ntoken = ''\ntable = ''", "print(open(table).read(), year)"),
    "each.ipynb": ("#parameters\nn = 0", "print(n)"),
    "inner/deep.ipynb": ("print('deep', file=open('deep.txt', 'w'))",),
}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which everything has run once."""
    home = tmp_path_factory.mktemp("finished") / "project"
    for name, cells in NOTEBOOKS.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(notebook_json("import nbcellar as cellar\n%load_ext nbcellar", *cells))
    (home / "pyproject.toml").write_text('[tool.nbcellar]\nproject = "study"\n')
    (home / "flow.yaml").write_text(textwrap.dedent(FLOW))
    (home / "inner" / "inner.yaml").write_text("cellar: 1\nname: inner\nsteps: {deep: {notebook: deep.ipynb}}\n")
    (home / "reading.py").write_text("SEPARATOR = ','\n")
    for name, text in (("data/birds.csv", "tit,9\n"), ("extra/one.txt", "1")):
        (home / name).parent.mkdir()
        (home / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLOW_MODE", "fast")
        patch.setenv("FLOW_TOKEN", "hushhush")
        ran = run(home / "flow.yaml", quiet=True)
    assert isinstance(ran, Ran)
    assert ran.run.status is RunStatus.SUCCEEDED, ran.run.error
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which a run has been decided by the one before."""
    monkeypatch.setenv("FLOW_MODE", "fast")
    monkeypatch.setenv("FLOW_TOKEN", "hushhush")
    home = tmp_path / "project"
    shutil.copytree(finished, home, symlinks=True)
    settle(home)
    return home
