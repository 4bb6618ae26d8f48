"""What papermill knows of a notebook that runs: its metadata and its saves, at most one a second and each whole."""

from __future__ import annotations

import time
from pathlib import Path

from nbformat import NotebookNode
from papermill.engines import NotebookExecutionManager
from papermill.iorw import LocalHandler, papermill_io

from nbcellar.workflow.notebooks.saving import Checkpoint, replace_file


class ThrottledManager(NotebookExecutionManager):  # type: ignore[misc]
    """Keeps papermill's metadata, and saves through a checkpoint where the output is a local file."""

    def __init__(self, nb: NotebookNode, output_path: str | None, *options: object) -> None:
        super().__init__(nb, output_path, *options)
        self.nb: NotebookNode = nb
        local = output_path is not None and "://" not in output_path and output_path != "-"
        self.checkpoint = Checkpoint(Path(str(output_path))) if local else None
        self.last_remote_save_s = float("-inf")

    def save(self, **kwargs: object) -> None:
        """Save, unless it was saved within the last second."""
        if isinstance(replaced := kwargs.get("nb"), NotebookNode):
            self.nb = replaced
        if self.checkpoint:
            self.checkpoint.save(self.nb)
        elif time.monotonic() - self.last_remote_save_s >= self.autosave_cell_every > 0:
            super().save()
            self.last_remote_save_s = time.monotonic()
        self.last_save_time = self.now()

    def save_pending(self) -> None:
        """Save what came too soon after the save before it."""
        if self.checkpoint and self.checkpoint.pending:
            self.checkpoint.save(self.nb)

    def autosave_cell(self, **kwargs: object) -> None:
        """Save what a cell wrote so far; a checkpoint throttles itself."""
        self.save(**kwargs)

    def notebook_complete(self, **kwargs: object) -> None:
        """Close the metadata and write the whole notebook."""
        super().notebook_complete(**kwargs)
        if self.checkpoint:
            self.checkpoint.finish(self.nb)
        elif self.output_path:
            super().save()


class AtomicHandler(LocalHandler):  # type: ignore[misc]
    """Papermill's local files, replaced as a whole: its last write must not be the one that is cut off."""

    def write(self, buf: str, path: str) -> None:
        """Write a notebook, now or not at all."""
        replace_file(Path(path), buf.encode("utf-8", "surrogatepass"))


def write_atomically() -> None:
    """Let papermill's own writes of local files go through us; urls stay with their handlers."""
    handlers = papermill_io._handlers
    for index, (scheme, handler) in enumerate(handlers):
        if scheme == "local" and type(handler) is LocalHandler:
            ours = AtomicHandler()
            ours.cwd(handler._cwd)
            handlers[index] = (scheme, ours)
