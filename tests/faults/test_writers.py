"""Many writers at once: every save is published, none is damaged, nobody sees a lock; also while others collect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, CheckLevel, RunQuery
from tests.conftest import Counted

from .harness import SCRIPTS

pytestmark = pytest.mark.slow


def writers(folder: Path, processes: int, saves: int) -> list[subprocess.Popen[str]]:
    command = [sys.executable, str(SCRIPTS / "many.py"), str(folder)]
    return [
        subprocess.Popen([*command, f"s{number % 2}", str(saves)], stderr=subprocess.PIPE, text=True)
        for number in range(processes)
    ]


def test_four_processes_save_overlapping_files_at_once(tmp_path: Path, counted: Counted) -> None:
    for process in writers(tmp_path, 4, 25):
        _, trouble = process.communicate(timeout=120)
        assert (process.returncode, trouble) == (0, "")
    cellar = Cellar.open(tmp_path)
    runs = cellar.runs()
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
    assert sorted(run.ref for run in runs) == sorted(f"s{s}@{n}" for s in range(2) for n in range(1, 51))
    assert len({run.sequence for run in runs}) == 100
    assert cellar.check(CheckLevel.READ_DATA).sound
    assert cellar.check().debris_count == 0
    cellar.close()
    counted("saves of four processes at once, all published", len(runs))


@pytest.mark.parametrize(("processes", "saves"), [(3, 15), pytest.param(8, 200, marks=pytest.mark.long)])
def test_writers_collectors_and_a_check_at_once_lose_nothing(
    tmp_path: Path, processes: int, saves: int, counted: Counted
) -> None:
    """Collectors without any grace take what writers have staged now and then; a check raises no false alarm."""
    Cellar.open(tmp_path)._ensure()
    command = [sys.executable, str(SCRIPTS / "tidy.py"), str(tmp_path)]
    others = [
        subprocess.Popen(
            [*command, task], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for task in ("collect", "collect", "check")
    ]
    for process in writers(tmp_path, processes, saves):
        _, trouble = process.communicate(timeout=600)
        assert (process.returncode, trouble) == (0, "")
    rounds = []
    for other in others:
        out, trouble = other.communicate("enough", timeout=120)
        assert (other.returncode, trouble) == (0, "")
        rounds.append(int(out))
    cellar = Cellar.open(tmp_path)
    numbers = {name: [run.number for run in cellar.runs(RunQuery(name=name, removed=None))] for name in ("s0", "s1")}
    assert sum(max(found) for found in numbers.values()) == processes * saves
    assert all(
        sorted(found, reverse=True)[:3] == sorted(range(max(found) - 2, max(found) + 1), reverse=True)
        for found in numbers.values()
    )
    report = cellar.check(CheckLevel.READ_DATA)
    assert report.sound, report.damages
    cellar.gc(yes=True, grace_s=0)
    assert cellar.check().debris_count == 0
    cellar.close()
    counted("saves beside two collectors and a check, none lost", processes * saves)
    counted("collections meanwhile", sum(rounds[:2]))
    counted("checks of every byte meanwhile, no false alarm", rounds[2])
