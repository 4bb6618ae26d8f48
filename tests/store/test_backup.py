"""Backups: a store of its own, complete at one moment, while others write."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.errors import ConflictError, CorruptDataError, NotFoundError, StorageError, UnsafeError
from nbcellar.store import Cellar, CheckLevel
from nbcellar.store.objects.address import complete

from .conftest import files_of, save_into


def opened(folder: Path) -> Cellar:
    return Cellar.open(folder.parent, address=complete(str(folder)))


def test_a_backup_is_a_store_that_gives_everything_back(cellar: Cellar, tmp_path: Path) -> None:
    runs = [save_into(cellar, "data", {b"f": b"%d" % number * 999}) for number in range(3)]
    report = cellar.backup(tmp_path / "copy")
    assert report.run_count == 3
    with closing(opened(tmp_path / "copy")) as copy:
        assert copy.uuid == cellar.uuid
        assert [replace(run) for run in copy.runs()] == runs[::-1]
        assert files_of(copy, copy.find("data@2")) == {b"f": b"1" * 999}
        assert copy.check(CheckLevel.READ_DATA).sound
        assert copy.gc().debris_count == 0


def test_the_next_backup_copies_only_what_is_new(local: Cellar, tmp_path: Path) -> None:
    save_into(local, "data", {b"f": b"1" * 100_000})
    first = local.backup(tmp_path / "copy")
    save_into(local, "data", {b"f": b"2" * 10})
    second = local.backup(tmp_path / "copy")
    assert first.copied_bytes > 100_000 > 5000 > second.copied_bytes
    assert second.copied_count == 3  # pack, index, event
    with closing(opened(tmp_path / "copy")) as copy:
        assert copy.find("data").number == 2


def test_a_backup_that_died_says_what_it_is_and_is_finished_by_the_next(local: Cellar, tmp_path: Path) -> None:
    save_into(local, "data", {b"f": b"1"})
    copy = tmp_path / "copy"
    local.backup(copy)
    (copy / "format.json").unlink()  # it comes last
    (copy / "backup-begun").write_text(local.uuid)
    with pytest.raises(CorruptDataError, match="is a backup that was not finished"), closing(opened(copy)) as half:
        half.runs()
    assert local.backup(copy).copied_count == 0
    with closing(opened(copy)) as whole:
        assert files_of(whole, whole.find("data")) == {b"f": b"1"}


def test_a_folder_that_holds_something_else_is_refused(local: Cellar, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        local.backup(tmp_path / "copy")
    save_into(local, "data", {b"f": b"1"})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    with closing(Cellar.open(tmp_path, address=complete(str(tmp_path / "elsewhere" / ".cellar")))) as other:
        save_into(other, "data", {b"f": b"1"})
        for folder in (tmp_path / "full", other.folder):
            with pytest.raises(ConflictError):
                local.backup(folder)
    assert (tmp_path / "full" / "mine").read_text() == "x"


def test_a_damaged_store_is_named_by_its_backup(local: Cellar, tmp_path: Path) -> None:
    save_into(local, "data", {b"f": b"1" * 999})
    pack = next(path for path in local.folder.glob("packs/*") if not path.suffix)
    pack.chmod(0o600)
    pack.write_bytes(b"x" + pack.read_bytes()[1:])
    with pytest.raises(CorruptDataError, match=pack.name):
        local.backup(tmp_path / "copy")


def test_backups_beside_a_writer_and_a_collector_are_whole(local: Cellar, tmp_path: Path) -> None:
    save_into(local, "kept", {b"f": b"kept" * 99})
    stop = threading.Event()
    trouble: list[BaseException] = []

    def write() -> None:
        writer = Cellar(local.address, replace(local.settings, trash_days=0), local.home)
        number = 0
        try:
            while not stop.is_set():
                number += 1
                writer.remove(save_into(writer, "busy", {b"f": b"%d" % number * 500, b"kept": b"kept" * 99}))
                if number % 3 == 0:
                    writer.gc(yes=True)
        except BaseException as error:
            trouble.append(error)
        finally:
            writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(4):
            local.backup(tmp_path / f"copy-{number}")
    finally:
        stop.set()
        thread.join()
    assert trouble == []
    for number in range(4):
        with closing(opened(tmp_path / f"copy-{number}")) as copy:
            assert copy.check(CheckLevel.READ_DATA).sound
            assert files_of(copy, copy.find("kept")) == {b"f": b"kept" * 99}
    assert local.check(CheckLevel.READ_DATA).sound


def test_the_store_itself_and_what_is_inside_of_it_is_no_place_for_a_backup_or_an_export(
    local: Cellar, tmp_path: Path
) -> None:
    run = save_into(local, "data", {b"f": b"1"})
    (tmp_path / "link").symlink_to(local.folder)
    before = sorted(local.folder.rglob("*"))
    for folder in (local.folder, local.folder / "backup", local.folder / "work" / "b", tmp_path / "link"):
        with pytest.raises(UnsafeError, match="inside the store"):
            local.backup(folder)
    for path in (local.folder / "x.zip", local.folder / "packs" / "x.zip"):
        with pytest.raises(UnsafeError, match="inside the store"):
            local.export([run], path)
    assert sorted(local.folder.rglob("*")) == before
    assert local.check(CheckLevel.READ_DATA).sound


def test_a_copy_that_somebody_went_on_in_is_not_replaced(local: Cellar, tmp_path: Path) -> None:
    save_into(local, "data", {b"f": b"1"})
    local.backup(tmp_path / "copy")
    with closing(opened(tmp_path / "copy")) as copy:
        save_into(copy, "data", {b"f": b"mine"})
    save_into(local, "data", {b"f": b"2"})
    with pytest.raises(ConflictError, match="went on working in"):
        local.backup(tmp_path / "copy")
    with closing(opened(tmp_path / "copy")) as copy:
        assert files_of(copy, copy.find("data@2")) == {b"f": b"mine"}
        assert copy.check(CheckLevel.READ_DATA).sound
    assert not list((tmp_path / "copy" / "tmp").glob("catalogue-*"))


def test_a_place_that_cannot_be_written_is_named_and_not_the_store(local: Cellar, tmp_path: Path) -> None:
    run = save_into(local, "data", {b"f": b"1"})
    for what, hint in ((tmp_path / "none" / "x.zip", "Make its folder first"), (Path("/proc/x.zip"), "folder")):
        with pytest.raises(StorageError, match=f"Could not write {what}: No such file") as caught:
            local.export([run], what)
        assert hint in str(caught.value)
    with pytest.raises(StorageError, match="Could not write the backup to /proc/copy"):
        local.backup(Path("/proc/copy"))
