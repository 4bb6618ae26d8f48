"""Files that a body wrote outside of its tasks and left there: nobody else holds them."""

from __future__ import annotations

import os

from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.trace import Trace

MOST = 1000
"""So many files are named at the most."""


def left_files(trace: Trace, places: Places) -> list[str]:
    """Those of the project, relative to its folder; none that are ignored, or the store's own."""
    found = []
    for path in sorted(trace.writes.keys() - trace.by_tasks):
        name = None if path.startswith(f"{places.store}/") else places.in_project(path)
        if name is not None and not places.ignored(name) and os.path.isfile(path):
            found.append(os.fsdecode(name))
    return found[:MOST]
