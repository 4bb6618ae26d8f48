"""Builders fill packs; what is stored already is not stored again."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from blake3 import blake3

from nbcellar.errors import ConflictError, CorruptDataError, SourceError, UsageError
from nbcellar.model import Digest, Entry, Kind, RunKind, RunStatus
from nbcellar.store import PACK_BYTES, Cellar
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.packs.pack import EMPTY, read_index
from nbcellar.store.packs.packbuilder import PackBuilder

from .conftest import files_of, save_into


def add(builder: PackBuilder, content: bytes) -> Digest:
    room = builder.room(len(content))
    room[:] = content
    return builder.add(room)


def test_leftovers_of_all_builders_become_one_pack(cellar: Cellar) -> None:
    with cellar.stage() as stage:
        for number in range(3):
            with stage.builder() as builder:
                for salt in range(10):
                    add(builder, b"%d %d" % (number, salt))
        stage.put(b"a manifest")
        assert stage.seal() == set()
        assert len(stage.packs) == 1
        assert [blob[2] for blob in stage.packs[0].blobs()] == [3] * 30 + [10]


def test_a_full_buffer_becomes_a_pack_and_the_rest_another(cellar: Cellar) -> None:
    third = PACK_BYTES // 3
    run = cellar.open_run(RunKind.SAVE, "data")
    contents = {b"%d" % number: bytes([number]) * third for number in range(5)}
    with cellar.stage() as stage:
        with stage.builder() as builder:
            entries = [
                Entry(name, Kind.FILE, False, third, add(builder, content)) for name, content in contents.items()
            ]
        asset = write_manifest(stage, entries)
        run = cellar.publish(replace(run, status=RunStatus.SUCCEEDED, asset=asset), stage)
        assert len(stage.packs) == 2
    assert files_of(cellar, run) == contents


def test_known_blobs_are_dropped_from_a_buffer_and_new_ones_are_kept(cellar: Cellar) -> None:
    size = 2**20
    contents = [number.to_bytes(1, "big") * size for number in range(40)]
    save_into(cellar, "even", {b"%02d" % number: content for number, content in enumerate(contents) if number % 2 == 0})
    run = cellar.open_run(RunKind.SAVE, "all")
    with cellar.stage() as stage:
        with stage.builder() as builder:
            entries = [
                Entry(b"%02d" % number, Kind.FILE, False, size, add(builder, content))
                for number, content in enumerate(contents)
            ]
        asset = write_manifest(stage, entries)
        run = cellar.publish(replace(run, status=RunStatus.SUCCEEDED, asset=asset), stage)
        assert 20 * size < stage.new_bytes < 20 * size + 9999
    assert files_of(cellar, run) == {b"%02d" % number: content for number, content in enumerate(contents)}


def test_nothing_is_a_blob_that_is_never_stored(cellar: Cellar) -> None:
    with cellar.stage() as stage, stage.builder() as builder:
        assert builder.add(builder.room(0)) == EMPTY == stage.put(b"")
        assert not stage.seen
    assert cellar.read(EMPTY) == b""
    assert cellar.known([EMPTY, Digest(bytes(32))]) == {EMPTY}


def test_a_blob_that_is_too_large_for_a_pack_is_refused(cellar: Cellar) -> None:
    with cellar.stage() as stage, pytest.raises(UsageError), stage.builder() as builder:
        builder.room(PACK_BYTES + 1)


def test_two_threads_fill_builders_of_one_stage(cellar: Cellar) -> None:
    contents = [[b"%d %d" % (thread, number) * 100 for number in range(500)] for thread in range(2)]
    run = cellar.open_run(RunKind.SAVE, "data")
    with cellar.stage() as stage:

        def fill(part: list[bytes]) -> None:
            with stage.builder() as builder:
                for content in part:
                    add(builder, content)

        threads = [threading.Thread(target=fill, args=(part,)) for part in contents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        every = [content for part in contents for content in part]
        cellar.publish(replace(run, status=RunStatus.SUCCEEDED), stage)
    digests = [Digest(blake3(content).digest()) for content in every]
    assert dict(cellar.read_many([*digests, *digests])) == dict(zip(digests, every, strict=True))


def test_an_index_that_was_changed_is_refused(local: Cellar) -> None:
    save_into(local, "data", {b"a": b"1"})
    path = next(local.folder.glob("packs/*.idx"))
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    path.unlink()
    path.write_bytes(data)
    with pytest.raises(CorruptDataError, match="idx"):
        read_index(local._objects, path.stem)


def test_a_large_file_that_shrinks_is_refused_and_leaves_nothing(local: Cellar, tmp_path_factory: object) -> None:
    path = local.home / "large"
    path.write_bytes(b"x" * (PACK_BYTES + 5))
    local.open_run(RunKind.SAVE, "data")
    with local.stage() as stage, path.open("rb") as file, pytest.raises(SourceError, match="shorter"):
        stage.put_large(file.fileno(), PACK_BYTES * 3)
    assert list(local.folder.glob("packs/*")) == list(local.folder.glob("tmp/object-*")) == []


def test_holes_are_not_read_and_come_back_as_zeros(local: Cellar) -> None:
    path = local.home / "sparse"
    with path.open("wb") as file:
        file.truncate(PACK_BYTES * 4 + 17)
        file.seek(PACK_BYTES * 2 + 5)
        file.write(b"island")
    with local.stage() as stage, path.open("rb") as file:
        whole, chunks = stage.put_large(file.fileno(), PACK_BYTES * 4 + 17)
        assert whole == blake3(path.read_bytes()).digest()
        assert chunks[0] == chunks[1] == chunks[3] != chunks[2]
        assert stage.new_bytes == PACK_BYTES * 2 + 17


def test_blobs_that_a_collector_took_are_asked_for_again(cellar: Cellar) -> None:
    run = cellar.open_run(RunKind.SAVE, "data")
    content = b"wanted again"
    asked: list[set[Digest]] = []
    with cellar.stage() as stage:

        def store(missing: object = frozenset()) -> None:
            asked.append(set(missing))  # type: ignore[call-overload]
            digest = stage.put(content)
            write_manifest(stage, [Entry(b"f", Kind.FILE, False, len(content), digest)])

        foreign = Digest(blake3(content).digest())
        asset = write_manifest(stage, [Entry(b"f", Kind.FILE, False, len(content), foreign)])
        closed = replace(run, status=RunStatus.SUCCEEDED, asset=asset)
        run = cellar.publish(closed, stage, store)
    assert asked == [{foreign}]
    assert files_of(cellar, run) == {b"f": content}


def test_an_asset_whose_blobs_nobody_can_store_is_refused(cellar: Cellar) -> None:
    run = cellar.open_run(RunKind.SAVE, "data")
    with cellar.stage() as stage, pytest.raises(ConflictError):
        asset = write_manifest(stage, [Entry(b"f", Kind.FILE, False, 5, Digest(bytes(32)))])
        cellar.publish(replace(run, status=RunStatus.SUCCEEDED, asset=asset), stage)
    assert cellar.run(run.id).status is RunStatus.RUNNING
