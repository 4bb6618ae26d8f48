"""How another process ends a run in the background.

A signal would end the whole process that it runs in, such as a notebook's kernel.
"""

from __future__ import annotations

import threading
from pathlib import Path

from nbcellar.model import Run
from nbcellar.store import Cellar
from nbcellar.workflow.kernels.stopping import Stop

BACKGROUND = "background"
"""In the detail of a run that no signal ends."""
LOOK_S = 0.5


def stop_file(cellar: Cellar, run: Run) -> Path | None:
    """The file whose appearance ends a run; None for one that a signal ends."""
    return cellar.folder / "work" / f"{run.id}.stop" if run.detail.get(BACKGROUND) else None


class StopFile:
    """While it is entered, the run is asked to stop as soon as its file is there.

    Args:
        path: The file; None for nothing to look for.
        stop: Asked.
    """

    def __init__(self, path: Path | None, stop: Stop) -> None:
        self._path = path
        self._stop = stop
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def _look(self, path: Path) -> None:
        while not self._over.wait(LOOK_S):
            if path.exists():
                self._stop.ask()
                return

    def __enter__(self) -> None:
        if self._path is not None:
            self._thread = threading.Thread(target=self._look, args=(self._path,), name="nbcellar-stop", daemon=True)
            self._thread.start()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._over.set()
        if self._path is not None and self._thread is not None:
            self._thread.join()
            self._path.unlink(missing_ok=True)
