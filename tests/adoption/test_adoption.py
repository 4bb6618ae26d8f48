"""A marker above a working cell costs nothing: real notebooks, as they are and with ``%%task`` above what writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adoption.collection import NOTEBOOKS
from tests.adoption.page import PAGE, row
from tests.adoption.pairs import Pair, contents, expected, run_both, said
from tests.frontends.magics.kernels import Kernel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel.start(tmp_path_factory.mktemp("bare"), load=False)
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel.start(tmp_path_factory.mktemp("marked"))
    yield kernel
    kernel.stop()


def check(pair: Pair) -> None:
    """Side by side, cell by cell."""
    for number, (one, two) in enumerate(zip(pair.alone, pair.with_markers, strict=True)):
        assert said(two) == said(one), f"cell {number}"
        assert contents(two) == contents(one), f"cell {number}"
    for number in pair.tasks:
        assert pair.asset(number) == expected(pair.with_markers[number]), f"cell {number}"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_with_markers_is_the_notebook_without(
    bare: Kernel, marked: Kernel, name: str, tmp_path: Path
) -> None:
    pair = run_both(bare, marked, name, tmp_path)
    assert pair.tasks
    check(pair)
    assert row(name, pair) in PAGE.read_text(encoding="utf-8").splitlines()


@pytest.mark.long
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_marker_above_every_cell_keeps_nothing_of_those_that_write_nothing(
    bare: Kernel, marked: Kernel, name: str, tmp_path: Path
) -> None:
    check(run_both(bare, marked, name, tmp_path, every=True))


def test_the_page_lists_the_collection_and_nothing_else() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in rows] == NOTEBOOKS
