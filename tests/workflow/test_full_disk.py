"""A disk that is full while a workflow runs: it ends, says so, keeps what it could, and goes on when there is room.

And one that may only be read: nothing runs, and what ran is looked at.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.history import find_run
from nbcellar.workflow.runs.workers import Workers

Write = Callable[..., Path]
FILL = """
    with open("big", "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
"""


def test_a_work_that_raises_is_told_and_not_waited_for_for_ever() -> None:
    def fails() -> int:
        raise ValueError("no")

    with Workers[int](1) as workers:
        workers.submit(fails, "a", 3)
        done = workers.next()
    assert (done.name, done.index) == ("a", 3)
    with pytest.raises(ValueError, match="no"):
        done.result()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 12 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.root
@pytest.mark.slow
def test_a_full_disk_fails_the_run_and_loses_nothing_that_was_saved(
    small: Path, project: Path, write_notebook: Write
) -> None:
    (small / "nbcellar.toml").touch()
    kept = "%%task kept\nopen('kept.txt', 'w').write('kept')"
    for path in (
        write_notebook("a.ipynb", "%load_ext nbcellar", kept),
        write_notebook("b.ipynb", "import os\nif os.path.exists('fill'):\n" + FILL, "print('y' * 300_000)"),
    ):
        shutil.move(path, small / path.name)
    (small / "flow.yaml").write_text(
        "cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}, b: {notebook: b.ipynb, needs: a}}\n"
    )
    (small / "fill").touch()
    line = [sys.executable, "-m", "nbcellar", "run", "flow.yaml"]
    said = subprocess.run(line, cwd=small, text=True, capture_output=True, timeout=180)
    assert said.returncode in (1, 5), said
    assert "full" in said.stderr or "No space left" in said.stderr
    (small / "big").unlink()
    (small / "fill").unlink()

    cellar = Cellar.open(small)
    assert find_run(cellar).status is not RunStatus.SUCCEEDED
    again = subprocess.run(line, cwd=small, text=True, capture_output=True, timeout=180)
    assert again.returncode == 0, again
    assert "a  taken from flow-a@1" in again.stderr
    check = subprocess.run([sys.executable, "-m", "nbcellar", "check", "--read-data"], cwd=small, timeout=180)
    assert check.returncode == 0


@pytest.mark.root
def test_on_a_disk_that_may_only_be_read_nothing_runs_and_everything_is_shown(small: Path) -> None:
    (small / "nbcellar.toml").touch()
    (small / "kit.py").write_text("def give():\n    return 7\n")
    (small / "flow.yaml").write_text("cellar: 1\nname: flow\nsteps: {a: {function: kit.give}}\n")

    def say(*words: str) -> tuple[int, str]:
        line = [sys.executable, "-m", "nbcellar", *words]
        said = subprocess.run(line, cwd=small, text=True, capture_output=True, timeout=180)
        return said.returncode, said.stdout + said.stderr

    assert say("run", "flow.yaml")[0] == 0
    (small / "kit.py").write_text("def give():\n    return 8\n")
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    code, words = say("run", "flow.yaml")
    assert code == 5 and "may only be read." in words and "Nothing was published" in words
    assert say("run", "flow.yaml", "--dry-run") == (
        0,
        "Step  What       Why\na     would run  the code of kit.give changed\n",
    )
    for verb in ("runs", "status"):
        code, words = say(verb)
        assert code == 0 and "flow@1" in words
