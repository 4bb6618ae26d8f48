"""restic, with a local repository."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from tests.benchmarks.command import Command, run
from tests.benchmarks.job import Job, Site


class Restic:
    """restic in its default configuration."""

    name = "restic"
    besides = "encrypts; cuts by content and compresses; fsyncs; verifies what it restores"

    def version(self) -> str:
        """What it says of itself."""
        said = subprocess.run(["restic", "version"], check=True, capture_output=True, text=True).stdout
        return " ".join(said.split()[:2])

    def prepare(self, site: Site, job: Job) -> None:
        """An empty repository."""
        if job is Job.SAVE:
            run(self._command(site, "init"), site.folder / "prepare.log")

    def command(self, site: Site, job: Job) -> Command | None:
        """By ``backup``, ``restore`` and ``ls``."""
        match job:
            case Job.SAVE | Job.AGAIN | Job.CHANGED:
                return self._command(site, "backup", "data")
            case Job.RESTORE:
                return self._command(site, "restore", "latest", "--target", str(site.out))
            case Job.ONE:
                one = f"{site.data}/{site.one}"
                return self._command(site, "restore", "latest", "--include", one, "--target", str(site.folder / "one"))
            case Job.LIST:
                return self._command(site, "ls", "latest")
            case _:
                return None

    def _command(self, site: Site, *words: str) -> Command:
        settings: Mapping[str, str] = {
            "RESTIC_REPOSITORY": str(site.folder / "repository"),
            "RESTIC_PASSWORD": "benchmark",
            "RESTIC_CACHE_DIR": str(site.folder / "cache"),
        }
        return Command(["restic", "-q", *words], site.folder, settings)
