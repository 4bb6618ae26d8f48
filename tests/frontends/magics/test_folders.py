"""Folders that a body goes into, makes and removes: the cell works as without its marker."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.frontends.magics.conftest import Shell, names

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def back_again(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins in the project, and none leaves the process elsewhere."""
    monkeypatch.chdir(shell.folder)


def test_a_folder_that_a_body_went_through_and_removed_is_no_error(shell: Shell) -> None:
    text = shell.ok(
        "%%task a\nimport os, shutil\nhere = os.getcwd()\nos.makedirs('temporary/inner'); os.chdir('temporary/inner')\n"
        "open('x', 'w').write('1')\nos.chdir(here)\nshutil.rmtree('temporary')\nopen('kept', 'w').write('1')"
    )
    assert "✓ a" in text
    assert names(shell, "a") == ["kept"]


@pytest.mark.parametrize("outside", [True, False])
def test_a_body_may_remove_a_folder_while_it_stands_there(shell: Shell, tmp_path: Path, outside: bool) -> None:
    gone = tmp_path / "elsewhere" if outside else shell.folder / "below"
    text = shell.ok(f"%%task a\nimport os\nos.mkdir({str(gone)!r}); os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})")
    assert "✓ a" in text and not gone.exists()
    os.chdir(shell.folder)
    assert "✓ b" in shell.ok("%%task b\nopen('x', 'w').write('1')")


def test_a_body_may_remove_the_folder_that_its_cell_began_in(shell: Shell) -> None:
    shell.ok("import os, shutil\nos.mkdir('work'); os.chdir('work'); open('old', 'w').write('1')")
    text = shell.ok("%%task a\nos.chdir('..'); shutil.rmtree('work'); open('kept', 'w').write('1')")
    assert "✓ a" in text
    assert names(shell, "a") == ["project/kept"]


def test_a_body_may_go_where_nothing_can_be_looked_at(shell: Shell, tmp_path: Path) -> None:
    for folder, kept in (("rules", ".cellarignore"), ("other", "x")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / kept).write_text("!\n")
    shell.ok(f"import os\nos.chdir({str(tmp_path / 'other')!r})\n%cellar save x\nos.chdir({str(shell.folder)!r})")
    for there in (tmp_path / "rules", tmp_path / "other" / ".cellar"):
        assert there.is_dir()
        text = shell.ok(f"%%task a\nos.chdir({str(there)!r})\nos.chdir({str(shell.folder)!r})")
        assert "✓ a" in text


@pytest.mark.root
def test_a_body_may_go_where_it_may_not_look(shell: Shell) -> None:
    """Root may look anywhere, so the body lays that down, and goes where others come by."""
    with tempfile.TemporaryDirectory() as closed:
        os.chmod(closed, 0o111)
        try:
            text = shell.ok(
                f"%%task a\nimport os\nos.seteuid(65534)\ntry:\n    os.chdir({closed!r})\n"
                f"finally:\n    os.seteuid(0)\nos.chdir({str(shell.folder)!r})"
            )
        finally:
            os.seteuid(0)
    assert "✓ a" in text
