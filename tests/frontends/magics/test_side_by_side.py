"""A marker changes nothing: every body bare and marked, in live kernels, status, outputs, traceback and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frontends.magics.bodies import BODIES, CELL_MAGICS
from tests.frontends.magics.kernels import Kernel, Said

pytestmark = pytest.mark.slow
PLACES = re.compile(
    r"(?<=In\[)\d+|/tmp/[^ '\"\n)]*|0x[0-9a-f]+|ipython-input-\d+-\w+|ipykernel_\d+/\d+|\d+\.py(?=:\d|, line)"
)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel.start(tmp_path_factory.mktemp("bare"))
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel.start(tmp_path_factory.mktemp("marked"))
    yield kernel
    kernel.stop()


def plain(text: str) -> str:
    """Without what differs from run to run, and without the marker's own line."""
    text = text.replace("# %%task a", "# a")
    return PLACES.sub("…", text)


def compared(said: Said) -> tuple[str, list[tuple[str, str]], str, str]:
    outputs = [(kind, plain(text)) for kind, text in said.outputs]
    return said.status, outputs, plain(said.error), plain(said.traceback)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".cellar" not in path.parts
    }


@pytest.mark.parametrize("name", BODIES)
def test_a_marked_body_says_and_leaves_what_the_bare_one_does(
    bare: Kernel, marked: Kernel, tmp_path: Path, name: str
) -> None:
    bare.begin(tmp_path / "one")
    marked.begin(tmp_path / "two")
    alone = bare.run(f"# a\n{BODIES[name]}")
    with_marker = marked.run(f"%%task a\n{BODIES[name]}")
    assert compared(with_marker) == compared(alone)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    follow = "sorted(name for name in globals() if not name.startswith('_')), x if 'x' in globals() else None"
    assert compared(marked.run(follow)) == compared(bare.run(follow))


@pytest.mark.parametrize("name", CELL_MAGICS)
def test_a_marker_above_a_cell_magic_changes_nothing(bare: Kernel, marked: Kernel, tmp_path: Path, name: str) -> None:
    bare.begin(tmp_path / "one")
    marked.begin(tmp_path / "two")
    alone = compared(bare.run(CELL_MAGICS[name]))
    with_marker = compared(marked.run(f"%%task a\n{CELL_MAGICS[name]}"))
    assert with_marker[:3] == alone[:3]
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_every_body_that_ran_has_exactly_one_card(marked: Kernel, tmp_path: Path) -> None:
    marked.begin(tmp_path / "two")
    for name, body in BODIES.items():
        said = marked.run(f"%%task a\n{body}")
        expected = 0 if name in ("syntax error", "indentation error") else 1
        assert len(said.cards) == expected, name


def test_an_interrupt_reaches_the_body_and_is_recorded(bare: Kernel, marked: Kernel, tmp_path: Path) -> None:
    body = (
        "import threading, time\nopen('half.txt', 'w').close()\n"
        "threading.Timer(0.3, lambda: print('begun', flush=True)).start()\ntime.sleep(60)"
    )
    bare.begin(tmp_path / "one")
    marked.begin(tmp_path / "two")
    alone = bare.run(f"# a\n{body}", interrupt_when="begun")
    with_marker = marked.run(f"%%task a\n{body}", interrupt_when="begun")
    assert compared(with_marker) == compared(alone)
    assert "interrupted" in with_marker.cards[0] and "1 file kept" in with_marker.cards[0]
