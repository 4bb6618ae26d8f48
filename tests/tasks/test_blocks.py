"""Blocks that are tasks: ``with``, and ``for`` with retries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import UsageError
from nbcellar.model import RunStatus
from nbcellar.store import SMALL_BYTES, RunQuery, current
from nbcellar.tasks.calls.definition import task


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_block_is_a_task(project: Path) -> None:
    with task("train", fresh=True, params={"alpha": 0.5}) as run:
        Path("model.txt").write_text(str(run.params["alpha"]))
    assert Path.cwd() == project
    assert cellar.last is not None and cellar.last["model.txt"].read() == b"0.5"


def test_a_large_file_of_a_fresh_folder_becomes_a_pack_without_a_copy_and_readers_go_on(project: Path) -> None:
    with task("train", fresh=True):
        made = Path("model.bin").absolute()
        made.write_bytes(os.urandom(SMALL_BYTES))
        inode = made.stat().st_ino
        reader = made.open("rb")
    packs = [pack for pack in (current().folder / "packs").iterdir() if pack.stat().st_ino == inode]
    assert len(packs) == 1 and packs[0].stat().st_mode & 0o222 == 0
    assert made.is_symlink() and made.resolve() == packs[0]
    with reader:
        assert cellar["train"]["model.bin"].read() == reader.read() == made.read_bytes()


def test_a_large_file_that_is_written_to_or_lies_beside_the_notebook_is_copied(project: Path) -> None:
    with task("open", fresh=True):
        held = Path("model.bin").absolute()
        writer = held.open("wb", buffering=0)
        writer.write(os.urandom(SMALL_BYTES))
    with task("here"):
        beside = Path("model.bin").absolute()
        beside.write_bytes(os.urandom(SMALL_BYTES))
    kept = {name: cellar[name]["model.bin"].read() for name in ("open", "here")}
    with writer:
        writer.write(b"more")
    beside.write_bytes(b"less")
    assert not held.is_symlink() and not beside.is_symlink()
    assert {name: cellar[name]["model.bin"].read() for name in kept} == kept


def test_a_with_block_refuses_retries_and_caches(project: Path) -> None:
    for given in ({"retries": 2}, {"cache": "1d"}):
        with pytest.raises(UsageError, match="for attempt in"), task("train", **given):
            pass


def test_a_block_that_raises_is_a_failed_run(project: Path) -> None:
    with pytest.raises(ZeroDivisionError), task("train"):
        Path("half.txt").write_text("1")
        1 / 0
    assert current().runs(RunQuery(name="train"))[0].status is RunStatus.FAILED


def test_a_loop_tries_again(project: Path) -> None:
    calls = []
    for attempt in task("train", retries=2):
        with attempt as run:
            calls.append(run.attempt)
            if run.attempt < 3:
                raise OSError("busy")
    assert calls == [1, 2, 3]


def test_a_cached_block_in_a_function_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match="cannot stand in a function"):
        for attempt in task("train", cache=True):
            with attempt:
                pass


def test_a_cached_block_of_a_script_is_skipped_the_second_time(project: Path) -> None:
    import runpy

    Path("script.py").write_text(
        "import nbcellar as cellar\n"
        "for attempt in cellar.task('train', cache='7d'):\n"
        "    with attempt:\n"
        "        print('ran')\n"
        "        x = 40\n"
        "        open('o.txt', 'w').close()\n"
        "print(x + 2)\n"
    )
    for _ in range(2):
        assert runpy.run_path("script.py")["x"] == 40
    assert len(current().runs(RunQuery(name="train"))) == 1
