"""git, as people use it for data."""

from __future__ import annotations

import subprocess

from tests.benchmarks.command import Command, run
from tests.benchmarks.job import Job, Site

CONFIGURATION = ("user.name=benchmark", "user.email=benchmark@localhost", "gc.auto=0", "maintenance.auto=false")


class Git:
    """git in its default configuration, without its garbage collection in the background."""

    name = "git"
    besides = "compresses; does not fsync loose objects"

    def version(self) -> str:
        """What it says of itself."""
        said = subprocess.run(["git", "version"], check=True, capture_output=True, text=True).stdout
        return " ".join(said.split()[::2])

    def prepare(self, site: Site, job: Job) -> None:
        """An empty repository; for a restore an empty work tree."""
        if job is Job.SAVE:
            run(Command(["git", "init", "-q"], site.folder), site.folder / "prepare.log")
        if job is Job.RESTORE:
            site.out.mkdir()

    def command(self, site: Site, job: Job) -> Command | None:
        """By ``add`` and ``commit``, and ``restore`` into another work tree."""
        git = " ".join(["git", *(f"-c {setting}" for setting in CONFIGURATION)])
        match job:
            case Job.SAVE | Job.AGAIN | Job.CHANGED:
                line = f"{git} add -A data && {git} commit -q --allow-empty -m version"
                return Command(["sh", "-c", line], site.folder)
            case Job.RESTORE:
                tree = f"--git-dir={site.folder}/.git --work-tree={site.out}"
                return Command(["sh", "-c", f"{git} {tree} restore ."], site.out)
            case Job.MEND:
                return Command(["sh", "-c", f"{git} checkout -q HEAD~1 -- data"], site.folder)
            case Job.ONE:
                return None
            case Job.LIST:
                return Command(["git", "ls-tree", "-r", "-l", "HEAD"], site.folder)
            case _:
                return None
