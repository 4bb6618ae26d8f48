"""Folders of one process: whose they are, and what is removed of those whose process was killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nbcellar.store.objects.privatefolders import HEIR, bequeath, make_private_folder, sweep
from nbcellar.store.objects.processes import start_of

KILLED = """
import os
from nbcellar.store.objects.privatefolders import make_private_folder
folder = make_private_folder()
(folder / "kernel.json").write_text("secret")
print(folder, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def left(temporary: Path) -> Path:
    """What a killed process left."""
    done = subprocess.run([sys.executable, "-c", KILLED], text=True, stdout=subprocess.PIPE)
    assert done.returncode == -9
    folder = Path(done.stdout.strip())
    assert folder.parent == temporary and (folder / "kernel.json").exists()
    return folder


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_stays(temporary: Path, left: Path) -> None:
    own = make_private_folder()
    assert own.stat().st_mode & 0o077 == 0
    sweep(temporary)
    assert not left.exists() and own.exists()
    assert sweep(temporary) == []


def test_a_process_with_the_id_of_one_that_ended_does_not_keep_its_folder(temporary: Path, left: Path) -> None:
    head, place, _, _, tail = left.name.split("-")
    reused = left.rename(left.with_name(f"{head}-{place}-{os.getpid()}-1-{tail}"))
    assert sweep(temporary) == [reused.name]


def test_a_folder_that_was_left_to_a_living_process_stays_until_that_one_ends(temporary: Path, left: Path) -> None:
    bequeath(left, os.getpid())
    assert (left / HEIR).read_text() == f"{os.getpid()}-{start_of(os.getpid())}"
    assert sweep(temporary) == []
    (left / HEIR).write_text(f"{os.getpid()}-1")
    assert sweep(temporary) == [left.name]


@pytest.mark.parametrize("note", ["", "-", "x-1", "9" * 400, "é", "999999999999-5"])
def test_a_note_that_names_no_living_process_keeps_nothing(temporary: Path, left: Path, note: str) -> None:
    (left / HEIR).write_text(note)
    assert sweep(temporary) == [left.name]


def test_a_note_that_is_a_link_or_a_pipe_is_not_read(temporary: Path, left: Path, tmp_path: Path) -> None:
    (tmp_path / "note").write_text(f"{os.getpid()}-{start_of(os.getpid())}")
    (left / HEIR).symlink_to(tmp_path / "note")
    twin = Path(shutil.copytree(left, f"{str(left)[:-8]}abcdefgh", symlinks=True))
    (twin / HEIR).unlink()
    os.mkfifo(twin / HEIR)
    assert sorted(sweep(temporary)) == sorted([left.name, twin.name])
    assert (tmp_path / "note").exists()


def test_what_is_no_such_folder_is_left_alone(temporary: Path, left: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    (elsewhere / "file").write_text("kept")
    (left / "link").symlink_to(elsewhere)
    head, _, pid, started, tail = left.name.split("-")
    others = [
        temporary / f"{head}-0123ab-{pid}-{started}-{tail}",  # of another host or container
        temporary / f"{head}-bench-{tail}",
        temporary / f"{left.name}x",
    ]
    for other in others:
        other.mkdir()
    link, file = temporary / f"{left.name[:-8]}linklink", temporary / f"{left.name[:-8]}filefile"
    link.symlink_to(elsewhere)
    file.touch()
    assert sweep(temporary) == [left.name]
    assert all(other.is_dir() for other in others) and link.is_symlink() and file.exists()
    assert (elsewhere / "file").read_text() == "kept" and (elsewhere / "deep").is_dir()


@pytest.mark.root
def test_what_is_another_users_is_left_alone(temporary: Path, left: Path) -> None:
    os.chown(left, 12345, 12345)
    assert sweep(temporary) == [] and left.exists()


def test_a_folder_that_cannot_be_listed_is_no_error(temporary: Path) -> None:
    assert sweep(temporary / "missing") == []
