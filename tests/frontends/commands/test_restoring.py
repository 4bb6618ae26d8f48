"""What `restore` writes, and `undo` takes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import nbcellar as cellar
from tests.frontends.commands.conftest import Say


def test_restore_puts_files_back_and_undo_takes_them_back(kept: Path, say: Say) -> None:
    said = say("restore", "results@1", "--to", "out")
    assert said.code == 0
    assert (kept / "out" / "results" / "a.txt").read_text() == "one\n"
    assert "3 files new (19 B)" in said.out
    assert say("restore", "results@1", "--match", "**/*.txt", "--json").json["files"] == [
        {"path": "results/a.txt", "action": "replace"}
    ]
    assert (kept / "results" / "a.txt").read_text() == "one\n"
    undone = say("undo").lines
    into = f"undone: the restore into {kept}"
    assert undone == [f"{into}: 1 file put back as before, 0 new files removed.", f"  ~ {kept / 'results' / 'a.txt'}"]
    assert (kept / "results" / "a.txt").read_text() == "two\n"
    shutil.rmtree(kept / "out")
    assert say("undo").lines == [f"{into}: what it had made was gone already.", ""]


def test_restore_over_edited_files_changes_nothing_and_names_them(kept: Path, say: Say) -> None:
    (kept / "results" / "a.txt").write_text("edited")
    (kept / "results" / "m.json").unlink()
    said = say("restore", "results@1")
    assert said.code == 4
    assert "results/a.txt" in said.err
    assert "--overwrite" in said.err
    assert (kept / "results" / "a.txt").read_text() == "edited"
    assert not (kept / "results" / "m.json").exists()
    assert say("restore", "results@1", "--overwrite", "replace").code == 0
    assert (kept / "results" / "a.txt").read_text() == "one\n"


def test_restore_dry_run_only_says(kept: Path, say: Say) -> None:
    said = say("restore", "results@1", "--to", "out", "--dry-run")
    assert "would restore" in said.out
    assert "+  results/plots/x.png" in said.out
    assert not (kept / "out").exists()
    assert say("restore", "results@1", "--dry-run", "--json").json["done"] is False


def test_restore_of_one_file_by_its_path(kept: Path, say: Say) -> None:
    assert say("restore", "results@1/results/a.txt", "--at", "one").code == 0
    assert [path for path in (kept / "one").rglob("*") if path.is_file()] == [kept / "one" / "results" / "a.txt"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("none",), 3),
        (("results@9",), 3),
        (("results@nope",), 3),
        (("results~7",), 3),
        (("results/none.txt",), 3),
        (("results", "--match", "*.none"), 3),
        (("results", "--overwrite", "maybe"), 2),
        (("results", "--to", "a", "--at", "b"), 2),
        (("results", "--to"), 2),
        (("re sults",), 2),
        ((), 2),
        (("results", "--to", "results/a.txt/deeper", "--overwrite", "error"), 2),
    ],
)
def test_restores_that_cannot_be_change_nothing(kept: Path, say: Say, words: tuple[str, ...], code: int) -> None:
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file() and ".cellar" not in path.parts}
    said = say("restore", *words)
    assert said.code == code, said
    assert said.err
    after = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file() and ".cellar" not in path.parts}
    assert before == after


def test_undo_of_nothing_ends_with_3(project: Path, say: Say) -> None:
    assert say("undo").code == 3


def test_undo_takes_back_what_came_last_restore_or_removal(kept: Path, say: Say) -> None:
    assert say("restore", "results@1").code == 0
    say("rm", "results@1")
    assert say("undo").out == "undone: results@1 is out of the trash.\n"
    assert say("undo", "--json").json["put_back"] == [str(kept / "results" / "a.txt")]
    assert say("undo").code == 3
    cellar.get("results@2").delete()
    cellar.undo()
    assert cellar.get("results").run.ref == "results@2"
