"""What a task cell read and was given: inputs found and declared, parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.model import InputKind, InputOrigin
from nbcellar.store import RunQuery
from tests.frontends.magics.conftest import Shell, names

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_inputs_find_themselves(shell: Shell) -> None:
    Path("read.csv").write_text("a")
    Path("by_shell.csv").write_text("b")
    Path("other.csv").write_text("c")
    Path("my_module_of_this_test.py").write_text("n = 1")
    text = shell.ok(
        "%%task a\nimport sys; sys.path.insert(0, '')\nopen('read.csv').read()\n!cat by_shell.csv > /dev/null\n"
        "import my_module_of_this_test\nopen('made.csv', 'w').write('x')\nopen('made.csv').read()"
    )
    found = {(one.kind, one.origin, one.path) for one in shell.cellar.find("a").inputs}
    assert found == {
        (InputKind.FILE, InputOrigin.FOUND, "read.csv"),
        (InputKind.FILE, InputOrigin.LITERAL, "by_shell.csv"),
        (InputKind.MODULE, InputOrigin.FOUND, "my_module_of_this_test.py"),
    }
    assert "found read.csv" in text


def test_a_file_that_is_read_and_then_written_is_both(shell: Shell) -> None:
    from blake3 import blake3

    Path("state.txt").write_text("before")
    shell.ok("%%task a\ntext = open('state.txt').read()\nopen('state.txt', 'w').write(text + ' after')")
    run = shell.cellar.find("a")
    assert [(one.path, one.digest) for one in run.inputs] == [("state.txt", blake3(b"before").digest())]
    assert names(shell, "a") == ["state.txt"]


def test_a_file_that_an_earlier_task_made_names_its_maker(shell: Shell) -> None:
    shell.ok("%%task clean\nopen('clean.csv', 'w').write('some content')")
    shell.ok("%%task fit\nopen('clean.csv').read()")
    maker = shell.cellar.find("clean")
    assert [(one.path, one.run) for one in shell.cellar.find("fit").inputs] == [("clean.csv", maker.id)]


def test_declared_inputs_of_every_form_are_recorded(shell: Shell) -> None:
    shell.ok("%%task clean -> made\nopen('t.csv', 'w').write('table')")
    Path("a.csv").write_text("a")
    Path("data").mkdir()
    Path("data/b.txt").write_text("b")
    Path("data/c.txt").write_text("c")
    shell.ok("import pathlib; where = pathlib.Path('a.csv')")
    shell.ok("%%task fit --in a.csv --in data --in d=data/*.txt --in x=cellar:clean/t.csv --in $made --in w=$where\n1")
    inputs = shell.cellar.find("fit").inputs
    assert [(one.kind, one.alias, one.path) for one in inputs] == [
        (InputKind.FILE, "", "a.csv"),
        (InputKind.FILE, "", "data/"),
        (InputKind.FILE, "d", "data/*.txt"),
        (InputKind.ASSET, "x", "clean@1/t.csv"),
        (InputKind.ASSET, "", "clean@1"),
    ]
    assert all(one.digest for one in inputs)


def test_a_body_finds_declared_inputs_by_the_names_of_files_and_assets(shell: Shell) -> None:
    shell.ok("%%task clean\nopen('t.csv', 'w').write('table')")
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "x.csv").write_text(folder)
    text = shell.ok(
        "%%task fit -q --in clean --in cellar:clean/t.csv --in all=clean@1 --in a/x.csv\nimport nbcellar as cellar\n"
        "found = cellar.current.inputs\nprint(found)\n"
        "print((found['clean'] / 't.csv').read_text(), found['t.csv'].read_text(), found['all'] == found['clean'])"
    )
    assert text == "<inputs: clean, t.csv, all, x.csv>\ntable table True\n"
    _, text = shell.run("%%task fit -q --in clean\ncellar.current.inputs['claen']")
    assert "No declared input is called 'claen'. Did you mean 'clean'?" in text
    _, text = shell.run("%%task fit -q --in a/x.csv --in b/x.csv\ncellar.current.inputs['x.csv']")
    assert (
        "2 declared inputs are called 'x.csv': a/x.csv, b/x.csv. Give each a name of its own: --in first=a/x.csv"
        in text
    )


def test_a_missing_input_is_named_and_the_body_does_not_run(shell: Shell) -> None:
    result, text = shell.run("%%task fit --in nowhere.csv\nopen('ran.txt', 'w').write('x')")
    assert not result.success
    assert "--in nowhere.csv: there is no such file" in text and "The cell was not run." in text
    assert not Path("ran.txt").exists()
    assert not shell.cellar.runs(RunQuery(name="fit"))


def test_an_input_that_fits_two_things_is_an_error_naming_both(shell: Shell) -> None:
    shell.ok("%%task clean\nopen('t.csv', 'w').write('table')")
    Path("clean").mkdir()
    result, text = shell.run("%%task fit --in clean\n1")
    assert not result.success
    assert "the file clean, and the asset clean@1" in text
    assert "--in ./clean" in text and "--in cellar:clean" in text
    shell.ok("%%task fit --in cellar:clean\n1")
    shell.ok("%%task fit --in ./clean\n1")


def test_parameters_are_recorded(shell: Shell) -> None:
    shell.ok("alpha = 0.5\nimport pandas as pd\nframe = pd.DataFrame({'a': [1]})")
    shell.ok("%%task fit --param alpha -p n=3 -p frame\nimport nbcellar as cellar\nprint(cellar.current.params['n'])")
    params = dict(shell.cellar.find("fit").params)
    frame = params.pop("frame")
    assert params == {"alpha": 0.5, "n": 3}
    assert isinstance(frame, dict) and frame["type"] == "DataFrame"
    shell.ok("%%task fit --param frame\n1")
    assert shell.cellar.find("fit").params["frame"] == frame


def test_an_unknown_parameter_is_refused_with_a_guess(shell: Shell) -> None:
    shell.ok("alpha = 0.5")
    result, text = shell.run("%%task fit --param alpah\n1")
    assert not result.success and "Did you mean 'alpha'?" in text


def test_assets_that_a_body_looks_into_are_inputs(shell: Shell) -> None:
    shell.ok("%%task clean -> made\nopen('t.csv', 'w').write('table')\nopen('u.csv', 'w').write('other')")
    shell.ok("import nbcellar as cellar")
    shell.ok("%%task a\nopen(made['t.csv']).read()")
    shell.ok("%%task b\ncellar['clean']['u.csv'].read()")
    shell.ok("%%task c --in whole=clean\nopen(cellar.current.inputs['whole'] / 't.csv').read()")
    found = {name: [(one.kind, one.path) for one in shell.cellar.find(name).inputs] for name in "abc"}
    assert found["a"] == [(InputKind.ASSET, "clean@1/t.csv")]
    assert found["b"] == [(InputKind.ASSET, "clean@1/u.csv")]
    assert found["c"] == [(InputKind.ASSET, "clean@1"), (InputKind.ASSET, "clean@1/t.csv")]
    maker = shell.cellar.find("clean")
    assert {run.name for run in shell.cellar.used_by(maker)} == {"a", "b", "c"}
