"""Notebooks while they run, saved so that the file always parses."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.store.catalogue.redaction import Redaction

if TYPE_CHECKING:
    from nbformat import NotebookNode

INTERVAL_S = 1.0
HOPELESS = (
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENAMETOOLONG,
    errno.ELOOP,
)
"""What a path is refused for that no later try will change."""
SHARE = 0.1
"""At most this part of the time goes into saving: a notebook of many outputs is saved less often."""


class Checkpoint:
    """One notebook's file, written anew at most once a second, and each time as a whole.

    Args:
        path: A local path; its folder must exist.

    Attributes:
        redaction: Keeps secrets out of the file.
        pending: Something was not written, because it came too soon, or because the disk would not take it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.redaction = Redaction()
        self.count = 0
        self.pending = False
        self._next_s = 0.0

    def save(self, notebook: NotebookNode) -> None:
        """Write what there is, unless it was written just now. Not validated: that is for the end.

        A disk that takes nothing now may take it later, so the cells go on: only the last save must succeed. A place
        that nothing can be written to is no such thing, and is told before the first cell.

        Raises:
            OSError: It is the first save, and the path is none that could ever be written.
        """
        begun = time.monotonic()
        self.pending = True
        if begun < self._next_s:
            return
        try:
            self._write(json.dumps(self.redaction.json(notebook), ensure_ascii=False))
            self.pending = False
        except OSError as error:
            if not self.count and error.errno in HOPELESS:
                raise
        took = time.monotonic() - begun
        self._next_s = begun + took + max(INTERVAL_S, took / SHARE)

    def finish(self, notebook: NotebookNode) -> None:
        """Write the notebook as Jupyter writes it.

        Raises:
            OSError: It could not be written; the last version that could stands.
        """
        import nbformat

        if self.redaction.values:
            notebook = nbformat.from_dict(self.redaction.table(notebook))  # type: ignore[no-untyped-call]
        self._write(nbformat.v4.writes(notebook) + "\n")  # type: ignore[no-untyped-call]

    def _write(self, text: str) -> None:
        replace_file(self.path, text.encode("utf-8", "surrogatepass"))
        self.count += 1


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Make a file hold these bytes, now or not at all: a reader sees the whole old or the whole new content.

    Raises:
        OSError: It could not be written; nothing changed.
    """
    try:
        _replace(path, content, mode)
    except OSError as error:  # which names our temporary file, that nobody knows
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".tmp", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
