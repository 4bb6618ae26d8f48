"""``on_failure``: the command of a workflow that is run where it failed, so that somebody hears of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from nbcellar.model import Run

TIMEOUT_S = 60
SHOWN_CHARACTERS = 500


def run_failure_command(command: str, folder: Path, run: Run) -> str:
    """Run it in the workflow's folder, with the run in its environment.

    No value of the workflow becomes part of the command: it finds them in ``NBCELLAR_RUN_REF``,
    ``NBCELLAR_WORKFLOW``, ``NBCELLAR_ERROR`` and the store's address.

    Returns:
        What went wrong with the command itself; empty where nothing did.
    """
    import subprocess  # most runs go well, and do without it

    environment = {
        **os.environ,
        "NBCELLAR_RUN_REF": run.ref,
        "NBCELLAR_WORKFLOW": run.name,
        "NBCELLAR_ERROR": run.error.replace("\0", ""),
    }
    with subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that what it started ends with it
    ) as process:
        try:
            output, _ = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"it took longer than {TIMEOUT_S} s and was ended"
    if process.returncode == 0:
        return ""
    words = output.decode(errors="replace").strip()[-SHOWN_CHARACTERS:]
    return f"exit code {process.returncode}" + (f": {words}" if words else "")
