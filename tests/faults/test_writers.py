"""Many writers at once: every save is published, none is damaged, nobody sees a lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, CheckLevel

from .harness import SCRIPTS


@pytest.mark.slow
def test_four_processes_save_overlapping_files_at_once(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS / "many.py"), str(tmp_path)]
    processes = [
        subprocess.Popen([*command, f"s{number % 2}", "25"], stderr=subprocess.PIPE, text=True) for number in range(4)
    ]
    for process in processes:
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
