"""Many writers at once: every save is published, none is damaged, nobody sees a lock; also while others collect."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from nbcellar.model import Run, RunStatus
from nbcellar.store import Cellar, CheckLevel, RunQuery
from tests.conftest import Counted

from .harness import SCRIPTS
from .scripts.many import contents_of
from .scripts.tidy import KEPT

pytestmark = pytest.mark.slow

Process: TypeAlias = "subprocess.Popen[str]"
Start: TypeAlias = Callable[..., Process]


@dataclass(frozen=True, order=True)
class Acknowledged:
    """A save of which a writer was told that it is durable."""

    sequence: int
    name: str
    number: int
    contents: int


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts scripts; none outlives the test."""
    pipe = subprocess.PIPE
    with ExitStack() as stack:

        def one(script: str, *arguments: str) -> Process:
            command = [sys.executable, str(SCRIPTS / f"{script}.py"), *arguments]
            process = stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
            stack.callback(process.kill)
            return process

        yield one


def start_writers(start: Start, folder: Path, processes: int, saves: int) -> list[tuple[str, Process]]:
    names = [f"s{number % 2}" for number in range(processes)]
    return [(name, start("many", str(folder), name, str(saves))) for name in names]


def finish_writers(writers: list[tuple[str, Process]], timeout_s: float) -> list[Acknowledged]:
    """What all of them were told, by sequence."""
    acknowledged = []
    for name, process in writers:
        out, trouble = process.communicate(timeout=timeout_s)
        assert (trouble, process.returncode) == ("", 0)
        for line in out.splitlines():
            sequence, number, contents = map(int, line.split())
            acknowledged.append(Acknowledged(sequence, name, number, contents))
    return sorted(acknowledged)


def test_four_processes_save_overlapping_files_at_once(tmp_path: Path, start: Start, counted: Counted) -> None:
    acknowledged = finish_writers(start_writers(start, tmp_path, 4, 25), 300)
    cellar = Cellar.open(tmp_path)
    runs = cellar.runs()
    assert {run.status for run in runs} == {RunStatus.SUCCEEDED}
    assert sorted(run.ref for run in runs) == sorted(f"s{s}@{n}" for s in range(2) for n in range(1, 51))
    assert [(run.sequence, run.name, run.number) for run in reversed(runs)] == [
        (one.sequence, one.name, one.number) for one in acknowledged
    ]
    assert cellar.check(CheckLevel.READ_DATA).sound
    assert cellar.check().debris_count == 0
    cellar.close()
    counted("saves of four processes at once, all published", len(runs))


@pytest.mark.parametrize(("processes", "saves"), [(3, 15), pytest.param(8, 200, marks=pytest.mark.long)])
def test_writers_collectors_and_a_check_at_once_lose_nothing(
    tmp_path: Path, start: Start, processes: int, saves: int, counted: Counted
) -> None:
    """Collectors without any grace take what writers have staged now and then; a check raises no false alarm."""
    Cellar.open(tmp_path)._ensure()
    others = [start("tidy", str(tmp_path), task) for task in ("collect", "collect", "check")]
    acknowledged = finish_writers(start_writers(start, tmp_path, processes, saves), 1200)
    rounds = [finish_tidying(other) for other in others]
    assert len(acknowledged) == processes * saves
    cellar = Cellar.open(tmp_path)
    for name in ("s0", "s1"):  # the newest are those that were published last, whatever their numbers
        runs = {run.sequence: run for run in cellar.runs(RunQuery(name=name, with_asset=True))}
        for one in [one for one in acknowledged if one.name == name][-KEPT:]:
            assert runs[one.sequence].number == one.number
            assert files_of(cellar, runs[one.sequence]) == contents_of(one.contents)
    report = cellar.check(CheckLevel.READ_DATA)
    assert report.sound, report.damages
    cellar.gc(yes=True, grace_s=0)
    assert cellar.check().debris_count == 0
    cellar.close()
    counted("saves beside two collectors and a check, none lost", processes * saves)
    counted("collections meanwhile", sum(rounds[:2]))
    counted("checks of every byte meanwhile, no false alarm", rounds[2])


def finish_tidying(process: Process) -> int:
    """How many rounds it made; none of them may have named any damage."""
    out, trouble = process.communicate("enough", timeout=600)
    *damages, rounds = out.splitlines() or [""]
    assert (damages, trouble, process.returncode) == ([], "", 0)
    return int(rounds)


def files_of(cellar: Cellar, run: Run) -> list[bytes]:
    assert run.asset
    return [cellar.read_file(entry) for entry in cellar.manifest(run.asset)]
