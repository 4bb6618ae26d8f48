"""DVC, by the commands of its documentation."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.command import Command
from tests.benchmarks.job import Job, Site


class Dvc:
    """DVC without git, in its default configuration but for what it would ask the network.

    Args:
        program: ``dvc`` of an environment of its own.
        scratch: Where it keeps what belongs to the machine.
    """

    name = "dvc"
    besides = "makes the workspace a link or copy of its cache; does not fsync; hashes with MD5"

    def __init__(self, program: Path, scratch: Path) -> None:
        self._program = str(program)
        self._settings: Mapping[str, str] = {
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(scratch / "dvc-site"),
            "DVC_GLOBAL_CONFIG_DIR": str(scratch / "dvc-global"),
        }

    def version(self) -> str:
        """What it says of itself."""
        said = subprocess.run([self._program, "--version"], check=True, capture_output=True, text=True)
        return f"dvc {said.stdout.strip()}"

    def prepare(self, site: Site, job: Job) -> None:
        """An empty repository; for a restore a second workspace of the same cache."""
        if job is Job.SAVE:
            self._make(site.folder)
        if job is Job.CHANGED:
            shutil.copy(site.folder / "data.dvc", site.folder / "first-version")
        if job is Job.MEND:
            shutil.copy(site.folder / "first-version", site.folder / "data.dvc")
        if job in (Job.RESTORE, Job.ONE):
            workspace = self._workspace(site, job)
            workspace.mkdir()
            self._make(workspace)
            self._call(workspace, "cache", "dir", str(site.folder / ".dvc" / "cache"))
            shutil.copy(site.folder / "data.dvc", workspace / "data.dvc")

    def command(self, site: Site, job: Job) -> Command | None:
        """By ``add``, ``checkout`` and ``list``."""
        match job:
            case Job.SAVE | Job.AGAIN | Job.CHANGED:
                return self._command(site.folder, "add", "-q", "data")
            case Job.MEND:
                return self._command(site.folder, "checkout", "-q", "--force", "data.dvc")
            case Job.RESTORE:
                return self._command(self._workspace(site, job), "checkout", "-q", "data.dvc")
            case Job.ONE:
                return self._command(self._workspace(site, job), "checkout", "-q", f"data/{site.one}")
            case Job.LIST:
                return self._command(site.folder, "list", ".", "data", "-R")
            case _:
                return None

    def _workspace(self, site: Site, job: Job) -> Path:
        return site.folder / f"workspace-{job.name.lower()}"

    def _make(self, folder: Path) -> None:
        self._call(folder, "init", "-q", "--no-scm")
        self._call(folder, "config", "core.analytics", "false")
        self._call(folder, "config", "core.check_update", "false")

    def _command(self, folder: Path, *words: str) -> Command:
        return Command([self._program, *words], folder, self._settings)

    def _call(self, folder: Path, *words: str) -> None:
        from tests.benchmarks.command import run

        run(self._command(folder, *words), folder.parent / "prepare.log")
