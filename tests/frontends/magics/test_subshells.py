"""Two task cells at once in one kernel: the second runs in a subshell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frontends.magics.kernels import Kernel
from tests.frontends.magics.test_hazards import kept

pytestmark = pytest.mark.slow

WAIT = "import pathlib, time\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.01)\n"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    started = Kernel.start(tmp_path_factory.mktemp("kernel"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def subshell(kernel: Kernel) -> str:
    return kernel.subshell()


@pytest.fixture
def place(kernel: Kernel, tmp_path: Path) -> Path:
    """A project in which the kernel stands."""
    kernel.begin(tmp_path / "project")
    return tmp_path / "project"


def test_each_of_two_cells_at_once_keeps_what_it_opened(
    kernel: Kernel, subshell: str, place: Path, tmp_path: Path
) -> None:
    begun, done = str(tmp_path / "begun"), str(tmp_path / "done")
    first = f"%%task first\nopen('first.txt', 'w').close(); open({begun!r}, 'w').close()\n{WAIT.format(done)}"
    second = f"%%task second -> made\n{WAIT.format(begun)}open('second.txt', 'w').close(); open({done!r}, 'w').close()"
    sent = kernel.send(first), kernel.send(second, subshell=subshell)
    assert [said.error for said in kernel.answers(sent)] == ["", ""]
    assert (kept(place, "first"), kept(place, "second")) == (["first.txt"], ["second.txt"])
    assert kernel.run("assert made.ref == 'second@1'").status == "ok"


def test_the_second_fresh_cell_says_for_which_it_waits(
    kernel: Kernel, subshell: str, place: Path, tmp_path: Path
) -> None:
    begun, done = tmp_path / "begun", tmp_path / "done"
    cells = [f"%%task first --fresh -q\nopen({str(begun)!r}, 'w').close()\n{WAIT.format(str(done))}"]
    beside = [WAIT.format(str(begun)), "%%task second --fresh\nopen('second.txt', 'w').close()"]
    sent = [*map(kernel.send, cells), *(kernel.send(cell, subshell=subshell) for cell in beside)]
    said = kernel.answers(sent, when="waits", do=done.touch)
    assert [one.error for one in said] == ["", "", ""]
    assert said[2].outputs == [("stderr", "second-1 waits: first-1 runs in its fresh folder.\n")]
    assert kept(place, "second") == ["second.txt"]
    assert kernel.run(f"import os; assert os.getcwd() == {str(place)!r}").status == "ok"
