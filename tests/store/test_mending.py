"""Repairing packs: what is whole is saved, what is lost is named, and the same content saved again heals it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.errors import CorruptDataError
from nbcellar.model import Run
from nbcellar.store import Cellar, CheckLevel

from .conftest import files_of, save_into

FILES = {b"%02d" % number: bytes([number]) * 5000 for number in range(20)}


def pack_with(cellar: Cellar, run: Run, name: bytes) -> Path:
    assert run.asset
    digest = cellar.manifest(run.asset)[name].digest
    with cellar._catalogue.reading() as connection:
        query = "SELECT pack.name FROM blob JOIN pack ON pack.id = blob.pack WHERE digest = ?"
        return cellar.folder / "packs" / str(connection.execute(query, (digest,)).fetchone()[0])


def damage(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 255
    path.chmod(0o600)
    path.write_bytes(data)


def test_a_damaged_pack_loses_one_blob_and_the_same_content_heals_it(local: Cellar) -> None:
    run = save_into(local, "data", FILES)
    damage(pack_with(local, run, b"07"), 7 * 5000 + 9)
    plan = local.repair_packs(dry_run=True)
    assert not local.check(CheckLevel.READ_DATA).sound
    report = local.repair_packs()
    assert (report.saved_count, len(report.lost), len(report.set_aside)) == (21, 1, 2)
    assert (plan.saved_count, plan.lost) == (report.saved_count, report.lost)
    assert [(need.run.ref, need.name) for need in report.needs] == [("data@1", b"07")]
    assert all((local.folder / key).exists() for key in report.set_aside)
    (left,) = local.check(CheckLevel.READ_DATA).damages
    assert [(need.run.ref, need.name) for need in left.needs] == [("data@1", b"07")]
    assert run.asset
    manifest = local.manifest(run.asset)
    assert local.read_file(manifest[b"08"]) == FILES[b"08"]
    with pytest.raises(CorruptDataError):
        local.read_file(manifest[b"07"])
    save_into(local, "again", {b"anywhere": FILES[b"07"]})
    assert files_of(local, run) == FILES
    assert local.check(CheckLevel.READ_DATA).sound
    assert local.repair_packs().set_aside == ()


def test_a_pack_that_is_gone_is_healed_by_saving_once_more(local: Cellar) -> None:
    run = save_into(local, "data", FILES)
    pack_with(local, run, b"07").unlink()
    report = local.repair_packs()
    assert (report.saved_count, len(report.lost)) == (0, 22)
    assert {need.name for need in report.needs} == {None}
    again = save_into(local, "data", FILES)
    assert files_of(local, run) == files_of(local, again) == FILES
    assert local.check(CheckLevel.READ_DATA).sound


@pytest.mark.parametrize("gone", [True, False])
def test_an_index_is_written_again_from_the_rows(local: Cellar, gone: bool) -> None:
    run = save_into(local, "data", FILES)
    index = pack_with(local, run, b"07").with_suffix(".idx")
    index.unlink() if gone else damage(index, 40)
    assert not local.check().sound
    report = local.repair_packs()
    assert report.indexes == (f"packs/{index.name}",)
    assert (report.lost, report.set_aside) == ((), ())
    assert local.check(CheckLevel.READ_DATA).sound
    local.repair_catalogue()
    assert files_of(local, local.find("data")) == FILES


def test_repairing_a_sound_store_changes_nothing(local: Cellar) -> None:
    save_into(local, "data", FILES)
    before = sorted((path, path.stat().st_mtime_ns) for path in local.folder.glob("packs/*"))
    assert local.repair_packs().saved_count == 0
    assert sorted((path, path.stat().st_mtime_ns) for path in local.folder.glob("packs/*")) == before
