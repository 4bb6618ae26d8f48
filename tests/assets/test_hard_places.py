"""Stores where nothing can be written: a disk that may only be read, a folder of somebody else, a disk without room."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.errors import StorageError, UnsafeError
from nbcellar.frontends.browsing.desk import Desk
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.browsing.rows import Overview
from nbcellar.frontends.commands.diagnosis import doctor, file_system
from nbcellar.frontends.commands.space import Freed
from nbcellar.frontends.commands.usage import du
from nbcellar.model import LabelKind, RunKind
from nbcellar.settings import Settings
from nbcellar.store import Cellar, CheckLevel
from nbcellar.store.objects.address import complete
from tests.assets.saving import save
from tests.store.conftest import save_into


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def opened(store: Path) -> Cellar:
    return Cellar.open(store.parent, address=complete(str(store)), settings=Settings())


def run_that_died(store: Path) -> None:
    """A process opens a run and is killed, which also leaves the catalogue's log behind."""
    code = (
        "import os, sys, pathlib; from nbcellar.store import Cellar; "
        "from nbcellar.store.objects.address import complete; "
        "from nbcellar.model import RunKind; from nbcellar.settings import Settings; "
        "cellar = Cellar.open(pathlib.Path('/'), address=complete(sys.argv[1]), settings=Settings()); "
        "cellar.open_run(RunKind.SAVE, 'died'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(store)]).returncode == -9


@pytest.mark.parametrize("left", ["closed", "killed", "copied without the log's index"])
def test_a_store_on_a_read_only_disk_is_listed_read_restored_from_and_checked(
    tmp_path: Path, mount: Callable[..., Path], own_cache: Path, left: str
) -> None:
    disk = mount(tmp_path / "disk")
    writer = opened(disk / "store")
    first = save_into(writer, "data", {b"a": b"one", b"b": b"two"})
    writer.label(first, LabelKind.ALIAS, "good")
    writer.close()
    if left != "closed":
        run_that_died(disk / "store")
    if left != "killed":
        (disk / "store/catalogue.db-shm").unlink(missing_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    before = sorted(path.name for path in (disk / "store").iterdir())

    reader = opened(disk / "store")
    assert reader.find("data@good").id == first.id
    assert len(reader.runs()) == (1 if left == "closed" else 2)
    assert reader.check(CheckLevel.READ_DATA).sound
    target = tmp_path / "out"
    target.mkdir()
    (target / "a").write_text("mine")
    assert first.asset
    execute(reader, plan(reader, first.asset, target, policy=Policy.REPLACE))
    assert (target / "a").read_text() == "one"
    undo(reader)
    assert [(path.name, path.read_text()) for path in target.iterdir()] == [("a", "mine")]

    for write in (
        lambda: reader.remove(first),
        lambda: reader.label(first, LabelKind.NOTE, "", "text"),
        lambda: reader.open_run(RunKind.SAVE, "data"),
        lambda: reader.gc(yes=True),
        lambda: reader.repair_catalogue(),
        lambda: save(reader, target),
    ):
        with pytest.raises(StorageError, match=r"may only be read|[Rr]ead-only") as error:
            write()
        assert error.value.hint
    assert sorted(path.name for path in (disk / "store").iterdir()) == before
    reader.close()


def test_what_is_told_of_a_read_only_store_is_about_its_own_disk(
    tmp_path: Path, mount: Callable[..., Path], own_cache: Path
) -> None:
    disk = mount(tmp_path / "disk")
    writer = opened(disk / "store")
    save_into(writer, "data", {b"a": b"one"})
    on_disk = sum(path.stat().st_size for path in (disk / "store/packs").iterdir())
    writer.close()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    reader = opened(disk / "store")
    assert du(cellar=reader).stored_bytes == on_disk > 0
    told = {one.what: one.value for one in doctor(cellar=reader).findings}
    assert (told["file system"], told["writable"]) == (file_system(disk), "no")
    desk = Desk(reader)
    overview = desk.answer(Question("overview", {}))
    assert isinstance(overview, Overview)
    assert (overview.place, overview.size_bytes) == (str(disk / "store"), on_disk)
    assert not own_cache.exists()
    with pytest.raises(UnsafeError, match="inside the store"):
        reader.backup(disk / "store/copy")
    reader.close()


def test_a_store_of_somebody_else_is_read_without_leaving_a_trace(
    open_folder: Path, as_nobody: contextlib.AbstractContextManager[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = opened(open_folder / "store")
    first = save_into(writer, "data", {b"a": b"one"})
    writer.close()
    for path in [open_folder / "store", *(open_folder / "store").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    before = sorted(path.name for path in (open_folder / "store").rglob("*"))
    with as_nobody:
        reader = opened(open_folder / "store")
        assert [run.id for run in reader.runs()] == [first.id]
        assert first.asset
        execute(reader, plan(reader, first.asset, home / "out"))
        assert (home / "out/a").read_text() == "one"
        with pytest.raises(StorageError, match=r"may only be read|Permission denied"):
            reader.remove(first)
        reader.close()
    assert sorted(path.name for path in (open_folder / "store").rglob("*")) == before


def test_free_works_where_the_disk_has_no_byte_left(
    tmp_path: Path, mount: Callable[..., Path], own_cache: Path
) -> None:
    """What is kept for this, the ballast, is enough to open the catalogue, to write the event, and to remove."""
    disk = mount(tmp_path / "disk", size="64m")
    writer = opened(disk / "store")
    old, new = os.urandom(20 * 2**20), os.urandom(2**20)
    save_into(writer, "data", {b"a": old})
    newest = save_into(writer, "data", {b"a": new})
    writer.close()
    (disk / "filler").touch()
    with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
        while filler.write(bytes(2**16)):
            pass
    with contextlib.suppress(OSError), open(disk / "filler", "ab", buffering=0) as filler:
        while filler.write(b"x"):
            pass
    assert shutil.disk_usage(disk).free == 0
    command = [sys.executable, "-m", "nbcellar", "--store", str(disk / "store")]
    failed = subprocess.run([*command, "save", __file__, "--name", "late"], capture_output=True, text=True)
    assert failed.returncode == 5, failed.stderr
    assert "full" in failed.stderr and "nbcellar free" in failed.stderr

    done = subprocess.run([*command, "free", "10MB", "--yes"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert shutil.disk_usage(disk).free > 10**7
    reader = opened(disk / "store")
    assert reader.check(CheckLevel.READ_DATA).sound
    assert reader.find("data").id == newest.id
    assert reader.run(newest.id).asset and reader.find("data@1").asset is None
    assert (disk / "store/ballast").stat().st_size == 4 * 2**20
    reader.close()
    again = subprocess.run([*command, "save", __file__, "--name", "late"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr


def test_free_says_where_a_disk_has_no_room_for_a_copy_of_what_stays(
    tmp_path: Path, mount: Callable[..., Path], own_cache: Path
) -> None:
    disk = mount(tmp_path / "disk", size="8m")  # too small for anything to be kept aside
    cellar = opened(disk / "store")
    shared = os.urandom(2_000_000)
    save_into(cellar, "data", {b"shared": shared, b"own": os.urandom(2_100_000)})
    newest = save_into(cellar, "data", {b"shared": shared, b"own": b"new"})
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free - 700_000))
    report = cellar.free(1_000_000)
    assert (report.unmoved_count, report.rewritten_count, len(report.expired)) == (1, 0, 1)
    answer = Freed(cellar, report).text()
    assert "1 pack left as large as before: there is no room for a copy of what stays." in answer
    assert cellar.check(CheckLevel.READ_DATA).sound
    filler.unlink()
    again = cellar.free(1_000_000)
    assert (again.unmoved_count, again.rewritten_count, again.freed_bytes > 2_000_000) == (0, 1, True)
    assert cellar.check(CheckLevel.READ_DATA).sound and cellar.find("data").id == newest.id
    cellar.close()
