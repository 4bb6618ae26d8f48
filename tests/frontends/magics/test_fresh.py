"""Task cells in a fresh folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontends.magics.conftest import Shell, names

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_fresh_folder_is_empty_holds_inputs_and_is_left_again(shell: Shell) -> None:
    Path("data").mkdir()
    Path("data/in.csv").write_text("x")
    Path("other.csv").write_text("y")
    shell.ok(
        "%%task a --fresh --in data/in.csv --in name=other.csv\n"
        "import os\nhere, files = os.getcwd(), sorted(os.listdir('.'))\n"
        "text = open('data/in.csv').read() + open('name').read()\nopen('out.txt', 'w').write(text)"
    )
    namespace = shell.shell.user_ns
    assert namespace["here"] == str(shell.cellar.folder / "work" / "a-1")
    assert namespace["files"] == ["data", "name"]
    assert Path.cwd() == shell.folder
    assert names(shell, "a") == ["out.txt"]
    assert not Path("out.txt").exists()
    assert (shell.cellar.folder / "work/a-1/out.txt").read_text() == "xy"


def test_a_linked_input_cannot_be_written(shell: Shell) -> None:
    Path("in.csv").write_text("x")
    result, _ = shell.run("%%task a --fresh --in in.csv\nopen('in.csv', 'w')")
    assert isinstance(result.error_in_exec, PermissionError)
    assert Path("in.csv").read_text() == "x"
    assert Path.cwd() == shell.folder


def test_assets_are_linked_into_a_fresh_folder(shell: Shell) -> None:
    shell.ok("%%task clean\nimport os\nos.makedirs('d')\nopen('d/t.csv', 'w').write('table')")
    shell.ok(
        "%%task a --fresh --in clean --in cellar:clean/d/t.csv\n"
        "both = open('clean/d/t.csv').read(), open('t.csv').read()"
    )
    assert shell.shell.user_ns["both"] == ("table", "table")
    assert shell.cellar.find("a").asset is None


def test_a_body_that_changes_folder_in_a_fresh_one_is_brought_back(shell: Shell) -> None:
    shell.ok("%%task a --fresh\nimport os\nopen('x', 'w').write('1')\nos.chdir('/')")
    assert Path.cwd() == shell.folder
    assert names(shell, "a") == ["x"]


def test_a_relative_input_that_a_fresh_folder_lacks_is_explained(shell: Shell) -> None:
    Path("survey.csv").write_text("x")
    _, text = shell.run("%%task a --fresh\nopen('survey.csv')")
    assert "survey.csv is beside the notebook; this task runs in a fresh folder. Add `--in survey.csv`" in text
