"""What tests of precedents do with a project in which everything has run."""

from __future__ import annotations

import os
from pathlib import Path

from nbcellar.frontends.commands.running import Ran, run
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.repetition import Repetition, repeat_workflow
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.views.events import Event, ignore

TRIES = 200


def settle(home: Path) -> Run:
    """Run until the last run decides the next one: files are trusted a moment after they changed."""
    for _ in range(TRIES):
        ran = run(home / "flow.yaml", quiet=True)
        assert isinstance(ran, Ran)
        outcomes = {one.outcome.status for one in ran.status.steps}
        assert outcomes <= {RunStatus.CACHED, RunStatus.SKIPPED}, [one.outcome for one in ran.status.steps]
        if "repeats" in ran.run.detail:
            return ran.run
    raise AssertionError(f"no run was decided by the one before in {TRIES} tries")


def repeat(
    home: Path, parameters: dict[str, JSON] | None = None, listen: list[Event] | None = None
) -> Repetition | None:
    """Run it if the last run decides it."""
    listener = ignore if listen is None else listen.append
    return repeat_workflow(Cellar.open(home), home / "flow.yaml", parameters or {}, RunOptions(1), listener)


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a file so that only its inode's time of change tells: as long as before, its time put back."""
    before = path.stat()
    text = path.read_text()
    assert old in text and len(old) == len(new)
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
