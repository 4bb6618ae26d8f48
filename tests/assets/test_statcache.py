"""What is remembered of a folder: which files need not be read, and what the whole of it became."""

import os
import sqlite3
from array import array
from pathlib import Path

import pytest

from nbcellar.assets.saving.archiver import Saved, Step, Tree, archive
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.assets.scanning.statcache import Recalled, StatCache
from nbcellar.lightclasses import replace
from nbcellar.model import Digest, RunKind
from nbcellar.store import Cellar
from tests.assets.saving import contents, packs, save, settle


def test_an_unchanged_folder_in_another_folder_of_the_asset_is_another_asset(cellar: Cellar, tree: Path) -> None:
    for number in range(5):
        (tree / str(number)).write_bytes(b"x" * number)
    settle(tree)

    def put(prefix: bytes) -> Saved:
        found = scan(tree, IgnoreRules.load(tree))
        return save(cellar, [Tree(found, prefix=prefix)])[1]

    first, again, elsewhere, plain = put(b"a"), put(b"a"), put(b"b"), put(b"")
    assert (first.unchanged, again.unchanged, elsewhere.unchanged, plain.unchanged) == (False, True, True, True)
    assert first.summary == again.summary
    assert len({saved.summary.digest for saved in (first, elsewhere, plain)}) == 3
    assert set(contents(cellar, elsewhere)) == {b"b/%d" % number for number in range(5)}
    assert set(contents(cellar, plain)) == {b"%d" % number for number in range(5)}
    assert put(b"a").summary == first.summary


def test_an_unchanged_folder_is_not_compared_file_by_file_nor_is_its_manifest_made(
    cellar: Cellar, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (tree / str(number)).write_bytes(b"x" * number)
    settle(tree)
    save(cellar, tree)
    cache = cellar.folder / "cache" / "stat"
    before = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
    asked: list[str] = []
    catalogue = cellar._catalogue
    real = catalogue._connect
    monkeypatch.setattr(catalogue, "_connect", lambda **given: _traced(real(**given), asked))
    catalogue.close()
    _, saved = save(cellar, tree)
    assert saved.unchanged
    assert [line for line in asked if "FROM blob" in line or "INTO blob" in line] == []
    assert sum(line.startswith("BEGIN IMMEDIATE") for line in asked) == 3  # number, sequence, publication
    assert {path.name: path.stat().st_mtime_ns for path in cache.iterdir()} == before


def _traced(connection: sqlite3.Connection, asked: list[str]) -> sqlite3.Connection:
    connection.set_trace_callback(asked.append)
    return connection


def test_an_unchanged_folder_is_known_without_reading_and_adds_nothing(cellar: Cellar, tree: Path) -> None:
    for number in range(5):
        (tree / str(number)).write_bytes(b"x" * number)
    settle(tree)
    _, first = save(cellar, tree)
    before = packs(cellar)
    (tree / "3").chmod(0o644)
    settle(tree)
    save(cellar, tree)
    run, again = save(cellar, tree)
    assert (run.number, again.summary, again.new_bytes, again.unchanged) == (3, first.summary, 0, True)
    assert packs(cellar) == before


def test_a_file_that_changed_under_the_same_size_and_time_is_noticed(cellar: Cellar, tree: Path) -> None:
    (tree / "f").write_bytes(b"old")
    stamp = (tree / "f").stat().st_mtime_ns
    settle(tree)
    save(cellar, tree)
    (tree / "f").write_bytes(b"new")
    os.utime(tree / "f", ns=(stamp, stamp))
    assert contents(cellar, save(cellar, tree)[1]) == {b"f": b"new"}


def test_files_written_just_before_the_scan_are_not_trusted_next_time(cellar: Cellar, tree: Path) -> None:
    (tree / "old").write_bytes(b"1")
    settle(tree)
    (tree / "fresh").write_bytes(b"1")
    save(cellar, tree)
    run = cellar.open_run(RunKind.SAVE, "w")
    steps: list[Step] = []
    archive(cellar, run, [Tree(scan(tree, IgnoreRules()))], progress=steps.append)
    assert [step.file_count for step in steps] == [1]


def test_a_damaged_cache_is_as_good_as_none(cellar: Cellar, tree: Path) -> None:
    (tree / "f").write_bytes(b"1")
    settle(tree)
    save(cellar, tree)
    (cache,) = (cellar.folder / "cache" / "stat").iterdir()
    whole = cache.read_bytes()
    for damaged in (b"", whole[:50], whole[:-1] + bytes([whole[-1] ^ 1]), b"x" + whole[1:]):
        cache.write_bytes(damaged)
        _, saved = save(cellar, tree)
        assert not saved.unchanged
        assert contents(cellar, saved) == {b"f": b"1"}
    assert save(cellar, tree)[1].unchanged


@pytest.mark.parametrize("column", ["sizes", "mtimes", "inodes", "ctimes", "modes"])
@pytest.mark.parametrize("gone", [False, True], ids=["the same names", "one name less"])
def test_only_rows_that_differ_in_any_column_are_forgotten(tree: Path, tmp_path: Path, column: str, gone: bool) -> None:
    for number in range(20):
        (tree / f"{number:02}").write_bytes(b"x" * number)
    settle(tree)
    before = scan(tree, IgnoreRules())
    digests = [Digest(bytes([number + 1]) * 32) for number in range(20)]
    cache = StatCache(tmp_path / "cache", tree)
    cache.remember(before, Recalled(list(digests), {7: (digests[0],), 9: (digests[1], digests[2])}))
    values: array[int] = array(getattr(before, column).typecode, getattr(before, column))
    values[3] += 1
    values[7] += 1
    after = replace(before, **{column: values})
    if gone:
        after = replace(
            after,
            names=before.names[:-1],
            **{name: getattr(after, name)[:-1] for name in ("sizes", "mtimes", "inodes", "ctimes", "modes")},
        )
    known = cache.recall(after)
    wanted = [None if row in (3, 7) else digest for row, digest in enumerate(digests[: len(after)])]
    assert (known.digests, known.chunks) == (wanted, {9: (digests[1], digests[2])})
