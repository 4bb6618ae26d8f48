"""When a worker is worth its start."""

from __future__ import annotations

import sys

from nbcellar.store.objects.processes import has_idle_processor

FILES = 2000
"""So many small files at least: its start takes as long as reading some hundred of them."""

EVENT = "nbcellar.worker"
"""An audit event: whoever writes down what this thread opens adds an objection to its argument, a list, because what a
worker opens cannot be seen."""


def is_worth(files: int, workers: str) -> bool:
    """Whether a worker is wanted for so many small files.

    Args:
        workers: What the setting of this name says.
    """
    if files < FILES or workers == "never" or not sys.executable or sys.platform != "linux":
        return False
    objections: list[str] = []
    sys.audit(EVENT, objections)
    return not objections and (workers == "always" or has_idle_processor())
