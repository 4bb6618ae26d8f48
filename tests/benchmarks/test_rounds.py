"""The benchmarks count right: order, ratios, the page; and ours does every job that it is timed at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import workload
from tests.benchmarks.command import Command, Measure, run
from tests.benchmarks.goals import GOALS, Goal
from tests.benchmarks.job import Contender, Job
from tests.benchmarks.limits import Bar, Limits, many_files, one_large_file, section
from tests.benchmarks.page import put_section
from tests.benchmarks.peers.copying import Copy, Hash, Look, Tar
from tests.benchmarks.peers.ours import Ours
from tests.benchmarks.report import Row, rows
from tests.benchmarks.rounds import Results, Series, play, ratio, rotated
from tests.benchmarks.storing import FULL, Size, bench, every_series
from tests.benchmarks.tasking import BARE, WORKS, Time, Work, measured
from tests.benchmarks.tasking import rows as task_rows

ROOT = Path(__file__).resolve().parents[2]


def test_the_ratio_is_the_median_of_the_pairs_and_not_the_ratio_of_medians() -> None:
    found = ratio([1.0, 8.0, 3.0], [2.0, 2.0, 4.0])
    assert (found.middle, found.low, found.high) == (0.75, 0.5, 4.0)


def test_a_ratio_needs_as_many_rounds_of_both() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        ratio([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="no round"):
        ratio([], [])


def test_everybody_is_first_once_in_as_many_rounds_as_there_are_contenders() -> None:
    who: list[Contender] = [Ours(), Copy(), Tar()]
    orders = [[one.name for one in rotated(who, number)] for number in range(3)]
    assert [order[0] for order in orders] == ["nbcellar", "cp -a", "tar"]
    assert all(sorted(order) == sorted(orders[0]) for order in orders)


def test_a_goal_is_met_at_the_bar_and_missed_above_it() -> None:
    goal = Goal("W1", Job.SAVE, "git", 0.5)
    assert Row(goal, [Measure(1.0, 1.0, 1)], [Measure(2.0, 1.0, 1)]).met
    assert not Row(goal, [Measure(1.1, 1.0, 1)], [Measure(2.0, 1.0, 1)]).met
    assert "✗ ≤ 0.5" in Row(goal, [Measure(1.1, 1.0, 1)], [Measure(2.0, 1.0, 1)]).cells()


def test_every_goal_is_measured_by_a_full_run() -> None:
    names = ["nbcellar", "dvc", "restic", "git", "cp -a", "tar", "scandir + stat", "hashing"]
    real: dict[str, Contender] = {one.name: one for one in (Ours(), Copy(), Tar(), Look(), Hash())}
    who = {name: real.get(name, Copy()) for name in names}
    for goal in GOALS:
        series = next(one for one in every_series(FULL, who) if one.workload.name == goal.workload)
        assert goal.job in series.jobs
        assert (goal.their_job or goal.job) in series.jobs
        assert who[goal.peer] in series.contenders


def test_a_section_of_the_page_is_written_anew_and_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    put_section(page, "store", "## The store\n\nold")
    put_section(page, "start", "## Start")
    put_section(page, "store", "## The store\n\nnew")
    text = page.read_text()
    assert text.count("# Benchmarks\n") == 1
    assert "old" not in text
    assert text.index("new") < text.index("## Start")


def test_a_command_that_fails_ends_the_benchmark_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no luck"):
        run(Command(["sh", "-c", "echo no luck; exit 3"], tmp_path), tmp_path / "log")


def test_memory_and_time_are_those_of_the_command(tmp_path: Path) -> None:
    hungry = "x = bytearray(200 * 2**20)"
    code = (  # from a small process: what a child had before it became another program counts too
        "import sys; from pathlib import Path; from tests.benchmarks.command import Command, run\n"
        f"here = Path({str(tmp_path)!r})\n"
        f"measure = run(Command([sys.executable, '-c', {hungry!r}], here), here / 'log')\n"
        "print(measure.peak_bytes, measure.cpu_s > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    peak, counted = done.stdout.split()
    assert 200 * 2**20 < int(peak) < 400 * 2**20
    assert counted == "True"


@pytest.mark.slow
def test_ours_does_every_job(tmp_path: Path) -> None:
    results = Results()
    jobs = (*(job for job in Job if job is not Job.MOVE), Job.MOVE)
    said: list[str] = []
    series = Series(workload.small_files(120), jobs, [Ours(), Copy(), Tar(), Look()])
    for number in range(2):
        play(series, tmp_path / "W1", number, results, said.append)
    assert {job for _, name, job in results.measures if name == "nbcellar"} == set(Job)
    assert all(len(measures) == 2 for measures in results.measures.values())
    found = rows(GOALS, results)
    assert {row.goal.peer for row in found} == {"cp -a", "tar", "scandir + stat"}
    place = tmp_path / "W1" / "round-1" / "nbcellar"
    assert workload.size_of(place / "out" / "data") == workload.size_of(tmp_path / "W1" / "source")
    assert workload.size_of(place / "one")[0] == 1
    first = "part-000/file-00000.bin"  # one of those that were changed, and mended
    assert (place / "data" / first).read_bytes() == (tmp_path / "W1" / "source" / first).read_bytes()


def test_a_bar_is_met_at_the_bar_and_missed_above_it() -> None:
    assert Bar(2, 2**20).text(2.0, 2**20) == "✓ ≤ 2 s, ✓ ≤ 1 MiB"
    assert Bar(2, 2**20).text(2.1, 2**20 + 1) == "✗ ≤ 2 s, ✗ ≤ 1 MiB"
    assert Bar().text(2.1, 1) == ""


@pytest.mark.slow
def test_limits_are_measured_and_leave_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    limits = Limits(tmp_path, said.append)
    many_files(limits, 1200)
    one_large_file(limits, 17)
    assert [line[0].partition(": ")[2] for line in limits.lines] == [
        *("first save", "saved again, unchanged"),
        *("listed", "its folders", "a folder of the browser", "a page of 1,000", "a glob in one folder"),
        "a glob that nothing matches",
        *("first save", "saved again, unchanged", "restore into an empty folder", "restore in place, 1 MiB changed"),
    ]
    assert all(line[0] in section(limits) for line in limits.lines) and len(said) == 12
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.slow
def test_within_little_room_the_files_of_one_round_are_kept_at_a_time(tmp_path: Path) -> None:
    names = ["nbcellar", "dvc", "restic", "git", "cp -a", "tar", "scandir + stat", "hashing"]
    who: dict[str, Contender] = {name: Copy() for name in names}
    kept: list[set[str]] = []
    size = Size(small=3, large_mib=1, medium=2, packages=2, rounds=2, tight=True)
    for _ in bench(size, who, tmp_path, lambda _: None, ["W1", "W3"]):
        kept.append({path.name for path in tmp_path.glob("*/*")})
    assert kept == [{"source"}, set(), {"source"}, set()]


def marks(work: Work) -> tuple[pytest.MarkDecorator, ...]:
    return () if work.ours in ("empty", "function") else (pytest.mark.long,)


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(work.ours, marks=marks(work)) for work in WORKS])
def test_every_step_of_ours_runs_and_so_does_the_bare_cell(name: str, tmp_path: Path) -> None:
    (work,) = [one for one in WORKS if one.ours == name]
    bare = [words for words in work.others.values() if words[0] == "ours.py"]
    for words in [("ours.py", work.ours), *bare]:
        assert measured(words, Path(sys.executable), tmp_path / words[-1].replace(" ", "-")).cpu_s > 0


def test_rows_of_tasks_hold_both_sides_and_the_bar() -> None:
    empty = WORKS[0]
    rows_of = task_rows(empty, {"nbcellar": [Time(0.010, 0.009)], BARE: [Time(0.001, 0.001)]})
    assert [row[2:] for row in rows_of] == [
        ("10.0 ms", "1.0 ms", "**10** (10 to 10)", "✓ ≤ 30 ms of CPU more", "9.0 ms / 1.0 ms")
    ]
    (late,) = task_rows(empty, {"nbcellar": [Time(0.050, 0.040)], BARE: [Time(0.001, 0.001)]})
    assert late[5] == "✗ ≤ 30 ms of CPU more"
