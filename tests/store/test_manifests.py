"""Manifests: one identity for the same files, and pages of any size from one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from nbcellar.errors import CorruptDataError, NotFoundError, UsageError
from nbcellar.model import AssetSummary, Digest, Entry, Kind
from nbcellar.store import Cellar
from nbcellar.store.packs.blocks import ENTRIES, block_of, decode, encode, may_name
from nbcellar.store.packs.manifests import Manifest
from nbcellar.store.packs.manifestwriting import asset_digest, write_manifest
from nbcellar.store.packs.pack import EMPTY


def digest(content: bytes) -> Digest:
    return Digest(blake3(content).digest())


def file(name: bytes, content: bytes = b"", mtime_ns: int = 0, executable: bool = False) -> Entry:
    return Entry(name, Kind.FILE, executable, len(content), digest(content), mtime_ns)


class Blobs:
    """Blobs in memory, in place of a stage: they are content, so nothing of ours is pretended."""

    def __init__(self) -> None:
        self.blobs: dict[Digest, bytes] = {}
        self.assets: set[Digest] = set()

    def put(self, data: bytes) -> Digest:
        key = digest(data)
        self.blobs[key] = data
        return key

    def rely(self, digests: object) -> None:
        """Everything is here."""


def written(entries: list[Entry]) -> tuple[AssetSummary, Manifest, Blobs]:
    blobs = Blobs()
    summary = write_manifest(blobs, entries)  # type: ignore[arg-type]
    return summary, Manifest(summary, blobs.blobs.__getitem__), blobs


def test_the_identity_is_blake3_over_the_canonical_list() -> None:
    entries = [file(b"a", b"one", executable=True), Entry(b"b", Kind.LINK, False, 1, digest(b"a"))]
    canonical = b"nbcellar asset 1\n"
    canonical += b"\x80" + b"\x01\0\0\0" + b"a" + b"\x03\0\0\0\0\0\0\0" + digest(b"one")
    canonical += b"\x01" + b"\x01\0\0\0" + b"b" + b"\x01\0\0\0\0\0\0\0" + digest(b"a")
    assert asset_digest(entries) == digest(canonical)


def test_times_and_chunks_are_no_part_of_the_identity() -> None:
    plain = [file(b"a", b"one"), Entry(b"b", Kind.FILE, False, 99, digest(b"x"))]
    dressed = [file(b"a", b"one", mtime_ns=7), Entry(b"b", Kind.FILE, False, 99, digest(b"x"), 5, (digest(b"y"),))]
    assert asset_digest(plain) == asset_digest(dressed) == written(dressed)[0].digest
    assert written(plain)[0].manifest != written(dressed)[0].manifest
    assert list(written(dressed)[1]) == dressed


@pytest.mark.parametrize(
    "other",
    [
        [file(b"b", b"one")],
        [file(b"a", b"two")],
        [file(b"a", b"one", executable=True)],
        [Entry(b"a", Kind.LINK, False, 3, digest(b"one"))],
        [file(b"a", b"one"), Entry(b"d", Kind.FOLDER, False, 0, EMPTY)],
        [],
    ],
)
def test_name_content_bit_kind_and_folders_are_part_of_the_identity(other: list[Entry]) -> None:
    assert asset_digest(other) != asset_digest([file(b"a", b"one")])


@pytest.mark.parametrize("names", [[b"b", b"a"], [b"a", b"a"], [b""]])
def test_entries_that_are_not_sorted_are_refused(names: list[bytes]) -> None:
    with pytest.raises(UsageError):
        asset_digest([file(name) for name in names])


NAMES = sorted({b"d%d/f%d" % (number % 7, number) for number in range(10_000)} | {b"d3-x", b"d3", b"top"} - {b"d3"})


def test_ten_thousand_entries_are_found_by_name_page_and_folder() -> None:
    entries = [file(name, name, mtime_ns=number) for number, name in enumerate(NAMES)]
    summary, manifest, _ = written(entries)
    assert len(manifest) == summary.entry_count == len(entries)
    assert list(manifest) == entries
    assert [manifest[name].mtime_ns for name in NAMES[::97]] == list(range(0, len(NAMES), 97))
    assert b"d1/f1" in manifest and b"d1/f2" not in manifest and b"d1" not in manifest
    with pytest.raises(NotFoundError):
        manifest[b"d1/f2"]
    assert paged(lambda after: manifest.page(after, limit=333)) == NAMES
    assert [entry.name for entry in manifest.starting(b"d2/f9")] == [
        name for name in NAMES if name.startswith(b"d2/f9")
    ]


def paged(page: Callable[[bytes], list[Entry]]) -> list[bytes]:
    names: list[bytes] = []
    while found := page(names[-1] if names else b""):
        names += [entry.name for entry in found]
    return names


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_folders_are_listed_page_by_page(limit: int) -> None:
    _, manifest, _ = written([file(name, name) for name in NAMES])
    folders: dict[bytes, int] = {}
    entries: list[bytes] = []
    after = b""
    for _ in range(20):
        page, files = manifest.children(b"", after, limit)
        if not page and not files:
            break
        folders.update(page)
        entries += [entry.name for entry in files]
        after = max([name for name, _ in page] + [entry.name for entry in files], key=lambda name: place(name))
    assert folders == {b"d%d" % number: sum(name.startswith(b"d%d/" % number) for name in NAMES) for number in range(7)}
    assert entries == [b"d3-x", b"top"]
    inside, files = manifest.children(b"d4", limit=3)
    assert inside == [] and [entry.name for entry in files] == [name for name in NAMES if name.startswith(b"d4/")][:3]


def test_what_lies_in_a_folder_is_named_without_making_entries() -> None:
    _, manifest, _ = written([file(name, name) for name in NAMES])
    for folder in (b"", b"d4", b"nothing"):
        folders, entries = manifest.children(folder, limit=len(NAMES))
        skip = len(folder) + 1 if folder else 0
        assert manifest.names_in(folder) == (folders, [entry.name[skip:] for entry in entries])


def test_a_page_belongs_to_who_asked_for_it() -> None:
    _, manifest, _ = written([file(name, name) for name in NAMES])
    manifest.children(b"", limit=5)[0].clear()
    manifest.children(b"d4", limit=5)[1].clear()
    assert len(manifest.children(b"", limit=5)[0]) == 4 and len(manifest.children(b"d4", limit=5)[1]) == 5


def test_blocks_without_what_is_looked_for_are_left_out() -> None:
    _, manifest, _ = written([file(name, name) for name in NAMES])
    whole = list(manifest.blocks())
    assert len(whole) > 1
    assert [block.names for block in manifest.blocks([b"top", b"none"])] == [whole[-1].names]
    assert list(manifest.blocks([b"no name holds it"])) == []


@pytest.mark.parametrize("length", [0, 11, 12, 60])
def test_a_block_that_ends_before_its_names_is_not_left_out_but_refused(length: int) -> None:
    data = encode(block_of([file(b"name")]))[:length]
    assert may_name(data, [b"name"])
    with pytest.raises(CorruptDataError):
        decode(data)


def test_for_names_only_names_are_looked_through() -> None:
    _, manifest, _ = written([file(name, name) for name in NAMES])
    last = list(manifest.blocks())[-1]
    assert [block.names for block in manifest.blocks_naming([last.names[0]])] == [last.names]
    assert list(manifest.blocks_naming([last.digest(0)])) == []
    assert len(list(manifest.blocks_naming([]))) == len(list(manifest.blocks()))


def test_blocks_are_looked_through_for_digests_too() -> None:
    _, manifest, _ = written([file(name, name) for name in NAMES])
    whole = list(manifest.blocks())
    assert [block.names for block in manifest.blocks([whole[-1].digest(0)])] == [whole[-1].names]


def place(name: bytes) -> int:
    return max(number for number, known in enumerate(NAMES) if known == name or known.startswith(name + b"/"))


TEXT = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name)
ENTRY = st.builds(
    Entry,
    name=TEXT,
    kind=st.sampled_from([Kind.FILE, Kind.LINK]),
    executable=st.booleans(),
    size_bytes=st.integers(0, 2**57),  # thirty of them can be counted together
    digest=st.binary(min_size=32, max_size=32).map(Digest),
    mtime_ns=st.integers(-(2**63), 2**63 - 1),
    chunks=st.lists(st.binary(min_size=32, max_size=32).map(Digest), max_size=3).map(tuple),
)


def test_more_bytes_than_can_be_counted_are_refused() -> None:
    sparse = [replace(file(b"%d" % number), size_bytes=2**62) for number in range(2)]
    with pytest.raises(UsageError, match="these have 9,223,372,036,854,775,808"):
        written(sparse)
    _, manifest, _ = written([replace(sparse[0], size_bytes=2**63 - 1)])
    assert manifest.summary.size_bytes == 2**63 - 1


@settings(max_examples=300, deadline=None)
@given(st.lists(ENTRY, max_size=30, unique_by=lambda entry: entry.name))
def test_every_list_of_entries_comes_back_as_it_was(entries: list[Entry]) -> None:
    entries.sort(key=lambda entry: entry.name)
    block = block_of(entries)
    assert list(decode(encode(block))) == entries
    summary, manifest, blobs = written(entries)
    assert list(manifest) == entries
    assert summary.digest == asset_digest(entries)
    assert set(manifest.blobs()) >= set(blobs.blobs)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_block_are_refused(data: bytes) -> None:
    try:
        block = decode(data)
    except CorruptDataError:
        return
    assert encode(block) == data


def test_a_manifest_of_another_asset_is_refused() -> None:
    summary, _, blobs = written([file(b"a", b"1")])
    other = AssetSummary(Digest(bytes(32)), summary.manifest, 1, 1)
    with pytest.raises(CorruptDataError):
        Manifest(other, blobs.blobs.__getitem__)


def test_an_asset_without_entries_has_a_manifest_too(cellar: Cellar) -> None:
    with cellar.stage() as stage:
        summary = write_manifest(stage, [])
    assert (summary.entry_count, summary.size_bytes, summary.digest) == (0, 0, asset_digest([]))


def test_equal_stretches_have_equal_blocks_and_only_those_asked_for_are_read() -> None:
    entries = [file(b"%05d" % number, b"x") for number in range(3 * ENTRIES)]
    summary, manifest, blobs = written(entries)
    changed = entries.copy()
    changed[ENTRIES] = file(changed[ENTRIES].name, b"y")
    other = written(changed)[1]
    alike = manifest.block_digests & other.block_digests
    assert (len(manifest.block_digests), len(alike)) == (3, 2)
    read: list[Digest] = []
    reader = Manifest(summary, lambda key: read.append(key) or blobs.blobs[key])  # type: ignore[func-returns-value]
    found = dict(reader.blocks_stored_as(alike))
    assert found.keys() == alike == set(read[1:])
    assert [entry for block in found.values() for entry in block] == [*entries[:ENTRIES], *entries[2 * ENTRIES :]]
    assert list(reader.blocks_stored_as(())) == []
