"""Which runs lose their files by a rule, and which never do."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from nbcellar.errors import UnsafeError
from nbcellar.model import Input, InputKind, InputOrigin, LabelKind, RunStatus
from nbcellar.store import Cellar, CheckLevel, Retention, RunQuery
from nbcellar.store.catalogue.retention import Doomed
from nbcellar.store.upkeep.collector import Collector

from .conftest import DAY_NS, files_of, forget_at_once, old, save_into


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
    later = time.time_ns() + DAY_NS
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
