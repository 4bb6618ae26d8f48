"""Differences of two assets, by file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcellar.assets.comparing.differ import Change, Diff, diff, diff_stored
from nbcellar.assets.selection import Glob
from nbcellar.model import Digest, Entry, Kind
from nbcellar.store.packs.blocks import ENTRIES
from nbcellar.store.packs.manifests import Manifest
from nbcellar.store.packs.manifestwriting import write_manifest
from tests.store.test_manifests import Blobs


def entry(name: bytes, content: int, *, executable: bool = False, mtime_ns: int = 0, size: int = 1) -> Entry:
    return Entry(name, Kind.FILE, executable, size, Digest(bytes([content]) * 32), mtime_ns)


def test_new_changed_same_and_gone_are_told_apart() -> None:
    before = [entry(b"a", 1), entry(b"b", 2), entry(b"c", 3)]
    after = [entry(b"b", 2, mtime_ns=9), entry(b"c", 4), entry(b"d", 5)]
    found = diff(before, after)
    assert found == Diff((after[2],), (Change(before[2], after[1]),), (b"b",), (before[0],))
    shown = [f"+ {after[2].name.decode()}", f"~ {after[1].name.decode()}", f"- {before[0].name.decode()}", "1 same"]
    assert repr(found) == f"<Diff: {', '.join(shown)}>"
    assert not found.identical


def test_an_executable_bit_is_a_change_and_a_time_is_none() -> None:
    assert diff([entry(b"a", 1)], [entry(b"a", 1, executable=True)]).changed
    assert diff([entry(b"a", 1)], [entry(b"a", 1, mtime_ns=5)]).identical


def test_what_was_renamed_is_named_where_its_content_is_there_once() -> None:
    found = diff([entry(b"a", 1), entry(b"b", 2), entry(b"c", 2)], [entry(b"x", 1), entry(b"y", 2)])
    assert [(change.before.name, change.after.name) for change in found.renamed] == [(b"a", b"x")]
    empty = diff([entry(b"a", 1, size=0)], [entry(b"x", 1, size=0)])
    assert empty.renamed == ()


TREES = st.dictionaries(st.binary(min_size=1, max_size=2), st.integers(0, 3), max_size=8)


@given(TREES, TREES)
def test_it_agrees_with_sets(first: dict[bytes, int], second: dict[bytes, int]) -> None:
    found = diff(*([entry(name, tree[name]) for name in sorted(tree)] for tree in (first, second)))
    assert [one.name for one in found.new] == sorted(second.keys() - first.keys())
    assert [one.name for one in found.gone] == sorted(first.keys() - second.keys())
    both = first.keys() & second.keys()
    assert [change.after.name for change in found.changed] == sorted(
        name for name in both if first[name] != second[name]
    )
    assert list(found.same) == sorted(name for name in both if first[name] == second[name])
    assert found.identical == (first == second)


def stored(entries: list[Entry]) -> tuple[Manifest, list[Digest]]:
    """A manifest of these, and the blobs that are read of it from now on."""
    blobs = Blobs()
    summary = write_manifest(blobs, entries)  # type: ignore[arg-type]
    read: list[Digest] = []
    manifest = Manifest(summary, lambda key: read.append(key) or blobs.blobs[key])  # type: ignore[func-returns-value]
    read.clear()
    return manifest, read


def numbered(count: int) -> list[Entry]:
    return [entry(b"d%d/%05d" % (number % 2, number), number % 200) for number in sorted(range(count), key=_folder)]


def _folder(number: int) -> tuple[int, int]:
    return number % 2, number


def test_equal_assets_are_known_by_their_digest() -> None:
    entries = numbered(2 * ENTRIES)
    before, _ = stored(entries)
    after, read = stored([replace(one, mtime_ns=7) for one in entries])
    assert diff_stored(before, after) == Diff(same=tuple(one.name for one in entries))
    assert diff_stored(before, after, Glob.at("d1")).same == tuple(one.name for one in entries[ENTRIES:])
    assert read == []


def test_of_stored_assets_only_stretches_that_differ_are_compared() -> None:
    entries = numbered(3 * ENTRIES)
    changed = entries.copy()
    changed[ENTRIES] = entry(entries[ENTRIES].name, 201)
    before, after = stored(entries), stored(changed)
    assert diff_stored(before[0], after[0]) == diff(entries, changed)
    assert (len(before[1]), len(after[1])) == (3, 1)


@pytest.mark.parametrize("inserted", [b"a", b"d0/05000a", b"e"])
def test_what_is_inserted_moves_every_block_and_changes_no_answer(inserted: bytes) -> None:
    entries = numbered(2 * ENTRIES + 5)
    more = sorted([*entries, entry(inserted, 202)], key=lambda one: one.name)
    assert diff_stored(stored(entries)[0], stored(more)[0]) == diff(entries, more)
    assert diff_stored(stored(more)[0], stored(entries)[0], Glob.of("d1/*")).gone == ()
    assert diff_stored(stored([])[0], stored(entries)[0]) == diff([], entries)
