"""Reading: verified, in pack order, and past packs that were rewritten meanwhile."""

from __future__ import annotations

import io
import os
from dataclasses import replace

import pytest

from nbcellar.errors import CorruptDataError
from nbcellar.model import Digest
from nbcellar.store import Cellar
from nbcellar.store.objects.local import LocalObjects
from nbcellar.store.packs.content import Content

from .conftest import save_into

FILES = {b"%02d" % number: bytes([number]) * 5000 for number in range(20)}


class Late(LocalObjects):
    """A reader that is slow between looking up a place and opening it."""

    def __init__(self, cellar: Cellar) -> None:
        super().__init__(cellar.folder)
        self.between = lambda: None

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        between, self.between = self.between, lambda: None
        between()
        return super().read(key, offset, length)


def test_a_reader_goes_on_where_its_pack_was_rewritten_meanwhile(local: Cellar) -> None:
    everything = save_into(local, "all", FILES)
    some = save_into(local, "some", dict(list(FILES.items())[:3]))
    assert some.asset
    entries = list(local.manifest(some.asset))
    local.remove(everything)
    objects = Late(local)
    collector = Cellar(local.address, replace(local.settings, trash_days=0), local.home)

    def collect() -> None:
        assert collector.gc(yes=True).rewritten_count == 1

    objects.between = collect
    found = dict(Content(local._catalogue, objects).read_many(entry.digest for entry in entries))
    assert found == {entry.digest: FILES[entry.name] for entry in entries}
    collector.close()


def test_each_blob_comes_once_and_in_pack_order(cellar: Cellar) -> None:
    run = save_into(cellar, "data", FILES)
    assert run.asset
    digests = [entry.digest for entry in cellar.manifest(run.asset)]
    found = [digest for digest, _ in cellar.read_many([*reversed(digests), *digests])]
    assert found == digests


def test_what_is_not_stored_is_named(cellar: Cellar) -> None:
    save_into(cellar, "data", FILES)
    with pytest.raises(CorruptDataError, match=r"^1 blob is not in the store; the first is 0{16}\. "):
        cellar.read(Digest(bytes(32)))


def test_a_stored_file_reads_and_seeks_like_any_other(cellar: Cellar) -> None:
    content = os.urandom(17 * 2**20)
    run = save_into(cellar, "data", {b"big": content, b"small": b"0123456789"})
    assert run.asset
    manifest = cellar.manifest(run.asset)
    for name, whole in ((b"big", content), (b"small", b"0123456789")):
        plain, stored = io.BytesIO(whole), cellar.open_file(manifest[name])
        assert stored.readable() and stored.seekable() and not stored.writable()
        buffered = io.BufferedReader(stored)
        for offset, whence, size in ((3, 0, 4), (-2, 2, 9), (-1, 1, 1), (16 * 2**20 - 1, 0, 3), (0, 0, -1), (5, 2, 1)):
            assert buffered.seek(offset, whence) == plain.seek(offset, whence)
            assert buffered.read(size) == plain.read(size)
            assert buffered.tell() == plain.tell()
        with pytest.raises(OSError, match="no place -1"):
            stored.seek(-1)
        stored.close()
        with pytest.raises(ValueError):
            stored.read(1)


def test_parts_of_files_are_read_without_the_rest(cellar: Cellar) -> None:
    content = os.urandom(33 * 2**20)
    run = save_into(cellar, "data", {b"big": content})
    assert run.asset
    entry = cellar.manifest(run.asset)[b"big"]
    for offset, length in (
        (0, 1),
        (5, 0),
        (16 * 2**20 - 2, 4),
        (32 * 2**20 - 2, None),
        (33 * 2**20, 5),
        (40 * 2**20, 1),
    ):
        assert cellar.read_file(entry, offset, length) == content[offset : None if length is None else offset + length]
