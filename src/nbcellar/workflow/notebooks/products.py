"""Files that a step wrote outside of its tasks and folder: nothing else holds them, so its run stands while they do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from nbcellar.model import Run

WRITES = "writes"
"""In a run's detail: such files, relative to the project's folder."""


def products(run: Run, home: Path) -> Iterator[tuple[str, str]]:
    """Each as it was written down, and where it is."""
    listed = run.detail.get(WRITES)
    for path in listed if isinstance(listed, list) else ():
        yield str(path), os.path.join(home, str(path))


def missing_product(run: Run, home: Path) -> str:
    """The first that is gone; empty where all are there."""
    return next((path for path, place in products(run, home) if not os.path.isfile(place)), "")
