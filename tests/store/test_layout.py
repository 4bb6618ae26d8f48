"""How a store lies on disk, and what is refused at its door."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.errors import FormatTooNewError, StorageError, UsageError
from nbcellar.model import Address, RunKind, RunStatus
from nbcellar.settings import Settings
from nbcellar.store import Cellar, current
from nbcellar.store.catalogue.documents import dump
from nbcellar.store.catalogue.rows import keep_numbers
from nbcellar.store.journal.layout import FORMAT, FORMAT_FILE, Format, new_format
from nbcellar.store.objects.address import complete
from nbcellar.store.objects.frames import frame

from .conftest import address_at, save_into


def test_the_first_write_makes_a_private_folder_that_git_does_not_see(local: Cellar) -> None:
    save_into(local, "data", {b"a": b"1"})
    assert stat.S_IMODE(local.folder.stat().st_mode) == 0o700
    assert (local.folder / ".gitignore").read_text() == "*\n"
    assert {path.name for path in local.folder.iterdir() if path.is_dir()} == {
        *("packs", "journal", "tmp", "work", "cache", "rescue")
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in local.folder.glob("packs/*")} == {0o444}
    assert list(local.folder.glob("tmp/object-*")) == []


def test_every_connection_is_set_up_to_survive_a_power_cut(local: Cellar) -> None:
    local.open_run(RunKind.TASK, "t")
    with local._catalogue.reading() as connection:
        found = {
            pragma: connection.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "trusted_schema")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 30000,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }


def test_what_a_power_cut_may_take_is_seen_by_all_and_the_next_write_is_durable_again(local: Cellar) -> None:
    local.open_run(RunKind.TASK, "t")
    with local._catalogue.writing(durable=False) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (1,)
        keep_numbers(connection, "p", "t", 7)
    with pytest.raises(ZeroDivisionError), local._catalogue.writing(durable=False) as connection:
        keep_numbers(connection, "p", "t", 1 // 0)
    with local._catalogue.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        query = "SELECT last_number FROM series WHERE project = 'p'"
        assert connection.execute(query).fetchone() == (7,)


def rewrite_format(folder: Path, format_: Format) -> None:
    (folder / FORMAT_FILE).write_bytes(format_.to_json())


def test_a_newer_format_is_refused_and_nothing_is_changed(local: Cellar) -> None:
    save_into(local, "data", {b"a": b"1"})
    local.close()
    rewrite_format(local.folder, replace(local._format, format=9, min_reader=FORMAT + 1, min_writer=FORMAT + 1))
    before = sorted(path.stat().st_mtime_ns for path in local.folder.rglob("*"))
    with pytest.raises(FormatTooNewError, match="Upgrade"):
        Cellar.open(local.home, address=local.address)
    assert sorted(path.stat().st_mtime_ns for path in local.folder.rglob("*")) == before


def test_a_store_with_fields_of_a_newer_minor_version_is_read(local: Cellar) -> None:
    run = save_into(local, "data", {b"a": b"1"})
    fields = {name: getattr(local._format, name) for name in Format.__slots__}
    (local.folder / FORMAT_FILE).write_bytes(frame(dump({**fields, "format": 9, "colour": "red"}).encode()))
    with closing(Cellar.open(local.home, address=local.address)) as again:
        assert again.find("data") == run


def test_a_store_whose_writers_must_be_newer_is_read_but_not_written(local: Cellar) -> None:
    run = save_into(local, "data", {b"a": b"1"})
    rewrite_format(local.folder, replace(local._format, format=9, min_writer=9))
    with closing(Cellar.open(local.home, address=local.address)) as again:
        assert again.find("data") == run
        with pytest.raises(FormatTooNewError):
            again.open_run(RunKind.TASK, "t")


def test_the_catalogue_of_another_store_is_refused(local: Cellar) -> None:
    save_into(local, "data", {b"a": b"1"})
    local.close()
    rewrite_format(local.folder, replace(local._format, catalogue=new_format().catalogue))
    with (
        closing(Cellar.open(local.home, address=local.address)) as again,
        pytest.raises(StorageError, match="another store"),
    ):
        again.runs()


def test_a_repair_leaves_the_catalogue_of_another_store_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        cellar = Cellar.open(tmp_path / name)
        save_into(cellar, "data", {b"a": name.encode()})
        cellar.close()
    theirs = tmp_path / "two" / ".cellar" / "catalogue.db"
    wrong = Address((tmp_path / "one" / ".cellar").as_uri(), f"sqlite:///{theirs}")
    with pytest.raises(StorageError, match="belongs to another store"):
        Cellar.open(tmp_path / "one", address=wrong).repair_catalogue()
    assert Cellar.open(tmp_path / "two").check().sound
    assert [path.name for path in theirs.parent.glob("*damaged*")] == []


def test_a_new_store_does_not_take_the_catalogue_of_an_old_one(local: Cellar, tmp_path: Path) -> None:
    save_into(local, "data", {b"a": b"1"})
    address = Address((tmp_path / "new").as_uri(), local.address.catalogue_url)
    with closing(Cellar.open(tmp_path, address=address)) as other, pytest.raises(StorageError, match="another store"):
        other.open_run(RunKind.TASK, "t")


def test_a_catalogue_that_was_made_before_a_crash_is_taken_over(tmp_path: Path) -> None:
    with closing(Cellar.open(tmp_path, address=address_at("file", tmp_path))) as first:
        first._ensure()
        (first.folder / FORMAT_FILE).unlink()
    with closing(Cellar.open(tmp_path, address=address_at("file", tmp_path))) as second:
        assert second.open_run(RunKind.TASK, "t").number == 1


@pytest.mark.parametrize("url", ["s3://me:secret@host/bucket", "simplecache::s3://b", "https://host/x", "ftp://host/x"])
def test_urls_with_a_password_or_a_strange_protocol_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        complete(url)
    assert "secret" not in str(caught.value)


def test_a_first_write_by_many_threads_makes_one_store(tmp_path: Path) -> None:
    cellars = [Cellar.open(tmp_path, address=address_at("file", tmp_path)) for _ in range(8)]
    threads = [threading.Thread(target=cellar.open_run, args=(RunKind.TASK, "t")) for cellar in cellars]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({cellar.uuid for cellar in cellars}) == 1
    assert sorted(run.number for run in cellars[0].runs()) == list(range(1, 9))
    for cellar in cellars:
        cellar.close()


def test_the_current_cellar_is_one_for_each_place_and_follows_the_environment(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = current()
    assert here is current()
    assert here.project == "survey"
    assert here.folder == project / ".cellar"
    monkeypatch.setenv("NBCELLAR_STORE_URL", (tmp_path / "elsewhere").as_uri())
    assert current() is not here
    assert current().folder == tmp_path / "elsewhere"


def test_a_walk_through_many_projects_keeps_few_files_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = len(os.listdir("/proc/self/fd"))
    for number in range(40):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        save_into(current(), "data", {b"a": b"%d" % number})
    first, last = tmp_path / "0", tmp_path / "39"
    assert len(os.listdir("/proc/self/fd")) - opened < 40
    for place in (last, first):
        monkeypatch.chdir(place)
        assert [run.number for run in current().runs()] == [1]


def test_importing_the_store_loads_nothing_heavy() -> None:
    code = (
        "import sys, nbcellar.store; "
        "print(sorted({'fsspec', 'asyncio', 'sqlalchemy', 'zstandard', 'IPython', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


_AS_NOBODY = """
import os, sys
from pathlib import Path
from nbcellar.errors import StorageError
from nbcellar.model import Address, RunKind
from nbcellar.settings import Settings
from nbcellar.store import Cellar
os.setgroups([]); os.setgid(65534); os.setuid(65534)
assert os.geteuid() != 0
cellar = Cellar.open(Path(sys.argv[1]), address=Address(sys.argv[2], sys.argv[3]), settings=Settings())
try:
    cellar.open_run(RunKind.TASK, "t")
except StorageError as error:
    assert error.saved and error.hint, error
    print(error)
"""


@pytest.mark.root
def test_a_folder_that_cannot_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    assert os.geteuid() == 0
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    for folder in (home, *home.parents[: len(home.parents) - 1]):
        folder.chmod(folder.stat().st_mode | 0o055)
    address = address_at("file", home)
    ended = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(home), address.store_url, address.catalogue_url],
        capture_output=True,
        text=True,
        cwd=home,
    )
    assert "Permission denied" in ended.stdout, ended.stderr
    assert not (home / ".cellar").exists()


def test_settings_name_the_project(tmp_path: Path) -> None:
    with closing(Cellar.open(tmp_path, address=address_at("file", tmp_path), settings=Settings(project="x"))) as one:
        run = one.publish(replace(one.open_run(RunKind.TASK, "t"), status=RunStatus.SUCCEEDED))
        assert run.project == "x"
