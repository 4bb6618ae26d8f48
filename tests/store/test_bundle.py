"""Exported files: what was written comes back, and what could do harm is refused before anything is stored."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.errors import (
    ConflictError,
    CorruptDataError,
    FormatTooNewError,
    NbcellarError,
    NotFoundError,
    UnsafeError,
)
from nbcellar.model import Entry, Kind, LabelKind, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.catalogue.documents import dump
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.packs.pack import EMPTY
from nbcellar.store.transfer.bundle import LIST

from .conftest import address_at, files_of, save_into

FILES = {
    b"a.txt": b"one",
    b"dir/\xff.bin": b"not a utf-8 name",
    b"dir/b.txt": b"two" * 999,
    b"empty": b"",
    b"same": b"one",
}

JsonList = dict[str, list[dict[str, dict[str, object]]]]


@pytest.fixture
def other(tmp_path: Path) -> Cellar:
    (tmp_path / "other").mkdir()
    return Cellar.open(tmp_path / "other", address=address_at("file", tmp_path / "other"))


def test_what_was_exported_is_imported_as_it_was(cellar: Cellar, other: Cellar, tmp_path: Path) -> None:
    run = save_into(cellar, "data", FILES, params={"year": 2026})
    size = cellar.export([run], tmp_path / "data.zip")
    assert size == (tmp_path / "data.zip").stat().st_size
    save_into(other, "data", {b"x": b"1"})
    (copy,) = other.import_file(tmp_path / "data.zip")
    assert files_of(other, copy) == FILES
    assert run.asset and copy.asset and copy.asset.digest == run.asset.digest
    assert (copy.name, copy.number, copy.params, copy.project) == ("data", 2, {"year": 2026}, other.project)
    assert copy.detail["imported"] == {"project": cellar.project, "number": 1}
    assert other.import_file(tmp_path / "data.zip") == [other.run(copy.id)]
    assert len(other.runs()) == 2
    assert other.check().sound


def test_people_find_the_files_under_their_names(cellar: Cellar, tmp_path: Path) -> None:
    cellar.export([save_into(cellar, "data", FILES)], tmp_path / "data.zip")
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("files/dir/b.txt") == FILES[b"dir/b.txt"]


def test_links_bits_folders_times_and_large_files_come_back(cellar: Cellar, other: Cellar, tmp_path: Path) -> None:
    run = cellar.open_run(RunKind.SAVE, "data")
    large = bytes(range(256)) * 65536 + b"tail"
    (tmp_path / "large").write_bytes(large)
    with cellar.stage() as stage, (tmp_path / "large").open("rb") as file:
        whole, chunks = stage.put_large(file.fileno(), len(large))
        entries = [
            Entry(b"folder", Kind.FOLDER, False, 0, EMPTY, 5),
            Entry(b"large", Kind.FILE, False, len(large), whole, 6, chunks),
            Entry(b"link", Kind.LINK, False, 2, stage.put(b".."), 7),
            Entry(b"run.sh", Kind.FILE, True, 2, stage.put(b"ls"), 10**18),
        ]
        run = cellar.publish(replace(run, status=RunStatus.SUCCEEDED, asset=write_manifest(stage, entries)), stage)
    cellar.export([run], tmp_path / "data.zip")
    (copy,) = other.import_file(tmp_path / "data.zip")
    assert copy.asset
    assert list(other.manifest(copy.asset)) == entries


def test_several_runs_travel_together(cellar: Cellar, other: Cellar, tmp_path: Path) -> None:
    runs = [save_into(cellar, "data", {b"f": b"%d" % number}) for number in range(2)]
    runs.append(cellar.publish(replace(cellar.open_run(RunKind.NOTEBOOK, "book"), status=RunStatus.FAILED)))
    cellar.export(runs, tmp_path / "all.zip")
    copies = other.import_file(tmp_path / "all.zip")
    assert [files_of(other, copy) for copy in copies[:2]] == [{b"f": b"0"}, {b"f": b"1"}]
    assert (copies[2].status, copies[2].asset) == (RunStatus.FAILED, None)


def test_an_id_that_is_taken_by_something_else_is_not_overwritten(cellar: Cellar, tmp_path: Path) -> None:
    mine = save_into(cellar, "data", {b"f": b"mine"})
    path = tmp_path / "data.zip"
    cellar.export([save_into(cellar, "data", {b"f": b"other"})], path)
    change(path, lambda content: content["runs"][0]["run"].update(id=mine.id))
    (copy,) = cellar.import_file(path)
    assert copy.id != mine.id
    assert files_of(cellar, cellar.run(mine.id)) == {b"f": b"mine"}


def test_a_file_that_is_there_is_not_overwritten_unasked(cellar: Cellar, tmp_path: Path) -> None:
    run = save_into(cellar, "data", FILES)
    (tmp_path / "data.zip").write_text("mine")
    with pytest.raises(ConflictError):
        cellar.export([run], tmp_path / "data.zip")
    assert (tmp_path / "data.zip").read_text() == "mine"
    cellar.export([run], tmp_path / "data.zip", overwrite=True)
    assert [path.name for path in tmp_path.glob(".data*")] == []


def test_a_damaged_asset_is_not_exported(local: Cellar, tmp_path: Path) -> None:
    run = save_into(local, "data", FILES)
    local.label(run, LabelKind.TAG, "x")
    pack = next(path for path in local.folder.glob("packs/*") if not path.suffix)
    data = bytearray(pack.read_bytes())
    data[1] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(data)
    with pytest.raises(CorruptDataError):
        local.export([run], tmp_path / "data.zip")
    assert list(tmp_path.glob("*data.zip*")) == []


def change(path: Path, edit: Callable[[JsonList], object]) -> None:
    """Write the list of an exported file anew."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(members[LIST])
    edit(content)
    members[LIST] = dump(content).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def entry(content: JsonList, place: int = 0) -> dict[str, object]:
    return content["runs"][0]["entries"][place]  # type: ignore[return-value, index]


def named(name: bytes) -> Callable[[JsonList], object]:
    import base64

    return lambda content: entry(content).update(name=base64.b64encode(name).decode())


HOSTILE = [
    *(
        named(name)
        for name in (
            b"../x",
            b"/etc/passwd",
            b"",
            b".",
            b"..",
            b"a/../b",
            b"a//b",
            b"a\0b",
            b"dir/b.txt",
            b"zzz",
            b"a/",
            b"x" * 70_000,
        )
    ),
    lambda content: entry(content).update(name="%%%"),
    lambda content: entry(content).update(size_bytes=-1),
    lambda content: entry(content).update(size_bytes=2**70),
    lambda content: entry(content).update(size_bytes=4),
    lambda content: entry(content).update(mtime_ns=2**70),
    lambda content: entry(content).update(digest="00" * 32),
    lambda content: entry(content).update(digest="00"),
    lambda content: entry(content).update(kind="device"),
    lambda content: entry(content).update(member="files/nowhere"),
    lambda content: entry(content).update(member=LIST),
    lambda content: entry(content, 2).update(member="files/a.txt"),
    lambda content: entry(content).update(kind="folder"),
    lambda content: content["runs"][0]["run"].update(name="../x"),
    lambda content: content["runs"][0]["run"].update(status="running"),
    lambda content: content["runs"][0]["run"].update(status="odd"),
    lambda content: content["runs"][0]["run"].update(asset="odd"),
    lambda content: content["runs"][0]["run"]["asset"].update(digest="11" * 32),  # type: ignore[attr-defined]
    lambda content: content["runs"][0].update(entries={}),
    lambda content: content.update(runs=5),  # type: ignore[call-overload]
    lambda content: content.update(format="x"),  # type: ignore[call-overload]
]


@pytest.mark.parametrize("edit", HOSTILE)
def test_hostile_lists_are_refused_and_nothing_is_stored(
    local: Cellar, other: Cellar, tmp_path: Path, edit: Callable[[JsonList], object]
) -> None:
    local.export([save_into(local, "data", FILES)], tmp_path / "data.zip")
    change(tmp_path / "data.zip", edit)
    with pytest.raises(NbcellarError) as caught:
        other.import_file(tmp_path / "data.zip")
    assert isinstance(caught.value, UnsafeError | CorruptDataError)
    assert not other.exists or (other.runs() == [] and other.check().debris_count == 0)


def test_a_newer_format_is_refused(local: Cellar, tmp_path: Path) -> None:
    local.export([save_into(local, "data", FILES)], tmp_path / "data.zip")
    change(tmp_path / "data.zip", lambda content: content.update(format=99))  # type: ignore[call-overload]
    with pytest.raises(FormatTooNewError):
        local.import_file(tmp_path / "data.zip")


def test_what_is_no_exported_file_is_refused(local: Cellar, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with pytest.raises(NotFoundError):
        local.import_file(path)
    path.write_bytes(b"no zip")
    with pytest.raises(CorruptDataError):
        local.import_file(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello", "x")
    with pytest.raises(CorruptDataError, match="nbcellar export"):
        local.import_file(path)


def test_every_flipped_byte_of_a_member_is_noticed(local: Cellar, other: Cellar, tmp_path: Path) -> None:
    local.export([save_into(local, "data", {b"f": bytes(range(256)) * 20})], tmp_path / "data.zip")
    data = (tmp_path / "data.zip").read_bytes()
    for place in range(0, len(data), 11):
        (tmp_path / "bad.zip").write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        try:
            (run,) = other.import_file(tmp_path / "bad.zip")
        except (CorruptDataError, UnsafeError, FormatTooNewError, NotFoundError):
            continue
        assert list(files_of(other, run).values()) == [bytes(range(256)) * 20]
