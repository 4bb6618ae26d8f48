"""A save that is killed at any call leaves every earlier asset as it was, and can be repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, CheckLevel, RunQuery

from .harness import Faults, fresh_copy, sample

POINTS = 20

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, faults: Faults) -> Path:
    """A project with two assets."""
    folder = tmp_path_factory.mktemp("template") / "project"
    folder.mkdir()
    for salt in ("first", "second"):
        assert faults.run("save", str(folder), "data", salt).code == 0
    return folder


def contents(cellar: Cellar) -> dict[str, dict[bytes, bytes]]:
    """Every file of every asset that a success made."""
    return {
        run.ref: {entry.name: cellar.read_file(entry) for entry in cellar.manifest(run.asset)}
        for run in cellar.runs(RunQuery(statuses=(RunStatus.SUCCEEDED,)))
        if run.asset
    }


def assert_as_before(folder: Path, before: dict[str, dict[bytes, bytes]], most_new: int) -> None:
    cellar = Cellar.open(folder)
    report = cellar.check(CheckLevel.READ_DATA)
    assert report.sound, report.damages
    after = contents(cellar)
    assert {ref: after.get(ref) for ref in before} == before
    assert len(after) - len(before) in range(most_new + 1)
    cellar.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_save_killed_at_any_call_changes_nothing_that_was_there(
    faults: Faults, template: Path, tmp_path: Path, when: str
) -> None:
    before = contents(Cellar.open(template))
    project = fresh_copy(template, tmp_path / "project")
    calls = faults.count("save", str(project), "data", "third", report=tmp_path / "count")
    wanted = Cellar.open(project).find("data").asset
    assert wanted
    for call in sample(calls, POINTS // 2):
        project = fresh_copy(template, tmp_path / "project")
        after = {"KILLAFTER": "1"} if when == "after" else {}
        ended = faults.run("save", str(project), "data", "third", KILLAT=str(call), **after)
        assert ended.code == -9, f"call {call} of {calls}: {ended}"
        assert_as_before(project, before, 1)
        again = faults.run("save", str(project), "data", "third")
        assert (again.code, again.out) == (0, wanted.digest.hex()), again.err
        assert_as_before(project, before, 2)


def test_a_first_save_killed_at_any_call_leaves_a_place_where_the_next_one_works(
    faults: Faults, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "counted").mkdir()
    calls = faults.count("save", str(tmp_path / "counted"), "data", "first", report=tmp_path / "count")
    for call in sample(calls, POINTS):
        project = tmp_path / f"project-{call}"
        project.mkdir()
        assert faults.run("save", str(project), "data", "first", KILLAT=str(call)).code == -9
        again = faults.run("save", str(project), "data", "first")
        assert again.code == 0, f"call {call} of {calls}: {again.err}"
        assert_as_before(project, {}, 2)
