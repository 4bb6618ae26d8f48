"""Collection: what nothing needs goes, everything else stays, whoever writes meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.errors import NotFoundError, StorageError, UnsafeError
from nbcellar.model import Digest, Entry, Input, InputKind, InputOrigin, Kind, LabelKind, Run, RunKind, RunStatus
from nbcellar.store import Cellar, CheckLevel, Retention, RunQuery
from nbcellar.store.catalogue.retention import Doomed
from nbcellar.store.journal.events import Event, EventKind, write_event
from nbcellar.store.objects.address import catalogue_path
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.upkeep.collector import Collector

from .conftest import files_of, save_into

DAY = 86_400 * 10**9


def old(cellar: Cellar, days: int) -> None:
    """Let so many days pass, as far as runs and trash are concerned."""
    with cellar._catalogue.writing() as connection:
        connection.execute(
            "UPDATE run SET started_ns = started_ns - ?, ended_ns = ended_ns - ?, removed_ns = removed_ns - ?",
            (days * DAY,) * 3,
        )


def forget_at_once(cellar: Cellar) -> Cellar:
    return Cellar(cellar.address, replace(cellar.settings, trash_days=0), cellar.home)


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


def test_failed_runs_keep_their_files_for_a_week(cellar: Cellar) -> None:
    run = save_into(cellar, "train", {b"a": b"half" * 99}, status=RunStatus.FAILED)
    pinned = save_into(cellar, "train", {b"a": b"look at this"}, status=RunStatus.FAILED)
    cellar.label(pinned, LabelKind.NOTE, "", "why?")
    old(cellar, 6)
    assert cellar.gc().expired == ()
    old(cellar, 2)
    assert [one.id for one in cellar.gc(yes=True).expired] == [run.id]
    after = cellar.run(run.id)
    assert after.asset is None and after.number == 1 and run.asset
    assert after.detail["expired_asset"] == run.asset.digest.hex()
    assert files_of(cellar, cellar.run(pinned.id)) == {b"a": b"look at this"}
    runs = [replace(one, started_ns=0, ended_ns=0) for one in cellar.runs()]
    cellar.repair_catalogue()
    assert [replace(one, started_ns=0, ended_ns=0) for one in cellar.runs()] == runs


def test_a_rule_keeps_the_newest_the_labelled_and_what_they_have_read(cellar: Cellar) -> None:
    sources = [save_into(cellar, "clean", {b"t": b"table %d" % number}) for number in range(4)]
    read = Input(InputKind.ASSET, InputOrigin.FOUND, "clean@1", run=sources[0].id)
    models = [save_into(cellar, "train", {b"m": b"model %d" % number}, inputs=(read,)) for number in range(3)]
    cellar.label(sources[1], LabelKind.ALIAS, "prod")
    report = cellar.gc(Retention(keep_last=1), yes=True)
    assert {run.id for run in report.expired} == {sources[2].id, models[0].id, models[1].id}
    left = [run.ref for run in cellar.runs(RunQuery(with_asset=True))]
    assert left == ["train@3", "clean@4", "clean@2", "clean@1"]
    assert cellar.find("train").number == 3
    assert cellar.check(CheckLevel.READ_DATA).sound


def test_a_rule_may_name_a_series_and_an_age(cellar: Cellar) -> None:
    for name in ("a", "b"):
        for number in range(3):
            save_into(cellar, name, {b"f": b"%d" % number + name.encode()})
    assert cellar.gc(Retention(name="a", older_than_ns=1), dry_run=True).expired == ()
    later = time.time_ns() + DAY
    report = cellar.gc(Retention(name="a", older_than_ns=later, keep_last=2), dry_run=True)
    assert [run.ref for run in report.expired] == ["a@1"]
    assert [run.ref for run in cellar.gc(Retention(name="a", older_than_ns=later), dry_run=True).expired] == [
        "a@2",
        "a@1",
    ]


def test_more_than_half_of_all_bytes_only_when_somebody_says_so(cellar: Cellar) -> None:
    save_into(cellar, "small", {b"a": b"1"})
    cellar.remove(save_into(cellar, "large", {b"a": bytes(100_000)}))
    cellar = forget_at_once(cellar)
    with pytest.raises(UnsafeError, match="more than half"):
        cellar.gc()
    assert cellar.gc(yes=True).freed_bytes > 100_000


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


class Interrupted:
    """A save that stops before it publishes, so that others can come between."""

    def __init__(self, cellar: Cellar, files: dict[bytes, bytes]) -> None:
        self.cellar = cellar
        self.files = files
        self.run = cellar.open_run(RunKind.SAVE, "late")
        self.stage = cellar.stage()
        self.closed = self.store()
        self.stage.seal()

    def store(self, missing: Collection[Digest] = ()) -> Run:
        entries = [
            Entry(name, Kind.FILE, False, len(content), self.stage.put(content)) for name, content in self.files.items()
        ]
        return replace(self.run, status=RunStatus.SUCCEEDED, asset=write_manifest(self.stage, entries))

    def publish(self) -> Run:
        with self.stage:
            return self.cellar.publish(self.closed, self.stage, again=self.store)


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


def test_a_writer_that_died_leaves_debris_which_goes_after_the_grace(cellar: Cellar) -> None:
    save_into(cellar, "kept", {b"a": b"1"})
    late = Interrupted(cellar, {b"a": b"never published" * 99})
    ticket = late.stage.holder.take_ticket()
    body = {"run": "x"}
    write_event(cellar._objects, Event(ticket.event, ticket.sequence, EventKind.REMOVE, 1, body))
    assert cellar.gc().debris_count == 0
    report = cellar.gc(grace_s=0)
    assert report.debris_count == 3  # pack, index, event
    assert cellar.check(CheckLevel.READ_DATA).sound
    assert len(list(cellar._objects.listed("journal"))) == 1


def test_files_in_the_making_go_when_nobody_makes_them_any_more(local: Cellar) -> None:
    save_into(local, "kept", {b"a": b"1"})
    dead = ["tmp/object-dead", "packs/.pack.own", ".format.json.dead", "..gitignore.dead"]
    for name in (*dead, "tmp/create.lock", "packs/mine"):
        (local.folder / name).write_bytes(b"half")
    writer = local._objects.create("packs/living")
    writer.write([b"half"])
    old = (1, 1)
    for path in (*(local.folder / name for name in dead), *local.folder.glob("tmp/object-*")):
        os.utime(path, old)
    assert local.gc().debris_count == len(dead)
    assert [name for name in dead if (local.folder / name).exists()] == []
    writer.write([b" whole"])
    writer.finish()
    assert (local.folder / "packs/living").read_bytes() == b"half whole"
    assert (local.folder / "packs/mine").exists() and (local.folder / "tmp/create.lock").exists()


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


def test_an_event_that_nobody_reserved_is_never_taken_for_garbage(local: Cellar) -> None:
    save_into(local, "a", {b"a": b"1"})
    write_event(local._objects, Event(new_ulid(), 1, EventKind.PUT_BACK, 1, {"run": "x"}))
    with pytest.raises(UnsafeError):
        local.gc(grace_s=0)


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


def test_what_is_labelled_or_put_back_after_it_was_chosen_stays(local: Cellar) -> None:
    versions = [save_into(local, "data", {b"a": bytes([number]) * 9}) for number in range(4)]
    removed = [save_into(local, "other", {b"a": bytes([number]) * 99}) for number in range(2)]
    for run in removed:
        local.remove(run)
    chosen = Doomed(tuple(local.runs(RunQuery(removed=True))), tuple(versions[:3]))
    local.put_back(removed[0])
    local.label(versions[0], LabelKind.ALIAS, "prod")
    local.remove(versions[3])  # so that the one before is the newest success
    report = Collector(local._catalogue, local._objects, local.folder).collect(chosen)
    assert [run.id for run in report.deleted] == [removed[1].id]
    assert [run.id for run in report.expired] == [versions[1].id]
    for run in (versions[0], versions[2], removed[0]):
        assert files_of(local, local.run(run.id))
    assert local.check(CheckLevel.READ_DATA).sound


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
