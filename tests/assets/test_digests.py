import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType

import pytest
from blake3 import blake3

from nbcellar.assets.scanning.digests import FileDigest, digest_before_change, digest_file, digest_files, remember
from nbcellar.assets.scanning.scanner import scan_files
from nbcellar.assets.scanning.statcache import Recalled, StatCache
from nbcellar.errors import NotFoundError, SourceError
from nbcellar.lightclasses import replace
from nbcellar.settings import Settings
from nbcellar.store import Cellar
from nbcellar.store.objects.address import complete
from tests.assets.saving import save, settle


def of(data: bytes) -> FileDigest:
    return FileDigest(blake3(data).digest(), len(data))  # type: ignore[arg-type]


def test_digests_of_files_anywhere_and_through_links(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    (tree / "a").write_bytes(b"a")
    (tmp_path / "big").write_bytes(data := os.urandom(20_000_000))
    (tree / "link").symlink_to(tmp_path / "big")
    asked = [tree / "a", tree / "link", tree / "gone", tree, tree / "no" / "folder"]
    assert digest_files(cellar, asked) == {tree / "a": of(b"a"), tree / "link": of(data)}
    assert not cellar.exists  # asking creates nothing
    assert not cellar.folder.exists()


def test_what_did_not_change_is_not_read_again(cellar: Cellar, tree: Path) -> None:
    save(cellar, tree)  # now the cellar exists
    for name in ("a", "b"):
        (tree / name).write_text(name)
    settle(tree)
    assert digest_file(cellar, tree / "a") == of(b"a")
    assert digest_file(cellar, tree / "b") == of(b"b")
    access = {name: (tree / name).stat().st_atime_ns for name in ("a", "b")}
    for name in ("a", "b"):
        os.utime(tree / name, ns=(1, (tree / name).stat().st_mtime_ns))
    settle(tree)
    digest_files(cellar, [tree / "a", tree / "b"])
    for name in ("a", "b"):
        assert (tree / name).stat().st_atime_ns != access[name]
    again = {name: (tree / name).stat().st_atime_ns for name in ("a", "b")}
    digest_files(cellar, [tree / "b"])
    digest_files(cellar, [tree / "a"])
    assert {name: (tree / name).stat().st_atime_ns for name in ("a", "b")} == again
    (tree / "a").write_text("c")
    assert digest_file(cellar, tree / "a") == of(b"c")


def stats_of(asked: Callable[[], object]) -> int:
    """How often it asks the system for a file's stat."""
    count = 0

    def count_stats(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "c_call" and getattr(argument, "__name__", "") in ("stat", "lstat")

    sys.setprofile(count_stats)
    try:
        asked()
    finally:
        sys.setprofile(None)
    return count


def test_each_file_is_looked_at_a_few_times_however_many_are_known(cellar: Cellar, tree: Path) -> None:
    save(cellar, tree)
    names = [f"m{number}.py" for number in range(300)]
    for name in names:
        (tree / name).write_text(name)
    settle(tree)
    files = {tree / name: of(name.encode()) for name in names}
    assert digest_files(cellar, files) == files
    assert stats_of(lambda: digest_files(cellar, files)) < 8 * len(files)
    one = tree / names[7]
    assert stats_of(lambda: digest_file(cellar, one)) < 30
    (tree / "late.py").write_text("late")
    settle(tree)
    digest_file(cellar, tree / "late.py")  # what was known of the others is kept
    known = StatCache(cellar.folder / "cache", tree, "digests").recall(scan_files(tree, [b"late.py", b"m0.py"]))
    assert known.digests == [of(b"late").digest, of(b"m0.py").digest]


def test_files_that_are_about_to_change_are_digested_one_by_one_and_not_remembered(cellar: Cellar, tree: Path) -> None:
    save(cellar, tree)
    for number in range(300):
        (tree / f"{number}.txt").write_text(str(number))
    settle(tree)
    digest_files(cellar, [tree / f"{number}.txt" for number in range(300)])
    kept = {path: path.read_bytes() for path in (cellar.folder / "cache" / "stat").iterdir()}
    (tree / "link").symlink_to("7.txt")
    assert stats_of(lambda: digest_before_change(cellar, tree / "link")) < 20
    assert digest_before_change(cellar, tree / "link") == of(b"7")
    large = os.urandom(3_000_000)
    (tree / "large").write_bytes(large)
    assert digest_before_change(cellar, tree / "large") == of(large)
    assert kept == {path: path.read_bytes() for path in (cellar.folder / "cache" / "stat").iterdir()}
    os.mkfifo(tree / "pipe")
    assert [digest_before_change(cellar, tree / name) for name in ("pipe", "gone", ".")] == [None, None, None]
    settle(tree)
    digest_file(cellar, tree / "large")  # remembered now: a large one is looked up
    os.truncate(tree / "large", 0)
    assert digest_before_change(cellar, tree / "large") == of(b"")


def test_a_file_that_changed_just_before_it_was_read_is_not_trusted_later(cellar: Cellar, tree: Path) -> None:
    save(cellar, tree)
    (tree / "a").write_text("a")
    cache = StatCache(cellar.folder / "cache", tree, "digests")
    seen = replace(scan_files(tree, [b"a"]), started_ns=(tree / "a").stat().st_mtime_ns)
    settle(tree)
    remember(cache, seen, Recalled([of(b"a").digest]))
    assert cache.recall(scan_files(tree, [b"a"])).digests == [None]


def test_a_pipe_is_not_opened_and_what_is_missing_is_named(cellar: Cellar, tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    with pytest.raises(SourceError, match="cannot be read as a file"):
        digest_file(cellar, tree / "pipe")
    with pytest.raises(NotFoundError, match="There is no file"):
        digest_file(cellar, tree / "gone")


def test_what_cannot_be_read_is_not_in_the_answer(open_folder: Path, as_nobody: AbstractContextManager[None]) -> None:
    (open_folder / "shut").write_text("x")
    (open_folder / "shut").chmod(0)
    (open_folder / "open").write_text("x")
    with as_nobody:
        cellar = Cellar.open(open_folder, address=complete(str(open_folder / "store")), settings=Settings())
        found = digest_files(cellar, [open_folder / "shut", open_folder / "open"])
    assert found == {open_folder / "open": of(b"x")}
