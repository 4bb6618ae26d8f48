"""What somebody wrote where a file or a folder is meant."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nbcellar.errors import NOTHING_SAVED, UsageError


def of_this_machine(place: str | os.PathLike[str], saved: str) -> str | os.PathLike[str]:
    """A file or folder, and no URL: as a path ``s3://b/x`` would be a folder ``s3:`` here.

    Args:
        saved: What is certain where it is refused.

    Raises:
        UsageError: It is a URL, or empty.
    """
    if not os.fspath(place):
        raise nameless(saved)
    if isinstance(place, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", place):
        raise UsageError(
            f"{place} is a URL, and this takes files and folders of this machine.",
            saved=saved,
            hint="Name one here, and copy it from or to the URL.",
        )
    return place


def nameless(saved: str) -> UsageError:
    """The error for an empty text: as a path it would be the current folder, which nobody meant."""
    return UsageError(
        "An empty text names no file or folder.",
        saved=saved,
        hint='For the current folder write ".". Is a variable of the shell not set?',
    )


def base_folder(at: str | os.PathLike[str] | None) -> Path:
    """The folder that relative paths of a save start from; the current one where none is given.

    Raises:
        UsageError: It is empty.
    """
    if at is None:
        return Path.cwd()
    if not os.fspath(at):
        raise nameless(NOTHING_SAVED)
    return Path(os.path.abspath(at))
