"""What a whole notebook reads and writes outside of its task cells: for the workflow that runs it."""

from __future__ import annotations

import threading
from pathlib import Path

from nbcellar.model import JSON, Input
from nbcellar.store import Cellar
from nbcellar.store import current as current_cellar
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.trace import Trace
from nbcellar.tasks.files.tracer import untraced, watch_notebook
from nbcellar.tasks.reads.found import Digests, Finder
from nbcellar.tasks.reads.inputs import inputs_to_json
from nbcellar.tasks.reads.leftfiles import left_files
from nbcellar.tasks.reads.lineage import with_makers

_started: list[tuple[Trace, Finder]] = []


def start_notebook_trace(home: Path, cellar: Cellar | None = None) -> None:
    """From now on write down what is read outside of tasks, until the process ends.

    Args:
        home: The project's folder.
        cellar: Whose stat cache is used; the one of the current folder where it is None.
    """
    cellar = cellar or current_cellar()
    digests = Digests(cellar, needed=True)

    def keep(path: str) -> None:
        with untraced():
            digests.keep(path)

    trace = Trace(before_overwrite=keep)
    _started[:] = [(trace, Finder(Places.of(home, Path.cwd(), cellar.folder), digests))]
    watch_notebook(trace)


def notebook_reads() -> list[Input]:
    """Every file, folder listing, project module and connection so far; nothing before the trace was started.

    What the notebook or one of its tasks wrote before is no input. An input whose digest is None changed while the
    notebook ran, or is a connection: it cannot be compared.
    """
    if not _started:
        return []
    trace, finder = _started[0]
    with untraced():
        return with_makers(finder.digests.cellar, finder.inputs(trace, {}))


def notebook_writes() -> list[str]:
    """The files of the project that it wrote outside of its tasks and left there, relative to the project's folder."""
    if not _started:
        return []
    trace, finder = _started[0]
    return left_files(trace, finder.places)


def notebook_report() -> JSON:
    """Both, as they travel to the runner, and the threads that its process will wait for at its end."""
    threads = [each.name for each in threading.enumerate() if not each.daemon and each is not threading.main_thread()]
    return {"reads": inputs_to_json(notebook_reads()), "writes": [*notebook_writes()], "threads": [*threads]}
