import mmap
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from nbcellar.assets.saving.adoption import Adopted
from nbcellar.assets.saving.archiver import Saved, Step, Tree, archive
from nbcellar.assets.saving.lease import give_back_lease, lease_stands, take_lease
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.model import RunKind
from nbcellar.settings import Settings
from nbcellar.store import CHUNK_BYTES, Cellar, CheckLevel
from nbcellar.store.objects.address import complete
from tests.assets.saving import contents, save

BIG = CHUNK_BYTES + 1000


def give_up(cellar: Cellar, tree: Path, progress: Callable[[Step], None] | None = None) -> Saved:
    look = scan(tree, IgnoreRules())
    return archive(cellar, cellar.open_run(RunKind.TASK, "t"), [Tree(look)], movable=True, progress=progress)[1]


def write_big(path: Path) -> bytes:
    data = os.urandom(BIG)
    path.write_bytes(data)
    path.chmod(0o755)
    return data


def moved(path: Path, cellar: Cellar) -> bool:
    return path.is_symlink() and path.resolve().parent == cellar.folder / "packs"


def check(cellar: Cellar) -> None:
    report = cellar.check(CheckLevel.READ_DATA)
    assert report.sound, report.damages


def test_a_large_file_is_moved_and_a_read_only_link_stays(cellar: Cellar, tree: Path) -> None:
    data = write_big(tree / "big")
    (tree / "small").write_bytes(b"small")
    inode = (tree / "big").stat().st_ino
    with open(tree / "big", "rb") as reader:  # a lazy reader goes on
        saved = give_up(cellar, tree)
        assert reader.read() == data
    assert moved(tree / "big", cellar)
    seen = (tree / "big").stat()
    assert (seen.st_ino, seen.st_nlink, stat.S_IMODE(seen.st_mode)) == (inode, 1, 0o444)
    assert (tree / "big").read_bytes() == data
    assert contents(cellar, saved) == {b"big": data, b"small": b"small"}
    assert cellar.manifest(saved.summary)[b"big"].executable
    assert saved.new_bytes >= BIG
    check(cellar)


def test_beside_a_notebook_nothing_is_moved(cellar: Cellar, tree: Path) -> None:
    data = write_big(tree / "big")
    _, saved = save(cellar, tree)
    assert not (tree / "big").is_symlink()
    assert stat.S_IMODE((tree / "big").stat().st_mode) == 0o755
    assert contents(cellar, saved) == {b"big": data}


def stays(cellar: Cellar, tree: Path, data: bytes) -> None:
    """The file was copied, and is as it was."""
    saved = give_up(cellar, tree)
    assert not (tree / "big").is_symlink()
    assert stat.S_IMODE((tree / "big").stat().st_mode) == 0o755
    assert contents(cellar, saved)[b"big"] == data
    check(cellar)


def test_an_open_writer_means_a_copy(cellar: Cellar, tree: Path) -> None:
    data = write_big(tree / "big")
    with open(tree / "big", "r+b"):
        stays(cellar, tree, data)


def test_a_writable_mapping_means_a_copy_also_when_its_descriptor_is_closed(cellar: Cellar, tree: Path) -> None:
    data = write_big(tree / "big")
    with open(tree / "big", "r+b") as file:
        mapping = mmap.mmap(file.fileno(), 0)
    stays(cellar, tree, data)
    mapping.close()


def test_a_second_name_means_a_copy(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    data = write_big(tree / "big")
    os.link(tree / "big", tmp_path / "other")
    stays(cellar, tree, data)


def test_another_file_system_means_a_copy(cellar: Cellar, tree: Path, mount: Callable[..., Path]) -> None:
    stays(cellar, mount(tree), write_big(tree / "big"))


def test_another_owner_means_a_copy(open_folder: Path, as_nobody: AbstractContextManager[None]) -> None:
    for name in ("store", "tree"):
        (open_folder / name).mkdir()
        (open_folder / name).chmod(0o777)
    data = write_big(open_folder / "tree/big")
    with as_nobody:
        cellar = Cellar.open(open_folder, address=complete(str(open_folder / "store")), settings=Settings())
        stays(cellar, open_folder / "tree", data)
        cellar.close()


def test_holes_repeated_chunks_and_known_chunks_mean_a_copy(cellar: Cellar, tree: Path) -> None:
    with open(tree / "big", "wb") as file:
        file.write(b"x")
        file.truncate(BIG)
    (tree / "big").chmod(0o755)
    stays(cellar, tree, b"x" + bytes(BIG - 1))
    twice = os.urandom(CHUNK_BYTES) * 2
    (tree / "big").write_bytes(twice)
    stays(cellar, tree, twice)
    longer = twice + b"more"
    (tree / "big").write_bytes(longer)
    stays(cellar, tree, longer)


def test_a_writer_that_comes_before_publication_waits_and_gets_its_file(cellar: Cellar, tree: Path) -> None:
    """It opens while the lease is held, so its open waits; what it writes then is not in the store."""
    data = write_big(tree / "big")
    writer = None

    def come(step: Step) -> None:
        nonlocal writer
        if step.files == step.file_count:
            writer = start_writer(tree / "big")
            wait_until_it_waits(writer)

    saved = give_up(cellar, tree, progress=come)
    assert writer is not None
    assert writer.wait(timeout=30) == 0
    assert not (tree / "big").is_symlink()
    assert (tree / "big").read_bytes() == b"WRITTEN" + data[7:]
    assert contents(cellar, saved)[b"big"] == data
    check(cellar)


def start_writer(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sh", "-c", f"printf WRITTEN 1<> '{path}'"])


def wait_until_it_waits(writer: "subprocess.Popen[bytes]") -> None:
    wchan = Path(f"/proc/{writer.pid}/wchan")
    for _ in range(2000):
        if writer.poll() is None and "break_lease" in wchan.read_text():
            return
        time.sleep(0.005)
    raise AssertionError(f"the writer does not wait for the lease but in {wchan.read_text()!r}")


def test_a_writer_that_comes_between_publication_and_the_link_gets_its_file(
    cellar: Cellar, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_big(tree / "big")
    writers = []
    leave = Adopted.leave_link

    def late(adopted: Adopted) -> None:
        symlink = os.symlink

        def meet(*args: object, **options: object) -> None:
            writers.append(start_writer(tree / "big"))
            wait_until_it_waits(writers[0])
            symlink(*args, **options)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(os, "symlink", meet)
            leave(adopted)

    monkeypatch.setattr(Adopted, "leave_link", late)
    saved = give_up(cellar, tree)
    assert writers[0].wait(timeout=30) == 0
    assert contents(cellar, saved)[b"big"] == data
    assert (tree / "big").read_bytes() == data  # the link, whose pack is another file than the writer's
    check(cellar)


def test_a_save_that_fails_after_moving_leaves_the_file_as_it_was(cellar: Cellar, tree: Path) -> None:
    data = write_big(tree / "big")

    def fail(step: Step) -> None:
        if step.files == step.file_count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up(cellar, tree, progress=fail)
    seen = (tree / "big").lstat()
    assert (stat.S_IMODE(seen.st_mode), seen.st_nlink) == (0o755, 1)
    assert (tree / "big").read_bytes() == data
    assert os.listdir(cellar.folder / "packs") == []
    with open(tree / "big", "r+b") as file:  # no lease is left behind
        file.write(b"x")


def test_the_signal_of_a_broken_lease_is_harmless(tree: Path) -> None:
    (tree / "f").write_bytes(b"x")
    assert signal.getsignal(signal.SIGURG) is signal.SIG_DFL
    fd = os.open(tree / "f", os.O_RDONLY)
    assert take_lease(fd)
    assert lease_stands(fd)
    writer = threading.Thread(target=lambda: os.close(os.open(tree / "f", os.O_WRONLY)))
    writer.start()
    while lease_stands(fd):
        time.sleep(0.001)
    assert writer.is_alive()
    give_back_lease(fd)
    writer.join()
    os.close(fd)
    assert not take_lease(os.open("/dev/null", os.O_RDONLY))
    assert sys.platform == "linux"
