"""Where a workflow file is."""

from __future__ import annotations

import os
from pathlib import Path

from nbcellar.errors import UsageError


def document_path(given: object) -> Path:
    """The path that somebody gave for a workflow file.

    Raises:
        UsageError: It cannot be one.
    """
    if given == "":
        raise UsageError("An empty text is no workflow file.", hint="Is a variable of the shell not set?")
    if isinstance(given, str | os.PathLike):
        return Path(os.fsdecode(given))
    raise UsageError(
        f"{given!r:.60} is no workflow file.", hint="Give its path. What was made in Python runs by its own run()."
    )
