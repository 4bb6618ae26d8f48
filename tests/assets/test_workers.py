"""A second process that reads or makes small files: the same outcome as without it, whatever happens to it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbcellar.assets.progress import Step
from nbcellar.assets.restoring.restorer import execute, plan
from nbcellar.assets.saving.archiver import Saved, Tree, archive
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.assets.workers.decision import FILES, is_worth
from nbcellar.errors import CorruptDataError
from nbcellar.model import AssetSummary, RunKind
from nbcellar.settings import Settings
from nbcellar.store import Cellar
from nbcellar.store.objects.address import complete
from nbcellar.tasks.files.trace import Trace
from nbcellar.tasks.files.tracer import tracing, untraced
from tests.assets.restoring import listing
from tests.assets.saving import contents, packs

pytestmark = pytest.mark.slow


def opened(home: Path, workers: str) -> Cellar:
    return Cellar.open(home, address=complete(str(home / "store")), settings=Settings(workers=workers))


@pytest.fixture
def cellar(tmp_path: Path) -> Iterator[Cellar]:
    """One that always has a worker."""
    with contextlib.closing(opened(tmp_path, "always")) as one:
        yield one


@pytest.fixture
def files(tree: Path) -> dict[bytes, bytes]:
    """Enough for a worker, some of them alike, some empty, in folders."""
    made = {}
    for number in range(FILES + 200):
        name = b"%d/%04d" % (number % 7, number)
        content = b"" if number % 50 == 0 else b"%d" % (number // 3)
        path = tree / name.decode()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        made[name] = content
    (tree / "6" / "zz-link").symlink_to("0001")
    (tree / "7").mkdir()
    return {**made, b"6/zz-link": b"0001", b"7": b""}


def children() -> list[int]:
    """The processes that this one started and that have not ended."""
    pids = [
        int(pid) for thread in Path("/proc/self/task").iterdir() for pid in (thread / "children").read_text().split()
    ]
    return [pid for pid in pids if b"nbcellar.assets" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def killing() -> Iterator[Callable[[Step], None]]:
    """Progress that kills the worker at the first step."""
    killed: list[int] = []

    def kill(step: Step) -> None:
        if not killed:
            killed.extend(children())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    yield kill
    assert len(killed) == 1


kill_at_once = pytest.fixture(killing, name="kill_at_once")


def keep(cellar: Cellar, tree: Path, progress: Callable[[Step], None] | None = None) -> Saved:
    run = cellar.open_run(RunKind.SAVE, "w")
    return archive(cellar, run, [Tree(scan(tree, IgnoreRules()))], progress=progress)[1]


def test_a_save_with_a_worker_keeps_what_one_without_keeps(
    cellar: Cellar, tree: Path, files: dict[bytes, bytes], tmp_path: Path
) -> None:
    seen: list[int] = []
    saved = keep(cellar, tree, lambda step: seen.extend(children()))
    assert len(set(seen)) == 1
    assert children() == []
    assert contents(cellar, saved) == files
    for path in tree.rglob("*"):
        os.utime(path, follow_symlinks=False)  # so that all is read again
    with contextlib.closing(opened(tmp_path, "never")) as other:
        again = keep(other, tree, lambda step: seen.extend(children()))
    assert len(set(seen)) == 1
    assert again.summary.digest == saved.summary.digest
    assert again.new_bytes < 200_000  # the list of files alone: nothing was stored twice
    assert len([name for name in packs(cellar) if not name.endswith(".idx")]) == 2


def test_what_a_killed_worker_was_given_is_read_here(
    cellar: Cellar, tree: Path, files: dict[bytes, bytes], kill_at_once: Callable[[Step], None]
) -> None:
    assert contents(cellar, keep(cellar, tree, kill_at_once)) == files
    assert children() == []


def test_a_file_that_changes_after_the_look_at_it_is_kept_as_it_is_then(
    cellar: Cellar, tree: Path, files: dict[bytes, bytes]
) -> None:
    seen = scan(tree, IgnoreRules())
    last = sorted(name for name in files if files[name])[-3]
    (tree / last.decode()).write_bytes(b"changed meanwhile")
    saved = archive(cellar, cellar.open_run(RunKind.SAVE, "w"), [Tree(seen)])[1]
    assert contents(cellar, saved) == {**files, last: b"changed meanwhile"}


def test_a_file_that_vanishes_after_the_look_at_it_is_left_out_by_name(
    cellar: Cellar, tree: Path, files: dict[bytes, bytes]
) -> None:
    seen = scan(tree, IgnoreRules())
    last = sorted(name for name in files if files[name])[-3]
    (tree / last.decode()).unlink()
    saved = archive(cellar, cellar.open_run(RunKind.SAVE, "w"), [Tree(seen)])[1]
    assert [skip.name for skip in saved.skipped] == [last]
    assert last not in contents(cellar, saved)


def restored(cellar: Cellar, summary: AssetSummary, out: Path, progress: Callable[[Step], None] | None = None) -> None:
    execute(cellar, plan(cellar, summary, out), progress=progress)
    assert children() == []


def test_a_restore_with_a_worker_makes_what_was_saved(
    cellar: Cellar, tree: Path, files: dict[bytes, bytes], tmp_path: Path
) -> None:
    (tree / "0" / "0007").chmod(0o755)
    os.utime(tree / "0" / "0014", ns=(1, 2_345_678_901))
    saved = keep(cellar, tree)
    seen: list[int] = []
    out = tmp_path / "out"
    restored(cellar, saved.summary, out, lambda step: seen.extend(children()))
    assert len(set(seen)) == 1
    assert listing(out) == listing(tree)
    assert (out / "0" / "0014").stat().st_mtime_ns == 2_345_678_901


def test_what_a_killed_worker_was_to_make_is_made_here(
    cellar: Cellar, tree: Path, files: dict[bytes, bytes], tmp_path: Path, kill_at_once: Callable[[Step], None]
) -> None:
    saved = keep(cellar, tree)
    out = tmp_path / "out"
    restored(cellar, saved.summary, out, kill_at_once)
    assert listing(out) == listing(tree)


def test_damage_that_a_worker_meets_leaves_the_target_as_it_was(
    cellar: Cellar, tree: Path, files: dict[bytes, bytes], tmp_path: Path
) -> None:
    saved = keep(cellar, tree)
    victim = next(name for name in sorted(files, reverse=True) if len(files[name]) > 2 and name != b"6/zz-link")
    (pack,) = (name for name in packs(cellar) if not name.endswith(".idx"))
    path = cellar.folder / "packs" / pack
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data.replace(files[victim], bytes(len(files[victim])), 1))
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(CorruptDataError, match="is damaged"):
        restored(cellar, saved.summary, out)
    assert listing(out) == {}
    assert children() == []


def test_a_worker_ends_with_its_parent(tree: Path, files: dict[bytes, bytes], tmp_path: Path) -> None:
    script = f"""
        import os, sys, time
        from pathlib import Path
        from nbcellar.assets.saving.reader import Reading
        from nbcellar.assets.saving.secondreader import SecondReader
        from nbcellar.assets.scanning.ignore import IgnoreRules
        from nbcellar.assets.scanning.scanner import scan
        from nbcellar.assets.scanning.sources import Tree, collect
        second = SecondReader(Reading(collect([Tree(scan(Path({str(tree)!r}), IgnoreRules()))]), None))
        assert second.start()
        second.give(range(64))
        print(second._jobs._worker._pid, flush=True)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert Path(f"/proc/{worker}").exists()
        parent.kill()
    deadline = time.monotonic() + 30
    while _runs(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_no_worker_reads_what_a_task_is_watched_reading() -> None:
    assert is_worth(FILES, "always")
    assert not is_worth(FILES, "never")
    assert not is_worth(FILES - 1, "always")
    with tracing(Trace(lambda path: None)):
        assert not is_worth(FILES, "always")
        with untraced():
            assert is_worth(FILES, "always")
