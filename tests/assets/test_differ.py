"""Differences of two assets, by file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbcellar.assets.comparing.differ import Change, Diff, diff
from nbcellar.model import Digest, Entry, Kind


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
