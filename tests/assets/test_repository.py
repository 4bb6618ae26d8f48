"""The state of a git work tree, held against what git itself says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from nbcellar.assets.saving.repository import MOST_ENTRIES, git_state


def git(folder: Path, *words: str) -> str:
    plain = {"HOME": str(folder), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", *who, *words], cwd=folder, env=plain, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("two")
    os.symlink("a.txt", tmp_path / "link")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def said(folder: Path) -> tuple[str, str, bool]:
    dirty = bool(git(folder, "status", "--porcelain", "--untracked-files=no"))
    return git(folder, "rev-parse", "HEAD"), git(folder, "branch", "--show-current"), dirty


def read(folder: Path) -> tuple[str, str, bool | None]:
    state = git_state(folder)
    assert state is not None
    return state.commit, state.branch, state.dirty


def test_a_clean_tree_is_clean_also_seen_from_a_folder_within(tree: Path) -> None:
    assert read(tree) == said(tree)
    assert read(tree / "sub") == said(tree)


def test_an_edited_file_makes_it_dirty(tree: Path) -> None:
    (tree / "sub" / "b.txt").write_text("TWO")
    assert read(tree) == said(tree)
    assert read(tree)[2] is True


def test_a_touched_file_does_not(tree: Path) -> None:
    os.utime(tree / "a.txt", (1, 1))
    assert read(tree) == said(tree)
    assert read(tree)[2] is False


def test_a_removed_file_does(tree: Path) -> None:
    (tree / "a.txt").unlink()
    assert read(tree) == said(tree)


def test_what_is_staged_makes_it_dirty(tree: Path) -> None:
    (tree / "c.txt").write_text("three")
    assert read(tree)[2] is False, "untracked files do not count"
    git(tree, "add", "c.txt")
    assert read(tree) == said(tree)
    assert read(tree)[2] is True


def test_a_soft_reset_leaves_it_dirty(tree: Path) -> None:
    (tree / "c.txt").write_text("three")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "second")
    assert read(tree)[2] is False
    git(tree, "reset", "-q", "--soft", "HEAD~1")
    assert read(tree) == said(tree)
    assert read(tree)[2] is True


def test_packed_commits_and_refs_are_read(tree: Path) -> None:
    for number in range(30):
        (tree / "a.txt").write_text(str(number))
        git(tree, "commit", "-qam", str(number))
    git(tree, "gc", "-q", "--aggressive", "--prune=now")
    git(tree, "pack-refs", "--all")
    assert not list((tree / ".git" / "objects").glob("[0-9a-f][0-9a-f]/*"))
    assert read(tree) == said(tree)
    assert read(tree)[2] is False
    git(tree, "reset", "-q", "--soft", "HEAD~3")
    assert read(tree) == said(tree)


def test_a_detached_head_has_no_branch(tree: Path) -> None:
    git(tree, "checkout", "-q", "--detach")
    assert read(tree) == said(tree)


def test_a_second_work_tree_has_its_own_state(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "tree"
    git(tree, "worktree", "add", "-q", "-b", "side", str(other))
    assert read(other) == said(other)
    (other / "a.txt").write_text("edited")
    assert read(other) == said(other)
    assert read(tree)[2] is False


def test_before_the_first_commit_there_is_a_branch_and_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert read(tmp_path) == ("", "main", None)


def test_outside_of_a_repository_there_is_no_state(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None


def test_a_large_index_is_left_alone(tree: Path) -> None:
    for number in range(MOST_ENTRIES):
        (tree / f"f{number}").touch()
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "many")
    assert read(tree)[2] is None


@pytest.mark.parametrize("damage", [b"", b"DIRC", b"DIRC\0\0\0\2\0\0\0\5short", b"nonsense" * 9])
def test_a_damaged_index_says_unknown(tree: Path, damage: bytes) -> None:
    (tree / ".git" / "index").write_bytes(damage)
    assert read(tree)[2] is None
