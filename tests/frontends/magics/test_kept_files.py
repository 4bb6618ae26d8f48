"""What of the written files a task cell keeps, and under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontends.magics.conftest import Shell, names

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_what_a_cell_writes_becomes_an_asset(shell: Shell) -> None:
    text = shell.ok("%%task clean\nopen('out.csv', 'w').write('a,b')\nopen('in.csv', 'w').write('x')")
    assert names(shell, "clean") == ["in.csv", "out.csv"]
    assert (shell.folder / "out.csv").read_text() == "a,b"
    assert "✓ clean · clean@1" in text
    assert "2 files, 4 B" in text


def test_only_what_this_cell_wrote_is_kept(shell: Shell) -> None:
    Path("before.txt").write_text("x")
    shell.ok("open('plain.txt', 'w').write('x')")
    shell.ok("%%task a\nopen('one.txt', 'w').write('1')")
    shell.ok("%%task b\nopen('two.txt', 'w').write('2')")
    assert names(shell, "a") == ["one.txt"]
    assert names(shell, "b") == ["two.txt"]


def test_all_keeps_the_folder(shell: Shell) -> None:
    Path("before.txt").write_text("x")
    shell.ok("%%task a --all --exclude '*.log'\nopen('one.txt', 'w').write('1')\nopen('x.log', 'w').write('1')")
    assert names(shell, "a") == ["before.txt", "nbcellar.toml", "one.txt"]


def test_match_and_exclude_choose(shell: Shell) -> None:
    shell.ok(
        "%%task a --match *.{csv,txt} --exclude skip*\n"
        "for name in ['a.csv', 'b.txt', 'c.log', 'skip.csv', 'd/e.csv']:\n"
        "    import pathlib; p = pathlib.Path(name); p.parent.mkdir(exist_ok=True); p.write_text(name)"
    )
    assert names(shell, "a") == ["a.csv", "b.txt"]


def test_braces_in_the_line_stay_braces_when_those_names_exist(shell: Shell) -> None:
    shell.ok("jpg, png = 1, 2")
    shell.ok("%%task a --match *.{jpg,png}\nopen('x.png', 'w').write('1'); open('x.gif', 'w').write('1')")
    assert names(shell, "a") == ["x.png"]


def test_files_above_the_folder_are_kept_as_the_projects(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (shell.folder / "notebooks").mkdir()
    (shell.folder / "results").mkdir()
    monkeypatch.chdir(shell.folder / "notebooks")
    shell.ok("%%task a\nopen('../results/x.csv', 'w').write('1')\nopen('y.csv', 'w').write('2')")
    assert names(shell, "a") == ["project/results/x.csv", "y.csv"]


def test_files_outside_of_the_project_are_named_and_not_saved(shell: Shell, tmp_path: Path) -> None:
    text = shell.ok(f"%%task a\nopen({str(tmp_path / 'else.csv')!r}, 'w').write('1')")
    assert f"written elsewhere, not saved: {tmp_path / 'else.csv'}" in text
    assert shell.cellar.find("a").asset is None


def test_another_folder_can_be_looked_at(shell: Shell) -> None:
    Path("out").mkdir()
    shell.ok("%%task a --at out\nopen('out/x.csv', 'w').write('1')\nopen('y.csv', 'w').write('1')")
    assert names(shell, "a") == ["project/y.csv", "x.csv"]


def test_children_and_libraries_are_seen_by_the_scan(shell: Shell) -> None:
    shell.ok("%%task a\n!echo hi > by_shell.txt\nimport numpy as np\nnp.save('x.npy', np.arange(3))")
    assert names(shell, "a") == ["by_shell.txt", "x.npy"]


def test_a_folder_that_the_body_made_current_is_looked_at_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (shell.folder / "sub").mkdir()
    (shell.folder / "nb").mkdir()
    monkeypatch.chdir(shell.folder / "nb")
    shell.ok("%%task a\nimport os\nos.chdir('../sub')\nos.system('echo hi > by_shell.txt')")
    assert Path.cwd() == shell.folder / "sub"
    assert names(shell, "a") == ["project/sub/by_shell.txt"]


def test_a_special_file_is_named_on_the_card(shell: Shell) -> None:
    text = shell.ok("%%task a\nimport os\nos.mkfifo('pipe')\nopen('x', 'w').write('1')")
    assert "not kept: pipe (a named pipe)" in text
    assert names(shell, "a") == ["x"]


def test_a_name_that_is_no_utf8_is_kept(shell: Shell) -> None:
    text = shell.ok("%%task a\nopen(b'caf\\xe9.txt', 'w').write('1')")
    run = shell.cellar.find("a")
    assert run.asset is not None
    assert [entry.name for entry in shell.cellar.manifest(run.asset)] == [b"caf\xe9.txt"]
    assert "caf\\xe9.txt" in text


def test_caches_of_libraries_are_no_outputs_and_a_fresh_folder_is_no_input(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbcellar.tasks.files.places import _machinery

    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home/.cache/lib").mkdir(parents=True)
    _machinery.cache_clear()
    text = shell.ok(f"%%task a\nopen({str(tmp_path / 'home/.cache/lib/x')!r}, 'w').write('1')")
    _machinery.cache_clear()
    assert "elsewhere" not in text
    Path("in.csv").write_text("x")
    shell.ok("%%task b --fresh --in in.csv\nimport pathlib\nsorted(pathlib.Path().rglob('*'))")
    assert [one.path for one in shell.cellar.find("b").inputs] == ["in.csv"]


def test_an_asset_without_files_says_so(shell: Shell) -> None:
    assert "wrote no files" in shell.ok("%%task a -> z\nx = 1")
