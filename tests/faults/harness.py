"""Runs a script of ours in a process of its own that dies, or whose calls fail, at a chosen point."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, CheckLevel, RunQuery

SCRIPTS = Path(__file__).parent / "scripts"

SHARES = 8


@dataclass(frozen=True)
class Share:
    """Every eighth call, from a different one on: all shares together are every call, each some minutes long."""

    number: int


Points = int | Share
"""So many points of all, or a share of every point."""

EVERY = [
    pytest.param(Share(number), marks=pytest.mark.long, id=f"every call, {number + 1} of {SHARES}")
    for number in range(SHARES)
]
"""Beside a number of points: all of them."""


@dataclass(frozen=True)
class Ended:
    """How the process ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Faults:
    """Starts scripts under the preloaded library."""

    library: Path

    def run(self, script: str, *arguments: str, **variables: str) -> Ended:
        """Run a script; ``variables`` are those of ``killat.c``."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("KILL", "NBCELLAR_"))}
        environment = {**kept, "PYTHONDONTWRITEBYTECODE": "1", **variables}
        if variables:
            environment["LD_PRELOAD"] = str(self.library)
        command = [sys.executable, "-X", "faulthandler", str(SCRIPTS / f"{script}.py"), *arguments]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        return Ended(ended.returncode, ended.stdout.strip(), ended.stderr)

    def count(self, script: str, *arguments: str, report: Path) -> int:
        """How many calls the script makes when nothing goes wrong."""
        ended = self.run(script, *arguments, KILLAT="0", KILLCOUNT=str(report))
        assert ended.code == 0, ended.err
        calls = int(report.read_text())
        assert calls > 10, "the library was not loaded"
        return calls


def sample(calls: int, points: Points) -> list[int]:
    """So many call numbers, spread evenly, first and last among them; or those of a share."""
    if isinstance(points, Share):
        return list(range(1 + points.number, calls + 1, SHARES))
    if calls <= points:
        return list(range(1, calls + 1))
    return sorted({1 + place * (calls - 1) // (points - 1) for place in range(points)})


def fresh_copy(source: Path, target: Path) -> Path:
    """A copy of a project folder, in place of an earlier one."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target


def contents(folder: Path) -> dict[str, dict[bytes, bytes]]:
    """Every file of every asset that a success made and that is not in the trash."""
    cellar = Cellar.open(folder)
    found = {
        run.ref: {entry.name: cellar.read_file(entry) for entry in cellar.manifest(run.asset)}
        for run in cellar.runs(RunQuery(statuses=(RunStatus.SUCCEEDED,)))
        if run.asset
    }
    cellar.close()
    return found


def assert_sound(folder: Path) -> None:
    """Every byte of the store of this project is as its digest says."""
    cellar = Cellar.open(folder)
    report = cellar.check(CheckLevel.READ_DATA)
    cellar.close()
    assert report.sound, report.damages


def assert_as_before(folder: Path, before: dict[str, dict[bytes, bytes]], most_new: int) -> None:
    """Every asset that was there is there unchanged, with at most so many new ones."""
    assert_sound(folder)
    after = contents(folder)
    assert {ref: after.get(ref) for ref in before} == before
    assert len(after) - len(before) in range(most_new + 1)
