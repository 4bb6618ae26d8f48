"""Saving trees: what is stored once, in which packs, and what comes back."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from nbcellar.assets.saving.archiver import Source, Step, Tree, archive
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan, scan_files
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.model import Kind, RunKind, RunStatus
from nbcellar.store import CHUNK_BYTES, Cellar
from tests.assets.saving import contents, save, settle


def test_everything_comes_back_as_it_was(cellar: Cellar, tree: Path) -> None:
    (tree / "a/b").mkdir(parents=True)
    (tree / "a/file").write_bytes(b"one")
    (tree / "run.sh").write_bytes(b"#!/bin/sh")
    (tree / "run.sh").chmod(0o755)
    (tree / "nothing").write_bytes(b"")
    (tree / "link").symlink_to("a/file")
    (tree / "caf\udce9").write_bytes(b"latin")
    os.utime(tree / "a/file", ns=(1, 1_600_000_000_123_456_789))
    run, saved = save(cellar, tree)
    assert contents(cellar, saved) == {
        b"a/b": b"",
        b"a/file": b"one",
        b"caf\xe9": b"latin",
        b"link": b"a/file",
        b"nothing": b"",
        b"run.sh": b"#!/bin/sh",
    }
    manifest = cellar.manifest(saved.summary)
    assert [(e.name, e.kind, e.executable) for e in manifest if e.kind is not Kind.FILE or e.executable] == [
        (b"a/b", Kind.FOLDER, False),
        (b"link", Kind.LINK, False),
        (b"run.sh", Kind.FILE, True),
    ]
    assert manifest[b"a/file"].mtime_ns == 1_600_000_000_123_456_789
    assert cellar.find("w").asset == saved.summary
    assert (run.status, run.asset, saved.skipped) == (RunStatus.SUCCEEDED, saved.summary, ())
    assert run.ended_ns is not None
    assert run.started_ns <= run.ended_ns <= time.time_ns()


def test_a_thousand_small_files_share_a_pack(cellar: Cellar, tree: Path) -> None:
    for number in range(1000):
        (tree / f"{number:04d}").write_bytes(os.urandom(1000))
    _, saved = save(cellar, tree, "w")
    assert saved.summary.entry_count == 1000
    assert len([path for path in (cellar.folder / "packs").iterdir() if path.suffix != ".idx"]) == 1


def test_a_thousand_small_files_need_no_more_syncs_than_ten(
    cellar: Cellar, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(fd), real(fd)))
    counts = []
    for count in (1, 10, 1000):  # the first save makes the store
        for number in range(count):
            (tree / f"{number:04d}").write_bytes(os.urandom(1000))
        synced.clear()
        _, saved = save(cellar, tree, f"w{count}")
        assert saved.summary.entry_count == count
        counts.append(len(synced))
    assert counts[1] == counts[2] <= 8


def test_the_same_content_is_stored_once_within_and_across_assets(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    data = os.urandom(100_000)
    for name in ("a", "b", "sub"):
        (tree / name).write_bytes(data)
    _, saved = save(cellar, tree)
    assert 100_000 < saved.new_bytes < 110_000
    other = tmp_path / "other"
    other.mkdir()
    (other / "c").write_bytes(data)
    assert save(cellar, other)[1].new_bytes < 1_000


def test_large_files_are_kept_in_chunks_and_an_append_costs_what_it_adds(cellar: Cellar, tree: Path) -> None:
    data = os.urandom(CHUNK_BYTES) + os.urandom(CHUNK_BYTES // 2)
    (tree / "big").write_bytes(data)
    (tree / "exact").write_bytes(data[:CHUNK_BYTES])
    settle(tree)
    _, saved = save(cellar, tree)
    entry = cellar.manifest(saved.summary)[b"big"]
    assert len(entry.chunks) == 2
    assert contents(cellar, saved) == {b"big": data, b"exact": data[:CHUNK_BYTES]}
    with open(tree / "big", "ab") as file:
        file.write(b"more")
    _, longer = save(cellar, tree)
    assert contents(cellar, longer)[b"big"] == data + b"more"
    assert longer.new_bytes < CHUNK_BYTES // 2 + 2000
    settle(tree)
    save(cellar, tree)
    _, unchanged = save(cellar, tree)
    assert unchanged.unchanged
    assert contents(cellar, unchanged)[b"big"] == data + b"more"


def test_a_sparse_file_costs_what_it_holds(cellar: Cellar, tree: Path) -> None:
    with open(tree / "sparse", "wb") as file:
        file.truncate(40 * CHUNK_BYTES)
        file.seek(20 * CHUNK_BYTES)
        file.write(b"here")
    _, saved = save(cellar, tree)
    assert saved.summary.size_bytes == 40 * CHUNK_BYTES
    assert saved.new_bytes <= 2 * CHUNK_BYTES + 10_000


def test_entries_that_are_stored_are_combined_without_reading_a_byte(cellar: Cellar, tree: Path) -> None:
    (tree / "a").write_bytes(os.urandom(50_000))
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 1))
    (tree / "empty").mkdir()
    _, saved = save(cellar, tree)
    whole = contents(cellar, saved)
    entries = list(cellar.manifest(saved.summary))
    (tree / "a").unlink()
    sources = [Source(b"one/" + entry.name, entry=entry) for entry in entries]
    sources += [Source(b"two/" + entry.name, entry=entry) for entry in entries]
    _, both = save(cellar, sources)
    assert both.new_bytes < 2_000  # the manifest alone
    assert contents(cellar, both) == {
        prefix + name: data for prefix in (b"one/", b"two/") for name, data in whole.items()
    }


def test_files_trees_and_entries_join_and_the_later_of_one_name_wins(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    (tree / "a").write_bytes(b"a")
    (tree / "b").write_bytes(b"b")
    (tree / "hollow").mkdir()
    loose = tmp_path / "loose.txt"
    loose.write_bytes(b"loose")
    look = scan(tree, IgnoreRules())
    _, saved = save(
        cellar,
        [Tree(look), Source(b"b", loose), Source(b"hollow/x", loose), Tree(look, [look.row(b"a")], b"deep/er")],
    )
    assert contents(cellar, saved) == {b"a": b"a", b"b": b"loose", b"deep/er/a": b"a", b"hollow/x": b"loose"}


def test_progress_ends_with_all_files_and_bytes(cellar: Cellar, tree: Path) -> None:
    for number in range(200):
        (tree / str(number)).write_bytes(b"x" * number)
    steps: list[Step] = []
    archive(cellar, cellar.open_run(RunKind.SAVE, "w"), [Tree(scan(tree, IgnoreRules()))], progress=steps.append)
    assert steps[-1] == Step(200, 200, sum(range(200)), sum(range(200)))
    assert [step.files for step in steps] == sorted(step.files for step in steps)


def test_a_single_file_is_saved_and_an_explicit_folder_with_files_is_refused(cellar: Cellar, tree: Path) -> None:
    (tree / "a").write_bytes(b"a")
    assert contents(cellar, save(cellar, [Source(b"x", tree / "a")])[1]) == {b"x": b"a"}
    assert contents(cellar, save(cellar, [Tree(scan_files(tree, [b"a"]))])[1]) == {b"a": b"a"}
    with pytest.raises(UsageError, match="is a folder with files"):
        save(cellar, [Source(b"x", tree)])
    with pytest.raises(UsageError, match="neither a file nor a stored entry"):
        save(cellar, [Source(b"x")])
    with pytest.raises(NotFoundError, match="There is no folder"):
        save(cellar, [Source(b"x", tree / "missing" / "a")])


def test_a_failed_run_keeps_its_status_with_its_asset(cellar: Cellar, tree: Path) -> None:
    from dataclasses import replace

    (tree / "a").write_bytes(b"a")
    run = replace(cellar.open_run(RunKind.TASK, "t"), status=RunStatus.FAILED)
    published, saved = archive(cellar, run, [Tree(scan(tree, IgnoreRules()))])
    assert (published.status, published.asset) == (RunStatus.FAILED, saved.summary)
