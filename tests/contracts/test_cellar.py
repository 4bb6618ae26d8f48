"""The life of an asset, wherever its bytes lie: saved, found, compared, restored, kept, damaged, carried off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbcellar.assets.comparing.differ import diff
from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.errors import ConflictError, CorruptDataError, NotFoundError
from nbcellar.model import AssetSummary, LabelKind, Run
from nbcellar.store import CHUNK_BYTES, Cellar, CheckLevel, RunQuery
from nbcellar.store.catalogue.retention import Retention
from nbcellar.store.objects.protocol import write_object
from tests.assets.saving import save


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "sub/empty").mkdir(parents=True)
    (folder / "a.txt").write_text("one")
    (folder / "run.sh").write_text("#!/bin/sh")
    (folder / "run.sh").chmod(0o755)
    (folder / "sub/link").symlink_to("../a.txt")
    (folder / os.fsdecode(b"sub/\xff odd\n")).write_bytes(b"\0\1\2")
    (folder / "large").write_bytes(os.urandom(CHUNK_BYTES + 1000))
    return folder


def saved(place: Cellar, tree: Path) -> tuple[Run, AssetSummary]:
    run, done = save(place, tree)
    return run, done.summary


def looks(folder: Path) -> dict[bytes, object]:
    found: dict[bytes, object] = {}
    for path in folder.rglob("*"):
        name = os.fsencode(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = "folder" if path.is_dir() else (path.read_bytes(), path.stat().st_mode & 0o100)
    return found


def test_a_tree_comes_back_as_it_was_and_is_the_same_asset_again(place: Cellar, tree: Path, tmp_path: Path) -> None:
    _, summary = saved(place, tree)
    execute(place, plan(place, summary, tmp_path / "out"))
    assert looks(tmp_path / "out") == looks(tree)
    again = save(place, tmp_path / "out")[1]
    assert again.summary.digest == summary.digest
    assert again.new_bytes < 1000  # times of links are not restored, so its list of names is a new one


def test_parts_of_files_are_read_in_any_order(place: Cellar, tree: Path) -> None:
    _, summary = saved(place, tree)
    entry = place.manifest(summary)[b"large"]
    data = (tree / "large").read_bytes()
    with place.open_file(entry) as file:
        file.seek(CHUNK_BYTES - 10)
        assert file.read(20) == data[CHUNK_BYTES - 10 : CHUNK_BYTES]
        assert file.read(20) == data[CHUNK_BYTES : CHUNK_BYTES + 20]
    assert place.read_file(entry, CHUNK_BYTES - 10, 20) == data[CHUNK_BYTES - 10 : CHUNK_BYTES + 10]


def test_versions_are_found_labelled_compared_and_removed(place: Cellar, tree: Path) -> None:
    first, one = saved(place, tree)
    (tree / "a.txt").write_text("two")
    second, two = saved(place, tree)
    place.label(first, LabelKind.ALIAS, "good")
    place.label(first, LabelKind.TAG, "stage", "final")
    assert place.find(f"{first.name}@good").id == first.id
    assert place.find(first.name).id == second.id
    assert place.find(one.digest.hex()[:12]).id == first.id
    found = diff(place.manifest(one), place.manifest(two))
    assert ([change.after.name for change in found.changed], found.new, found.gone) == ([b"a.txt"], (), ())
    place.remove(second)
    assert place.find(first.name).id == first.id
    assert [run.id for run in place.runs(RunQuery(removed=True))] == [second.id]
    place.put_back(second)
    assert place.find(first.name).id == second.id


def test_a_restore_is_refused_done_and_undone(place: Cellar, tree: Path) -> None:
    _, one = saved(place, tree)
    (tree / "a.txt").write_text("edited, in no asset")
    before = looks(tree)
    with pytest.raises(ConflictError):
        execute(place, plan(place, one, tree))
    assert looks(tree) == before
    execute(place, plan(place, one, tree, policy=Policy.REPLACE))
    assert (tree / "a.txt").read_text() == "one"
    undo(place)
    assert looks(tree) == before


def test_what_is_forgotten_frees_its_bytes_and_the_rest_is_whole(place: Cellar, tree: Path) -> None:
    first, _ = saved(place, tree)
    (tree / "large").write_bytes(os.urandom(CHUNK_BYTES))
    second, _ = saved(place, tree)
    place.remove(first)
    report = place.gc(Retention(keep_last=1), yes=True, grace_s=0)
    assert report.freed_bytes > CHUNK_BYTES
    assert place.check(CheckLevel.READ_DATA).sound
    with pytest.raises(NotFoundError):
        place.run(first.id)
    assert place.run(second.id).asset


@pytest.mark.parametrize("touched", [False, True], ids=["as it was", "with other times"])
@pytest.mark.parametrize("at", [0, -1], ids=["a file", "the list of files"])
def test_damage_is_named_and_healed_by_saving_again(
    place: Cellar, tree: Path, tmp_path: Path, at: int, touched: bool
) -> None:
    _, summary = saved(place, tree)
    objects = place._objects
    small = min(
        (one for one in objects.listed("packs") if not one.key.endswith(".idx")), key=lambda one: one.size_bytes
    )
    data = bytearray(objects.read(small.key))
    data[at] ^= 1
    objects.delete(small.key)
    write_object(objects, small.key, [data])
    report = place.check(CheckLevel.READ_DATA)
    assert [damage.object for damage in report.damages] == [small.key]
    with pytest.raises(CorruptDataError):
        execute(place, plan(place, summary, tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    place.repair_packs()
    for path in tree.rglob("*"):
        if touched and path.is_file() and not path.is_symlink():
            os.utime(path, ns=(1, 1))
    _, again = saved(place, tree)
    assert again.digest == summary.digest
    assert place.check(CheckLevel.READ_DATA).sound
    (first,) = (run for run in place.runs() if run.number == 1)
    assert first.asset is not None
    execute(place, plan(place, first.asset, tmp_path / "out"))
    assert place.repair_catalogue().incomplete == ()
    assert place.check(CheckLevel.READ_DATA).sound
    assert looks(tmp_path / "out") == looks(tree)


def test_the_catalogue_is_made_again_from_the_journal(place: Cellar, tree: Path) -> None:
    first, _ = saved(place, tree)
    place.label(first, LabelKind.NOTE, "", "a note")
    place.record("score", {"a": 1}, {"b": 2}, run=first.id)
    before = (place.runs(), place.labels([first.id]), place.records(), place.series())
    place.repair_catalogue()
    assert (place.runs(), place.labels([first.id]), place.records(), place.series()) == before


def test_assets_are_carried_to_another_store_and_backed_up(place: Cellar, tree: Path, tmp_path: Path) -> None:
    run, summary = saved(place, tree)
    place.export([run], tmp_path / "carried.zip")
    (tmp_path / "other").mkdir()
    other = Cellar.open(tmp_path / "other")
    (imported,) = other.import_file(tmp_path / "carried.zip")
    assert imported.asset and imported.asset.digest == summary.digest
    execute(other, plan(other, imported.asset, tmp_path / "out"))
    assert looks(tmp_path / "out") == looks(tree)
    other.close()
    place.backup(tmp_path / "backup")
    copy = Cellar.open(
        tmp_path,
        address=place.address.__class__(
            (tmp_path / "backup").as_uri(), f"sqlite:///{tmp_path / 'backup' / 'catalogue.db'}"
        ),
    )
    assert copy.check(CheckLevel.READ_DATA).sound
    assert [one.id for one in copy.runs()] == [run.id]
    copy.close()
