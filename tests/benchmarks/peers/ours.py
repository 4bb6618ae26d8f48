"""nbcellar itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.command import Command
from tests.benchmarks.job import Job, Site

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = str(Path(sys.executable).with_name("nbcellar"))


class Ours:
    """nbcellar by its command line."""

    name = "nbcellar"
    besides = "fsyncs packs, journal and catalogue before it answers; verifies every byte that it restores"

    def version(self) -> str:
        """What it says of itself."""
        return subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout.strip()

    def prepare(self, site: Site, job: Job) -> None:
        """Nothing: the first save makes the store. Only a folder that is given up has to lie where those lie."""
        if job is Job.MOVE:
            (site.folder / ".cellar" / "work").mkdir(parents=True)
            site.data.rename(site.folder / ".cellar" / "work" / "data")

    def command(self, site: Site, job: Job) -> Command | None:
        """By the verbs that people type; a fresh task's folder by the call that ends such a task."""
        words = {
            Job.SAVE: [PROGRAM, "save", "data"],
            Job.AGAIN: [PROGRAM, "save", "data"],
            Job.CHANGED: [PROGRAM, "save", "data"],
            Job.MOVE: [sys.executable, str(ROOT / "tests" / "benchmarks" / "moving.py"), ".cellar/work/data"],
            Job.RESTORE: [PROGRAM, "restore", "data", "--to", "out"],
            Job.MEND: [PROGRAM, "restore", "data@1", "--to", ".", "--overwrite", "replace"],
            Job.ONE: [PROGRAM, "restore", f"data/data/{site.one}", "--to", "one"],
            Job.LIST: [PROGRAM, "ls", "data@1"],
        }[job]
        return Command(words, site.folder)
