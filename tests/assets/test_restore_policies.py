"""What a restore does with a file that stands in its place."""

import os
from pathlib import Path

import pytest

from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.assets.saving.archiver import Tree
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.errors import ConflictError
from nbcellar.store import Cellar
from tests.assets.restoring import listing, restore, saved
from tests.assets.saving import save, settle


def test_safe_replaces_what_is_stored_and_refuses_what_is_not(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    first = saved(cellar, tree, a="one", b="one", c="same")
    saved(cellar, tree, a="two", b="two")
    done = restore(cellar, first, tree)
    assert (done.replace, done.same) == ((b"a", b"b"), (b"c",))
    assert (tree / "a").read_text() == "one"
    (tree / "b").write_text("precious")
    before = listing(tree)
    second = cellar.find("w").asset
    assert second is not None
    refused = plan(cellar, second, tree)
    assert [item.entry.name for item in refused.conflicts] == [b"b"]
    with pytest.raises(ConflictError, match=r"1 file is in the way .*: b \(it differs and is in no asset\)") as error:
        execute(cellar, refused)
    assert "--overwrite keep, replace" in str(error.value)
    assert listing(tree) == before


def test_safe_does_not_count_what_is_in_the_trash(cellar: Cellar, tree: Path) -> None:
    first = saved(cellar, tree, a="one")
    saved(cellar, tree, a="two")
    cellar.remove(cellar.find("w"))
    with pytest.raises(ConflictError, match="is in no asset"):
        restore(cellar, first, tree)
    assert (tree / "a").read_text() == "two"


def test_a_lost_executable_bit_comes_back(cellar: Cellar, tree: Path) -> None:
    saved(cellar, tree, a="one")
    (tree / "a").chmod(0o755)
    summary = save(cellar, tree)[1].summary
    (tree / "a").chmod(0o644)
    assert restore(cellar, summary, tree).replace == (b"a",)
    assert listing(tree) == {"a": "x" + b"one".hex()}


def test_error_refuses_every_difference(cellar: Cellar, tree: Path) -> None:
    first = saved(cellar, tree, a="one")
    saved(cellar, tree, a="two")
    with pytest.raises(ConflictError, match="it differs"):
        restore(cellar, first, tree, Policy.ERROR)


def test_keep_leaves_what_differs(cellar: Cellar, tree: Path) -> None:
    first = saved(cellar, tree, a="one", b="one")
    (tree / "a").write_text("mine")
    (tree / "b").unlink()
    restore(cellar, first, tree, Policy.KEEP)
    assert ((tree / "a").read_text(), (tree / "b").read_text()) == ("mine", "one")


def test_replace_takes_the_place_and_undo_brings_it_back(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="one", sub__b="one")
    (tree / "a").write_text("mine")
    (tree / "a").chmod(0o755)
    (tree / "sub/b").unlink()
    (tree / "sub/b").symlink_to("../a")
    before = listing(tree)
    restore(cellar, summary, tree, Policy.REPLACE)
    assert ((tree / "a").read_text(), (tree / "sub/b").read_text()) == ("one", "one")
    assert not (tree / "sub/b").is_symlink()
    undone = undo(cellar)
    assert undone.put_back == (tree / "a", tree / "sub/b")
    assert listing(tree) == before


def test_replace_through_a_link_never_touches_what_it_points_to(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="one")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tree / "a").unlink()
    (tree / "a").symlink_to(precious)
    restore(cellar, summary, tree, Policy.REPLACE)
    assert (precious.read_text(), (tree / "a").read_text()) == ("mine", "one")


def test_backup_gives_the_old_file_a_name_that_nothing_has(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, **{"t.csv": "one", ".rc": "one", "noend": "one"})
    for name in ("t.csv", ".rc", "noend"):
        (tree / name).write_text("mine")
    (tree / "t (before restore).csv").write_text("older")
    before = listing(tree)
    restore(cellar, summary, tree, Policy.BACKUP)
    mine, one, older = (text.encode().hex() for text in ("mine", "one", "older"))
    assert listing(tree) == {
        "t.csv": one,
        ".rc": one,
        "noend": one,
        "t (before restore).csv": older,
        "t (before restore 2).csv": mine,
        ".rc (before restore)": mine,
        "noend (before restore)": mine,
    }
    undo(cellar)
    assert listing(tree) == before


@pytest.mark.parametrize("policy", [Policy.SAFE, Policy.ERROR, Policy.REPLACE, Policy.BACKUP])
def test_files_and_folders_never_take_each_others_place(cellar: Cellar, tree: Path, policy: Policy) -> None:
    summary = saved(cellar, tree, a="one", b__c="one")
    (tree / "gap").mkdir()
    summary = save(cellar, tree)[1].summary
    (tree / "a").unlink()
    (tree / "a").mkdir()
    (tree / "b/c").unlink()
    (tree / "b").rmdir()
    (tree / "b").write_text("mine")
    (tree / "gap").rmdir()
    os.mkfifo(tree / "gap")
    before = {path.name: path.lstat() for path in tree.iterdir()}
    with pytest.raises(ConflictError, match="3 files are in the way"):
        restore(cellar, summary, tree, policy)
    assert {path.name: path.lstat() for path in tree.iterdir()} == before
    assert restore(cellar, summary, tree, Policy.KEEP).keep == (b"a", b"b/c", b"gap")


def test_files_of_a_folder_that_was_saved_are_not_read_again(
    cellar: Cellar, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "sub").mkdir()
    for name in ("sub/a", "sub/b", "sub/c"):
        (tree / name).write_text(name)
    settle(tree)
    first = save(cellar, [Tree(scan(tree, IgnoreRules()), prefix=tree.name.encode())])[1].summary
    (tree / "sub" / "b").write_text("precious")
    opened: list[object] = []
    real = os.open

    def watched(path: bytes, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        opened.append(path)
        return real(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", watched)
    found = plan(cellar, first, tree.parent, policy=Policy.REPLACE)
    monkeypatch.undo()
    within = tree.name.encode() + b"/sub/"
    assert (found.same, found.replace) == ((within + b"a", within + b"c"), (within + b"b",))
    assert opened
    assert not {b"a", b"c"} & set(opened)
