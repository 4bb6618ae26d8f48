"""Collection: what nothing needs goes, everything else stays, whoever writes meanwhile."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.errors import NotFoundError, StorageError, UnsafeError
from nbcellar.model import LabelKind, RunKind, RunStatus
from nbcellar.store import Cellar, CheckLevel, RunQuery
from nbcellar.store.objects.address import catalogue_path

from .conftest import Interrupted, files_of, forget_at_once, old, save_into


def pack_names(cellar: Cellar) -> set[str]:
    return {one.key for one in cellar._objects.listed("packs")}


def test_what_is_in_the_trash_goes_when_its_time_is_over(cellar: Cellar) -> None:
    kept = save_into(cellar, "kept", {b"a": b"kept" * 999, b"shared": b"s" * 999})
    gone = save_into(cellar, "gone", {b"b": b"gone" * 999, b"shared": b"s" * 999})
    before = cellar.gc(dry_run=True).kept_bytes
    cellar.remove(gone)
    assert cellar.gc().deleted == ()
    old(cellar, 15)
    plan = cellar.gc(dry_run=True)
    assert [run.id for run in plan.deleted] == [gone.id]
    report = cellar.gc(yes=True)
    assert replace(report, dry_run=True) == plan
    assert report.freed_bytes > 3500 and report.kept_bytes == before - report.freed_bytes
    assert files_of(cellar, cellar.find("kept")) == {b"a": b"kept" * 999, b"shared": b"s" * 999}
    with pytest.raises(NotFoundError):
        cellar.run(gone.id)
    assert cellar.open_run(RunKind.SAVE, "gone").number == 2
    # old() has changed the catalogue behind the journal's back
    assert {damage.object for damage in cellar.check(CheckLevel.READ_DATA).damages} <= {"catalogue"}
    assert cellar.check().debris_count == 0
    assert cellar.gc().freed_bytes == 0
    assert kept.asset


def test_a_rebuilt_catalogue_does_not_bring_back_what_was_collected(cellar: Cellar) -> None:
    save_into(cellar, "kept", {b"a": b"kept"})
    cellar.remove(save_into(cellar, "gone", {b"b": b"gone" * 99}))
    old(cellar, 15)
    cellar.gc(yes=True)
    before = [replace(run, started_ns=0, ended_ns=0) for run in cellar.runs(RunQuery(removed=None))]
    assert cellar.repair_catalogue().incomplete == ()
    assert [replace(run, started_ns=0, ended_ns=0) for run in cellar.runs(RunQuery(removed=None))] == before
    assert cellar.gc().freed_bytes == 0


def test_a_half_empty_pack_is_rewritten(cellar: Cellar) -> None:
    files = {b"%02d" % number: bytes([number]) * 10_000 for number in range(20)}
    run = save_into(cellar, "all", files)
    kept = dict(list(files.items())[:5])
    save_into(cellar, "some", kept)
    cellar.remove(run)
    cellar = forget_at_once(cellar)
    before = pack_names(cellar)
    report = cellar.gc(yes=True)
    assert report.rewritten_count == 1
    assert report.freed_bytes == pytest.approx(150_000, rel=0.05)
    assert files_of(cellar, cellar.find("some")) == kept
    assert cellar.check(CheckLevel.READ_DATA).sound
    assert len(pack_names(cellar) - before) == 2
    assert cellar.repair_catalogue().incomplete == ()
    assert files_of(cellar, cellar.find("some")) == kept


def test_a_pack_that_is_mostly_needed_is_left_alone(cellar: Cellar) -> None:
    files = {b"%02d" % number: bytes([number]) * 10_000 for number in range(20)}
    cellar.remove(save_into(cellar, "all", files))
    save_into(cellar, "most", dict(list(files.items())[:15]))
    cellar = forget_at_once(cellar)
    assert cellar.gc(yes=True).rewritten_count == 0
    assert len(files_of(cellar, cellar.find("most"))) == 15


def test_a_save_that_relies_on_what_is_collected_meanwhile_stores_it_again(cellar: Cellar) -> None:
    files = {b"a": b"wanted twice" * 99, b"b": b"also"}
    cellar.remove(save_into(cellar, "first", files))
    late = Interrupted(cellar, files)
    assert late.stage.relied
    forget_at_once(cellar).gc(yes=True)
    assert files_of(cellar, late.publish()) == files
    assert cellar.check(CheckLevel.READ_DATA).sound


def test_a_save_whose_own_packs_are_collected_stores_them_again(cellar: Cellar) -> None:
    files = {b"a": b"mine" * 99, b"b": b"also mine"}
    late = Interrupted(cellar, files)
    assert cellar.gc(grace_s=0).debris_count == 2
    assert files_of(cellar, late.publish()) == files
    assert cellar.check(CheckLevel.READ_DATA).sound
    assert cellar.gc(grace_s=0).freed_bytes == 0


def test_a_save_is_not_disturbed_within_the_grace(cellar: Cellar) -> None:
    late = Interrupted(cellar, {b"a": b"mine" * 99})
    assert cellar.gc().debris_count == 0
    packs = {pack.name for pack in late.stage.packs}
    late.publish()
    assert {pack.name for pack in late.stage.packs} == packs


def test_a_catalogue_older_than_the_journal_is_refused(local: Cellar) -> None:
    save_into(local, "a", {b"a": b"1"})
    local.close()
    path = catalogue_path(local.address.catalogue_url)
    backup = path.read_bytes()
    save_into(local, "b", {b"a": b"2"})
    local.close()
    path.write_bytes(backup)
    with pytest.raises(UnsafeError, match="older than the journal") as caught:
        local.gc()
    assert "repair catalogue" in caught.value.hint
    local.repair_catalogue()
    local.gc()
    assert [run.name for run in local.runs()] == ["b", "a"]


def test_nothing_is_collected_while_a_manifest_is_damaged(local: Cellar) -> None:
    run = save_into(local, "a", {b"a": b"1"})
    pack = next(path for path in local.folder.glob("packs/*") if not path.suffix)
    pack.chmod(0o600)
    pack.write_bytes(bytes(pack.stat().st_size))
    before = pack_names(local)
    with pytest.raises(StorageError, match="manifest is damaged"):
        local.gc()
    assert pack_names(local) == before
    local.remove(run)
    assert forget_at_once(local).gc(yes=True).pack_count == 1


def test_free_takes_the_trash_then_failures_then_the_oldest_versions(cellar: Cellar) -> None:
    versions = [save_into(cellar, "data", {b"a": bytes([number]) * 100_000}) for number in range(4)]
    failed = save_into(cellar, "data", {b"a": b"f" * 100_000}, status=RunStatus.FAILED)
    trash = save_into(cellar, "other", {b"a": b"t" * 100_000})
    cellar.label(versions[0], LabelKind.TAG, "keep")
    cellar.remove(trash)
    assert cellar.free(1, dry_run=True).expired == ()
    assert [run.id for run in cellar.free(150_000, dry_run=True).expired] == [failed.id]
    report = cellar.free(250_000)
    assert [run.id for run in report.deleted] == [trash.id]
    assert [run.id for run in report.expired] == [failed.id, versions[1].id]
    assert report.freed_bytes > 300_000
    everything = cellar.free(10**12)
    assert [run.id for run in everything.expired] == [versions[2].id]
    assert cellar.check(CheckLevel.READ_DATA).sound
    assert len(files_of(cellar, cellar.find("data"))) == 1


def test_an_emptied_trash_leaves_no_byte_of_it_in_any_pack(cellar: Cellar) -> None:
    secret = os.urandom(500)
    gone = save_into(cellar, "data", {b"a": b"kept" * 9_999, b"key": secret, b"shared": b"s" * 999})
    kept = save_into(cellar, "data", {b"a": b"kept" * 9_999, b"shared": b"s" * 999})
    packs = [cellar._objects.read(name) for name in pack_names(cellar)]
    assert any(secret in pack for pack in packs)
    cellar.remove(gone)
    plan = cellar.empty_trash(dry_run=True)
    assert [run.id for run in plan.deleted] == [gone.id] and cellar.run(gone.id)
    report = cellar.empty_trash()
    assert (report.deleted, report.freed_bytes >= 500) == (plan.deleted, True)
    assert not any(secret in cellar._objects.read(name) for name in pack_names(cellar))
    assert files_of(cellar, kept) == {b"a": b"kept" * 9_999, b"shared": b"s" * 999}
    assert cellar.check(CheckLevel.READ_DATA).sound
    with pytest.raises(NotFoundError):
        cellar.put_back(gone)
    assert cellar.empty_trash().deleted == ()


def test_collecting_where_there_is_no_store_makes_none(tmp_path: Path) -> None:
    cellar = Cellar.open(tmp_path)
    assert cellar.gc().freed_bytes == cellar.free(5).freed_bytes == 0
    assert not cellar.exists
