"""What copies and looks, and keeps no version: the ground under everybody's feet."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.command import Command, run
from tests.benchmarks.job import Job, Site

LOOK = """
import os, sys
waiting, count = [sys.argv[1]], 0
while waiting:
    with os.scandir(waiting.pop()) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False):
                waiting.append(one.path)
            else:
                count += one.stat(follow_symlinks=False).st_size
print(count)
"""

HASH = """
import os, sys
from blake3 import blake3
hasher, room = blake3(max_threads=2), bytearray(2**24)
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb", buffering=0) as file:
            while count := file.readinto(room):
                hasher.update(memoryview(room)[:count])
print(hasher.hexdigest())
"""


class Copy:
    """GNU cp."""

    name = "cp -a"
    besides = "copies, and keeps no version; does not fsync"

    def version(self) -> str:
        """What it says of itself."""
        return first_line("cp", "--version").replace("cp (GNU coreutils)", "coreutils")

    def prepare(self, site: Site, job: Job) -> None:
        """Nothing."""

    def command(self, site: Site, job: Job) -> Command | None:
        """A copy."""
        return Command(["cp", "-a", "data", "copy"], site.folder) if job is Job.SAVE else None


class Tar:
    """GNU tar, without compression."""

    name = "tar"
    besides = "one archive, and keeps no version; does not fsync; verifies nothing"

    def version(self) -> str:
        """What it says of itself."""
        return first_line("tar", "--version").replace("(GNU tar) ", "")

    def prepare(self, site: Site, job: Job) -> None:
        """An archive, before it is unpacked."""
        if job is Job.RESTORE:
            run(Command(["tar", "-cf", "data.tar", "data"], site.folder), site.folder / "prepare.log")
            site.out.mkdir()

    def command(self, site: Site, job: Job) -> Command | None:
        """Unpacking."""
        return Command(["tar", "-xf", "../data.tar"], site.out) if job is Job.RESTORE else None


class Look:
    """A Python program that lists every folder and stats every file."""

    name = "scandir + stat"
    besides = "a Python program that only looks at every file"

    def version(self) -> str:
        """Python's."""
        return f"Python {sys.version.split()[0]}"

    def prepare(self, site: Site, job: Job) -> None:
        """Nothing."""

    def command(self, site: Site, job: Job) -> Command | None:
        """One look."""
        return Command([sys.executable, "-c", LOOK, "data"], site.folder) if job is Job.AGAIN else None


class Hash:
    """A Python program that hashes every file."""

    name = "hashing"
    besides = "a Python program that reads every file and hashes it with BLAKE3 on two threads"

    def version(self) -> str:
        """Of the library."""
        from importlib.metadata import version

        return f"blake3 {version('blake3')}"

    def prepare(self, site: Site, job: Job) -> None:
        """Nothing."""

    def command(self, site: Site, job: Job) -> Command | None:
        """One reading."""
        return Command([sys.executable, "-c", HASH, "data"], site.folder) if job is Job.SAVE else None


def first_line(*words: str) -> str:
    """The first line that a program prints."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[0]
