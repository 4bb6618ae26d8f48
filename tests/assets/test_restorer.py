"""What a restore writes, and what its plan says."""

import os
import stat
from dataclasses import replace
from pathlib import Path

from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.saving.archiver import Source
from nbcellar.store import CHUNK_BYTES, Cellar
from tests.assets.restoring import listing, restore, saved
from tests.assets.saving import save


def test_a_folder_comes_back_byte_for_byte_with_times_and_executable_bits(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    (tree / "a/b/c").mkdir(parents=True)
    (tree / "a/b/f").write_bytes(os.urandom(1000))
    (tree / "a/link").symlink_to("b/f")
    (tree / "top").symlink_to("nowhere")
    (tree / "empty").write_bytes(b"")
    (tree / "run.sh").write_bytes(b"#!")
    (tree / "run.sh").chmod(0o4755)
    (tree / "caf\udce9\n").write_bytes(b"odd")
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 7))
    os.utime(tree / "big", ns=(5, 1_234_567_890_123_456_789))
    summary = save(cellar, tree)[1].summary
    target = tmp_path / "new/deep/target"
    restored = execute(cellar, plan(cellar, summary, target))
    assert listing(target) == listing(tree)
    assert (target / "big").stat().st_mtime_ns == 1_234_567_890_123_456_789
    assert stat.S_IMODE((target / "run.sh").stat().st_mode) == 0o755
    assert restored[b"a/b/f"] == target / "a/b/f"
    assert len(restored) == summary.entry_count
    assert set(restored) == {entry.name for entry in cellar.manifest(summary)}


def test_holes_stay_holes(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    with open(tree / "sparse", "wb") as file:
        file.truncate(40 * CHUNK_BYTES)
        file.seek(7 * CHUNK_BYTES + 5)
        file.write(b"data")
    summary = save(cellar, tree)[1].summary
    restore(cellar, summary, tmp_path / "out")
    seen = (tmp_path / "out/sparse").stat()
    assert (seen.st_size, seen.st_blocks * 512 <= 2 * CHUNK_BYTES) == (40 * CHUNK_BYTES, True)
    with open(tmp_path / "out/sparse", "rb") as file:
        file.seek(7 * CHUNK_BYTES)
        assert file.read(10) == b"\0\0\0\0\0data\0"


def test_a_second_restore_writes_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b__c="2")
    target = tmp_path / "out"
    restore(cellar, summary, target)
    before = {path: (path.stat().st_ino, path.stat().st_ctime_ns) for path in target.rglob("*")}
    again = restore(cellar, summary, target)
    assert (again.create, again.same) == ((), (b"a", b"b/c"))
    assert {path: (path.stat().st_ino, path.stat().st_ctime_ns) for path in target.rglob("*")} == before


def test_the_umask_holds(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b__c="2")
    (tree / "a").chmod(0o777)
    summary = save(cellar, tree)[1].summary
    old = os.umask(0o077)
    try:
        restore(cellar, summary, tmp_path / "out")
    finally:
        os.umask(old)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "out").rglob("*")}
    assert modes == {"a": 0o700, "b": 0o700, "c": 0o600}


def test_only_what_is_asked_for_comes(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b="2", c="3")
    done = plan(cellar, summary, tmp_path / "out", match=lambda name: name != b"b")
    assert list(execute(cellar, done)) == [b"a", b"c"]
    assert set(listing(tmp_path / "out")) == {"a", "c"}
    entries = [replace(cellar.manifest(summary)[b"b"], name=b"other/name")]
    restore(cellar, entries, tmp_path / "out")
    assert (tmp_path / "out/other/name").read_text() == "2"


def test_a_restore_of_nothing_makes_the_folder(cellar: Cellar, tmp_path: Path) -> None:
    restore(cellar, [], tmp_path / "x/y")
    assert listing(tmp_path / "x") == {"y": "/"}


def test_a_plan_says_what_it_would_do_and_does_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b="2", c="3")
    target = tmp_path / "out"
    target.mkdir()
    (target / "a").write_text("1")
    (target / "b").write_text("mine")
    done = plan(cellar, summary, target, policy=Policy.KEEP)
    assert (done.create, done.same, done.keep, done.total_bytes) == ((b"c",), (b"a",), (b"b",), 1)
    assert done.describe().splitlines()[1:] == ["  create: 1 (c)", "  same: 1 (a)", "  keep: 1 (b)"]
    assert set(listing(target)) == {"a", "b"}


def test_stored_entries_and_sources_meet(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1")
    _, second = save(cellar, [Source(b"x/y", entry=cellar.manifest(summary)[b"a"])])
    restore(cellar, second.summary, tmp_path / "out")
    assert listing(tmp_path / "out") == {"x": "/", "x/y": b"1".hex()}
