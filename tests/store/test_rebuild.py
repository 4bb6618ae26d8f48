"""The catalogue is an index: what it lists can be made again from the journal alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.errors import CorruptDataError, StorageError
from nbcellar.model import Entry, Input, InputKind, InputOrigin, Kind, Label, LabelKind, Record, Run, RunKind, RunStatus
from nbcellar.store import Cellar, CheckLevel, RunQuery, Series
from nbcellar.store.objects.address import catalogue_path
from nbcellar.store.packs.manifestwriting import write_manifest

from .conftest import files_of, save_into


def listing(cellar: Cellar) -> tuple[list[Run], list[Label], list[Record], list[Series], list[str]]:
    runs = cellar.runs(RunQuery(removed=None))
    used = [f"{run.ref} {[user.ref for user in cellar.used_by(run)]}" for run in runs]
    return runs, cellar.labels([run.id for run in runs]), cellar.records(), cellar.series(), used


def fill(cellar: Cellar) -> None:
    first = save_into(cellar, "clean", {b"t.csv": b"1,2" * 999, "é".encode(): b"x"}, params={"year": 2026})
    assert first.asset
    read = Input(InputKind.ASSET, InputOrigin.FOUND, "clean@1", digest=first.asset.digest, run=first.id)
    second = save_into(cellar, "train", {b"m": b"weights"}, inputs=(read,), result={"loss": 0.5})
    cellar.publish(replace(cellar.open_run(RunKind.TASK, "train"), status=RunStatus.FAILED, error="boom \udce9"))
    third = save_into(cellar, "train", {b"m": b"weights"})
    cellar.label(second, LabelKind.ALIAS, "prod")
    cellar.label(third, LabelKind.ALIAS, "prod")
    cellar.label(second, LabelKind.TAG, "stage", "final")
    cellar.label(second, LabelKind.TAG, "draft")
    cellar.unlabel(second, LabelKind.TAG, "draft")
    cellar.record("score", {"a": 1}, {"v": 0.5}, run=second.id)
    cellar.record("score", {"a": 1}, {"v": 0.5}, run=third.id)
    cellar.remove(first)
    cellar.remove(third)
    cellar.put_back(third)


def delete_catalogue(cellar: Cellar) -> None:
    cellar.close()
    path = catalogue_path(cellar.address.catalogue_url)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def test_without_the_catalogue_every_listing_is_made_again_as_it_was(cellar: Cellar, tmp_path: Path) -> None:
    fill(cellar)
    before = listing(cellar)
    contents = files_of(cellar, cellar.find("train"))
    delete_catalogue(cellar)
    fresh = Cellar.open(tmp_path, address=cellar.address)
    with pytest.raises(StorageError, match="repair catalogue"):
        fresh.runs()
    report = fresh.repair_catalogue()
    assert (report.run_count, report.unreadable, report.incomplete) == (4, (), ())
    assert listing(fresh) == before
    assert files_of(fresh, fresh.find("train")) == contents
    assert fresh.check(CheckLevel.READ_DATA).sound
    assert fresh.open_run(RunKind.TASK, "train").number == 4
    assert save_into(fresh, "train", {b"m": b"weights"}).sequence == 15
    fresh.close()


def test_a_catalogue_that_is_well_can_be_made_again_too(cellar: Cellar) -> None:
    fill(cellar)
    before = listing(cellar)
    assert cellar.repair_catalogue().moved == ""
    assert cellar.repair_catalogue().run_count == 4
    assert listing(cellar) == before


def test_a_damaged_catalogue_is_moved_aside_and_made_again(local: Cellar, tmp_path: Path) -> None:
    fill(local)
    before = listing(local)
    delete_catalogue(local)
    catalogue_path(local.address.catalogue_url).write_bytes(b"no database at all" * 999)
    fresh = Cellar.open(tmp_path, address=local.address)
    with pytest.raises(CorruptDataError, match="repair catalogue"):
        fresh.runs()
    assert Path(fresh.repair_catalogue().moved).read_bytes().startswith(b"no database")
    assert listing(fresh) == before
    fresh.close()


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("pack", "size_bytes"),
        ("run", "removed_ns"),
        ("event", "sequence"),
        ("counter", "INTEGER"),
        ("run_asset", "asset)"),
    ],
)
def test_a_catalogue_whose_tables_are_defined_otherwise_is_moved_aside_and_made_again(
    local: Cellar, tmp_path: Path, table: str, word: str
) -> None:
    fill(local)
    before = listing(local)
    local.close()
    with closing(sqlite3.connect(catalogue_path(local.address.catalogue_url), isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")  # as if a byte of the definition had been flipped
        flipped = chr(ord(word[0]) ^ 1) + word[1:]
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ?", (word, flipped, table))
    fresh = Cellar.open(tmp_path, address=local.address)
    try:
        assert not fresh.check().sound
    except CorruptDataError as error:
        assert "repair catalogue" in error.hint
    assert fresh.repair_catalogue().moved
    assert listing(fresh) == before
    assert fresh.check(CheckLevel.READ_DATA).sound
    fresh.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE blob SET pack = 99",
        "UPDATE blob SET offset = 'x'",
        "UPDATE counter SET name = 'sequenbe' WHERE name = 'sequence'",
        "UPDATE counter SET name = 'bollections' WHERE name = 'collections'",
    ],
)
def test_rows_that_cannot_be_true_are_damage_that_a_repair_mends(local: Cellar, damage: str) -> None:
    fill(local)
    before = listing(local)
    local.close()
    with closing(sqlite3.connect(catalogue_path(local.address.catalogue_url), isolation_level=None)) as connection:
        connection.execute(damage)
    with pytest.raises(CorruptDataError, match="repair catalogue"):  # by a read, or by the next write
        assert [list(local.manifest(run.asset)) for run in local.runs(RunQuery(with_asset=True)) if run.asset]
        local.label(local.runs()[0], LabelKind.NOTE, "", "a word")
    local.repair_catalogue()
    assert listing(local) == before
    assert local.check(CheckLevel.READ_DATA).sound


def test_a_save_that_was_staged_before_the_repair_is_published_after_it(cellar: Cellar) -> None:
    save_into(cellar, "data", {b"a": b"1"})
    run = cellar.open_run(RunKind.SAVE, "data")
    content = b"staged before the repair"
    with cellar.stage() as stage:

        def store(missing: object = ()) -> Run:
            entry = Entry(b"f", Kind.FILE, False, len(content), stage.put(content))
            return replace(run, status=RunStatus.SUCCEEDED, asset=write_manifest(stage, [entry]))

        closed = store()
        stage.seal()
        cellar.repair_catalogue()
        published = cellar.publish(closed, stage, again=store)
    assert files_of(cellar, published) == {b"f": content}
    assert cellar.check(CheckLevel.READ_DATA).sound


def test_numbers_and_runs_that_are_not_closed_survive_a_repair(cellar: Cellar) -> None:
    save_into(cellar, "data", {b"a": b"1"})
    running = cellar.open_run(RunKind.TASK, "data", params={"year": 2026})
    cellar.repair_catalogue()
    assert cellar.run(running.id) == running
    assert cellar.runs(RunQuery(params={"year": 2026})) == [running]
    assert cellar.open_run(RunKind.TASK, "data").number == 3
    assert cellar.publish(replace(running, status=RunStatus.SUCCEEDED)).number == 2


def test_a_run_whose_number_was_given_away_without_a_catalogue_takes_another(cellar: Cellar, tmp_path: Path) -> None:
    save_into(cellar, "data", {b"a": b"1"})
    running = cellar.open_run(RunKind.TASK, "data")
    delete_catalogue(cellar)
    fresh = Cellar.open(tmp_path, address=cellar.address)
    fresh.repair_catalogue()
    assert save_into(fresh, "data", {b"a": b"1"}).number == 2
    assert fresh.publish(replace(running, status=RunStatus.SUCCEEDED)).number == 3
    fresh.close()
