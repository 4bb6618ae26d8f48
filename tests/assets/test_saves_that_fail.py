"""Saves that cannot be: what is named, and that nothing is half."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from nbcellar.assets.saving.archiver import Source, Step, Tree, archive
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import SkipReason, scan
from nbcellar.errors import SourceError, StoreFull, UsageError
from nbcellar.model import RunKind, RunStatus
from nbcellar.settings import Settings
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.store.objects.address import complete
from tests.assets.saving import contents, packs, save, settle


@pytest.mark.parametrize("name", [b"", b"/etc/x", b"../x", b"a/../b", b"a//b", b"./a", b"a\0b", b"a/"])
def test_a_name_that_leads_elsewhere_is_refused(cellar: Cellar, tree: Path, name: bytes) -> None:
    (tree / "a").write_bytes(b"a")
    with pytest.raises(UsageError, match="cannot hold"):
        save(cellar, [Source(name, tree / "a")])
    if name:
        with pytest.raises(UsageError, match="cannot hold"):
            save(cellar, [Tree(scan(tree, IgnoreRules()), prefix=name)])


def test_a_file_and_a_folder_of_one_name_are_refused(cellar: Cellar, tree: Path) -> None:
    (tree / "a").write_bytes(b"a")
    with pytest.raises(UsageError, match="'x' would be a file and a folder: 'x/y' is below it"):
        save(cellar, [Source(b"x/y", tree / "a"), Source(b"x", tree / "a")])


def test_what_cannot_be_read_is_named_and_nothing_is_published(
    open_folder: Path, as_nobody: AbstractContextManager[None]
) -> None:
    (open_folder / "store").mkdir()
    (open_folder / "store").chmod(0o777)
    tree = open_folder / "tree"
    (tree / "shut").mkdir(parents=True)
    for name in ("a", "b", "c", "d", "e", "shut/f"):
        (tree / name).write_bytes(b"x")
    for name in ("a", "b", "d", "e", "shut"):
        (tree / name).chmod(0)
    with as_nobody:
        cellar = Cellar.open(tree, address=complete(str(open_folder / "store")), settings=Settings())
        look = scan(tree, IgnoreRules())
        run = cellar.open_run(RunKind.SAVE, "w")
        with pytest.raises(
            SourceError, match=r"5 files could not be saved: a \(Permission denied\), b .*, d .*, …"
        ) as it:
            archive(cellar, run, [Tree(look)])
        assert "Nothing was saved" in str(it.value)
        assert cellar.run(run.id).status is RunStatus.RUNNING
        assert not [name for name in packs(cellar) if not name.endswith(".idx")]
        _, saved = archive(cellar, run, [Tree(look)], skip_unreadable=True)
        assert contents(cellar, saved) == {b"c": b"x"}
        assert sorted(skip.name for skip in saved.skipped) == [b"a", b"b", b"d", b"e", b"shut"]
        # Who takes one file does not ask for its neighbours.
        assert save(cellar, [Tree(look, [look.row(b"c")])])[1].skipped == ()
        cellar.close()


def test_a_file_that_vanished_is_listed_and_one_that_became_a_pipe_is_refused(cellar: Cellar, tree: Path) -> None:
    for name in ("a", "b", "c"):
        (tree / name).write_bytes(b"x")
    look = scan(tree, IgnoreRules())
    (tree / "a").unlink()
    _, saved = save(cellar, [Tree(look)])
    assert [(skip.name, skip.reason) for skip in saved.skipped] == [(b"a", SkipReason.VANISHED)]
    assert list(contents(cellar, saved)) == [b"b", b"c"]
    (tree / "b").unlink()
    os.mkfifo(tree / "b")  # a read that waits for a writer would hang here
    with pytest.raises(SourceError, match=r"b \(it is no regular file any more\)"):
        save(cellar, [Tree(look)])
    (tree / "c").unlink()
    (tree / "c").symlink_to("/etc/passwd")
    with pytest.raises(SourceError, match=r"c \(Too many levels of symbolic links\)"):
        save(cellar, [Tree(look, [look.row(b"c")])])


def test_a_file_that_changed_since_the_scan_is_saved_as_it_is_read(cellar: Cellar, tree: Path) -> None:
    (tree / "grows").write_bytes(b"one")
    (tree / "shrinks").write_bytes(b"three")
    (tree / "huge").write_bytes(b"small")
    look = scan(tree, IgnoreRules())
    (tree / "grows").write_bytes(b"one, two")
    (tree / "shrinks").write_bytes(b"3")
    huge = os.urandom(CHUNK_BYTES + 5)
    (tree / "huge").write_bytes(huge)
    _, saved = save(cellar, [Tree(look)])
    assert contents(cellar, saved) == {b"grows": b"one, two", b"huge": huge, b"shrinks": b"3"}
    assert cellar.manifest(saved.summary)[b"grows"].size_bytes == 8
    assert contents(cellar, save(cellar, tree)[1]) == contents(cellar, saved)


@pytest.mark.parametrize("meddle", ["grows", "shrinks"])
def test_a_file_that_keeps_changing_is_refused_by_name(
    cellar: Cellar, tree: Path, monkeypatch: pytest.MonkeyPatch, meddle: str
) -> None:
    """Somebody writes whenever we have just read."""
    (tree / "still").write_bytes(b"x")
    (tree / "log").write_bytes(b"x" * 100_000)
    look = scan(tree, IgnoreRules())
    readv = os.readv

    def read_and_be_overtaken(fd: int, buffers: list[memoryview]) -> int:
        count = readv(fd, buffers)
        with open(tree / "log", "r+b") as file:
            if meddle == "grows":
                file.seek(0, os.SEEK_END)
                file.write(b"y")
            else:
                file.truncate((tree / "log").stat().st_size - 1)
        return count

    with (
        monkeypatch.context() as patch,
        pytest.raises(SourceError, match=r"log \(it kept changing while it was read\)"),
    ):
        patch.setattr(os, "readv", read_and_be_overtaken)
        save(cellar, [Tree(look)])
    assert set(contents(cellar, save(cellar, tree)[1])) == {b"still", b"log"}


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path, tree: Path) -> None:
    settings = Settings(max_file_bytes=10)
    cellar = Cellar.open(tmp_path, address=complete(str(tmp_path / "store")), settings=settings)
    (tree / "a").write_bytes(b"x" * 10)
    save(cellar, tree)
    (tree / "b").write_bytes(b"x" * 11)
    with pytest.raises(SourceError, match="'b' has 11 bytes, more than max_file_bytes"):
        save(cellar, tree)


@pytest.mark.parametrize("after", [0, 1, 5])
def test_an_interrupt_leaves_nothing_half(cellar: Cellar, tree: Path, after: int) -> None:
    for number in range(800):
        (tree / str(number)).write_bytes(os.urandom(40_000))
    look = scan(tree, IgnoreRules())
    seen = []

    def interrupt(step: Step) -> None:
        seen.append(step)
        if len(seen) > after:
            raise KeyboardInterrupt

    run = cellar.open_run(RunKind.SAVE, "w")
    threads = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        archive(cellar, run, [Tree(look)], progress=interrupt)
    assert not set(threading.enumerate()) - threads
    assert packs(cellar) == []
    assert os.listdir(cellar.folder / "tmp") in ([], ["create.lock"])
    assert cellar.run(run.id).asset is None
    _, saved = archive(cellar, run, [Tree(look)])
    assert saved.summary.entry_count == 800


def test_a_full_store_says_so_and_the_next_save_succeeds(
    tmp_path: Path, tree: Path, mount: Callable[..., Path]
) -> None:
    small = mount(tmp_path / "small", size="8m")
    cellar = Cellar.open(tmp_path, address=complete(str(small / "store")), settings=Settings())
    try:
        for number in range(300):
            (tree / str(number)).write_bytes(os.urandom(100_000))
        run = cellar.open_run(RunKind.SAVE, "w")
        with pytest.raises(StoreFull, match="is full"):
            archive(cellar, run, [Tree(scan(tree, IgnoreRules()))])
        assert packs(cellar) == []
        for number in range(20, 300):
            (tree / str(number)).unlink()
        _, saved = archive(cellar, run, [Tree(scan(tree, IgnoreRules()))])
        assert saved.summary.entry_count == 20
    finally:
        cellar.close()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(cellar: Cellar, tree: Path) -> None:
    (tree / "a").write_bytes(b"a")
    settle(tree)
    save(cellar, tree)
    (cellar.folder / "cache" / "stat").rename(cellar.folder / "cache" / "old")
    (cellar.folder / "cache" / "stat").write_text("in the way")
    with pytest.raises(OSError) as trouble:
        os.listdir(cellar.folder / "cache" / "stat")
    assert trouble.value.errno == errno.ENOTDIR
    assert contents(cellar, save(cellar, tree)[1]) == {b"a": b"a"}
