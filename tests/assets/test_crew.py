"""Who reads: one thread, and a second one where that helps."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbcellar.assets.saving.archiver import Saved, Step, Tree, archive
from nbcellar.assets.saving.crew import Pace
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.model import RunKind
from nbcellar.store import Cellar
from tests.assets.saving import contents

READER = "nbcellar-reader"


@pytest.fixture
def began() -> Iterator[list[str]]:
    """The names of the readers that were started, once each."""
    names: list[str] = []

    def note(frame: object, event: str, argument: object) -> None:
        if (name := threading.current_thread().name) == READER and not names:
            names.append(name)

    threading.setprofile(note)
    yield names
    threading.setprofile(None)


def fill(tree: Path, count: int, size_bytes: int) -> dict[bytes, bytes]:
    files = {b"%04d" % number: os.urandom(8) * (size_bytes // 8) for number in range(count)}
    for name, content in files.items():
        (tree / name.decode()).write_bytes(content)
    return files


def keep(cellar: Cellar, tree: Path, progress: Callable[[Step], None]) -> Saved:
    return archive(cellar, cellar.open_run(RunKind.SAVE, "w"), [Tree(scan(tree, IgnoreRules()))], progress=progress)[1]


def test_files_of_some_size_are_read_by_two_threads(cellar: Cellar, tree: Path, began: list[str]) -> None:
    files = fill(tree, 200, 40_000)
    assert contents(cellar, keep(cellar, tree, lambda step: None)) == files
    assert began == [READER]


def test_a_second_thread_comes_once_the_first_one_waits(cellar: Cellar, tree: Path, began: list[str]) -> None:
    files = fill(tree, 300, 80)
    assert contents(cellar, keep(cellar, tree, lambda step: time.sleep(0.1))) == files
    assert began == [READER]


def test_few_files_are_read_by_one_thread(cellar: Cellar, tree: Path, began: list[str]) -> None:
    files = fill(tree, 64, 40_000)
    assert contents(cellar, keep(cellar, tree, lambda step: time.sleep(0.1))) == files
    assert began == []


def test_a_thread_that_sleeps_waits() -> None:
    pace = Pace()
    time.sleep(0.2)
    assert pace.waits()
