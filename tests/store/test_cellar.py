"""What every cellar does, wherever its bytes lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nbcellar.model import Address, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery

from .conftest import files_of, save_into


def test_opening_and_reading_create_nothing(address: Address, tmp_path: Path) -> None:
    cellar = Cellar.open(tmp_path, address=address)
    assert not cellar.exists
    assert cellar.uuid == ""
    assert cellar.runs() == []
    assert cellar.series() == []
    assert list(tmp_path.iterdir()) == []


def test_what_was_saved_is_read_back_by_another_process_of_the_same_address(
    cellar: Cellar, address: Address, tmp_path: Path
) -> None:
    files = {b"a.txt": b"one", b"dir/b": b"two" * 5000, b"empty": b""}
    saved = save_into(cellar, "data", files)
    other = Cellar.open(tmp_path, address=address)
    found = other.find("data")
    assert found == saved
    assert found.ref == "data@1"
    assert files_of(other, found) == files
    other.close()


def test_the_same_files_are_the_same_asset_and_cost_no_bytes(cellar: Cellar) -> None:
    first = save_into(cellar, "data", {b"a": b"1" * 1000})
    before = sum(one.size_bytes for one in cellar._objects.listed("packs"))
    second = save_into(cellar, "other", {b"a": b"1" * 1000})
    assert second.asset == first.asset
    assert sum(one.size_bytes for one in cellar._objects.listed("packs")) == before


def test_a_large_file_is_chunked_and_read_across_chunks(cellar: Cellar) -> None:
    content = bytes(range(256)) * 4096 * 16 + b"tail" * (5 * 2**20)
    run = save_into(cellar, "big", {b"big.bin": content})
    assert run.asset
    entry = cellar.manifest(run.asset)[b"big.bin"]
    assert len(entry.chunks) == 3
    assert cellar.read_file(entry) == content
    assert cellar.read_file(entry, 16 * 2**20 - 3, 9) == content[16 * 2**20 - 3 : 16 * 2**20 + 6]
    with cellar.open_file(entry) as file:
        file.seek(-8, 2)
        assert file.read() == b"tailtail"


def test_an_unpublished_stage_leaves_nothing(cellar: Cellar) -> None:
    save_into(cellar, "data", {b"a": b"1"})
    before = {one.key for one in cellar._objects.listed("packs")}
    with cellar.stage() as stage:
        stage.put(b"never published" * 100)
        stage.seal()
        assert {one.key for one in cellar._objects.listed("packs")} != before
    assert {one.key for one in cellar._objects.listed("packs")} == before


def test_a_failed_run_takes_a_number_and_is_not_the_newest_success(cellar: Cellar) -> None:
    save_into(cellar, "data", {b"a": b"1"})
    run = cellar.open_run(RunKind.TASK, "data")
    assert run.number == 2
    cellar.publish(replace(run, status=RunStatus.FAILED, error="boom"))
    assert cellar.find("data").number == 1
    assert cellar.find("data@2").error == "boom"
    assert cellar.find("data", succeeded=False).number == 2
    assert [one.number for one in cellar.runs(RunQuery(name="data"))] == [2, 1]
