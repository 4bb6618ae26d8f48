"""A restore that cannot be done whole leaves the target as it was."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.assets.progress import Step
from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.errors import ConflictError, CorruptDataError, NotFoundError, StorageError
from nbcellar.store import CHUNK_BYTES, Cellar
from tests.assets.restoring import listing, restore, saved
from tests.assets.saving import save


def test_a_damaged_blob_changes_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="one", b="precious text", c__d="two")
    target = tmp_path / "out"
    target.mkdir()
    (target / "a").write_text("mine")
    before = listing(target)
    for pack in (cellar.folder / "packs").glob("*"):
        data = pack.read_bytes()
        pack.chmod(0o644)
        pack.write_bytes(data.replace(b"precious", b"PRECIOUS"))
    done = plan(cellar, summary, target, policy=Policy.REPLACE)
    with pytest.raises(CorruptDataError):
        execute(cellar, done)
    assert listing(target) == before
    with pytest.raises(NotFoundError, match="no restore to undo"):
        undo(cellar)


def test_chunks_that_are_not_the_file_are_refused(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tree / name).write_bytes(os.urandom(CHUNK_BYTES + 10))
    summary = save(cellar, tree)[1].summary
    one, two = cellar.manifest(summary)
    for liar in (replace(one, chunks=two.chunks), replace(one, chunks=(one.chunks[0], two.chunks[1]))):
        with pytest.raises(CorruptDataError, match="is not what its manifest says"):
            restore(cellar, [liar], tmp_path / "out")
    with pytest.raises(CorruptDataError, match="is not what its manifest says"):
        restore(cellar, [replace(one, chunks=(one.chunks[1], one.chunks[0]))], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_lying_size_is_refused(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    (entry,) = cellar.manifest(saved(cellar, tree, a="one"))
    for size in (2, 4):
        with pytest.raises(CorruptDataError):
            restore(cellar, [replace(entry, size_bytes=size)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_target_is_as_it_was(cellar: Cellar, tree: Path, tmp_path: Path, mount: Callable[..., Path]) -> None:
    (tree / "sub").mkdir()
    for number in range(40):
        (tree / "sub" / str(number)).write_bytes(os.urandom(100_000))
    (tree / "a").write_text("one")
    summary = save(cellar, tree)[1].summary
    small = mount(tmp_path / "small", size="2m")
    (small / "a").write_text("mine")
    with pytest.raises(StorageError, match="No space left"):
        restore(cellar, summary, small, Policy.REPLACE)
    assert listing(small) == {"a": b"mine".hex()}
    restore(cellar, [cellar.manifest(summary)[b"a"]], small, Policy.REPLACE)
    assert (small / "a").read_text() == "one"
    undo(cellar)  # from another file system
    assert listing(small) == {"a": b"mine".hex()}


def test_an_interrupt_while_writing_changes_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, **{f"s__{i}": str(i) for i in range(200)}, top="1")
    target = tmp_path / "out"
    target.mkdir()

    def interrupt(step: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(cellar, plan(cellar, summary, target), progress=interrupt)
    assert listing(target) == {}


def test_progress_ends_with_all(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, **{f"s__{i}": str(i) for i in range(100)})
    steps: list[Step] = []
    execute(cellar, plan(cellar, summary, tmp_path / "out"), progress=steps.append)
    assert (steps[-1].files, steps[-1].size_bytes) == (100, summary.size_bytes)


def test_a_target_that_changes_after_the_plan_is_left_alone(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="one", b="one", new__x="one")
    for meddle in ("change", "appear", "remove"):
        target = tmp_path / meddle
        target.mkdir()
        (target / "b").write_text("mine")
        done = plan(cellar, summary, target, policy=Policy.REPLACE)
        if meddle == "change":
            (target / "b").write_text("mine, edited")
        elif meddle == "appear":
            (target / "a").write_text("came meanwhile")
        else:
            (target / "b").unlink()
        before = listing(target)
        with pytest.raises(ConflictError, match="changed while the restore was under way"):
            execute(cellar, done)
        assert listing(target) == before


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is synced, and what is renamed, by base name and in order."""
    made: list[tuple[str, str]] = []
    fsync, rename = os.fsync, os.rename

    def synced(fd: int) -> None:
        name = os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))
        fsync(fd)
        made.append(("fsync", name))

    def renamed(old: bytes, new: bytes, **folders: int) -> None:
        made.append(("rename", os.fsdecode(old)))
        rename(old, new, **folders)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    return made


MANY = [f"n{number:03d}" for number in range(200)]


def test_every_file_that_replaces_another_is_synced_before_any_has_its_name(
    cellar: Cellar, tree: Path, calls: list[tuple[str, str]]
) -> None:
    summary = saved(cellar, tree, **{name: name for name in MANY})
    for name in MANY:
        (tree / name).write_text("mine")
    calls.clear()
    restore(cellar, summary, tree, Policy.REPLACE)
    renamed = [name for call, name in calls if call == "rename" and name.startswith(".nbcellar-tmp-")]
    first = calls.index(("rename", renamed[0]))
    assert len(renamed) == len(MANY)
    assert set(renamed) <= {name for call, name in calls[:first] if call == "fsync"}
    assert all((tree / name).read_text() == name for name in MANY)


def test_a_file_that_cannot_be_synced_leaves_all_as_it_was_and_nothing_open(
    cellar: Cellar, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = saved(cellar, tree, **{name: name for name in MANY})
    for name in MANY:
        (tree / name).write_text("mine")
    before, fsync = listing(tree), os.fsync

    def failing(fd: int) -> None:
        if os.path.basename(os.readlink(f"/proc/self/fd/{fd}")).endswith("-150"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", failing)
    opened = len(os.listdir("/proc/self/fd"))
    with pytest.raises(StorageError, match=r"could not be written to the target: Input/output error"):
        restore(cellar, summary, tree, Policy.REPLACE)
    assert listing(tree) == before
    assert len(os.listdir("/proc/self/fd")) == opened
