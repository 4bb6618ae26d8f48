"""Who writes: one thread, and a second one where the file system takes its time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from nbcellar.assets.restoring import writer
from nbcellar.assets.restoring.newfile import Placement
from nbcellar.assets.restoring.writer import Writer
from nbcellar.assets.scanning.folders import Folders
from nbcellar.errors import StorageError
from nbcellar.store import Cellar
from tests.assets.saving import save

COUNT = 1000


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def placements(cellar: Cellar, tree: Path) -> list[Placement]:
    for number in range(COUNT):
        (tree / f"{number:04d}").write_bytes(os.urandom(64))
    entries = cellar.manifest(save(cellar, tree)[1].summary)
    return [Placement(entry, b"%d/%s" % (number % 7, entry.name)) for number, entry in enumerate(entries)]


@pytest.mark.parametrize(("slow_s", "names"), [(3600.0, set()), (0.0, {"nbcellar-writer"})])
def test_a_second_thread_begins_where_files_take_long_and_all_are_written(
    cellar: Cellar,
    tree: Path,
    out: Path,
    placements: list[Placement],
    monkeypatch: pytest.MonkeyPatch,
    slow_s: float,
    names: set[str],
) -> None:
    monkeypatch.setattr(writer, "_SLOW_S", slow_s)
    seen: set[str] = set()
    threading.setprofile(lambda *_: seen or seen.add(threading.current_thread().name))
    try:
        with Folders(out) as folders:
            Writer(cellar, folders, {}).write(placements)
    finally:
        threading.setprofile(None)
    assert seen == names
    written = {path.name: path.read_bytes() for path in out.glob("*/*")}
    assert written == {path.name: path.read_bytes() for path in tree.iterdir()}


def test_what_the_second_thread_cannot_write_is_told(
    cellar: Cellar, out: Path, placements: list[Placement], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_SLOW_S", 0.0)
    placements[100] = Placement(placements[100].entry, b"n" * 300)  # of the second batch, the first that it takes
    with Folders(out) as folders, pytest.raises(StorageError, match="File name too long"):
        Writer(cellar, folders, {}).write(placements)
