"""What is killed at any call leaves every asset as it was, and can be repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.store import Cellar
from tests.conftest import Counted

from .harness import EVERY, Faults, Points, assert_as_before, assert_sound, contents, fresh_copy, sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, faults: Faults) -> Path:
    """A project with three assets, of which the first two share nothing with the third."""
    folder = tmp_path_factory.mktemp("template") / "project"
    folder.mkdir()
    for salt in ("first", "second", "last"):
        assert faults.run("save", str(folder), "data", salt).code == 0
    return folder


def save_again(faults: Faults, project: Path, wanted: str) -> None:
    again = faults.run("save", str(project), "data", "new")
    assert (again.code, again.out) == (0, wanted), again.err


@pytest.mark.parametrize("points", [10, *EVERY])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_save_killed_at_any_call_changes_nothing_that_was_there(
    faults: Faults, template: Path, tmp_path: Path, when: str, points: Points, counted: Counted
) -> None:
    before = contents(template)
    project = fresh_copy(template, tmp_path / "project")
    calls = faults.count("save", str(project), "data", "new", report=tmp_path / "count")
    wanted = Cellar.open(project).find("data").asset
    assert wanted
    counted(f"saves killed {when} a call: nothing lost, none half", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh_copy(template, tmp_path / "project")
        after = {"KILLAFTER": "1"} if when == "after" else {}
        ended = faults.run("save", str(project), "data", "new", KILLAT=str(call), **after)
        assert ended.code == -9, f"call {call} of {calls}: {ended}"
        assert_as_before(project, before, 1)
        save_again(faults, project, wanted.digest.hex())
        assert_as_before(project, before, 2)


@pytest.mark.parametrize("points", [6, *EVERY])
def test_a_first_save_killed_at_any_call_leaves_a_place_where_the_next_one_works(
    faults: Faults, tmp_path: Path, points: Points, counted: Counted
) -> None:
    (tmp_path / "counted").mkdir()
    calls = faults.count("save", str(tmp_path / "counted"), "data", "first", report=tmp_path / "count")
    counted("first saves of all killed: the next one works", len(sample(calls, points)))
    for call in sample(calls, points):
        project = tmp_path / f"project-{call}"
        project.mkdir()
        assert faults.run("save", str(project), "data", "first", KILLAT=str(call)).code == -9
        again = faults.run("save", str(project), "data", "first")
        assert again.code == 0, f"call {call} of {calls}: {again.err}"
        assert_as_before(project, {}, 2)


@pytest.mark.parametrize("points", [8, *EVERY])
def test_a_collection_killed_at_any_call_takes_nothing_that_is_needed(
    faults: Faults, template: Path, tmp_path: Path, points: Points, counted: Counted
) -> None:
    kept = {"data@3": contents(template)["data@3"]}
    project = fresh_copy(template, tmp_path / "project")
    calls = faults.count("collect", str(project), "data", report=tmp_path / "count")
    left = sorted(path.stat().st_size for path in project.glob(".cellar/packs/*"))
    counted("collections killed: nothing lost", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh_copy(template, tmp_path / "project")
        assert faults.run("collect", str(project), "data", KILLAT=str(call)).code == -9
        assert_as_before(project, kept, 2)
        again = faults.run("collect", str(project), "data")
        assert again.code == 0, f"call {call} of {calls}: {again.err}"
        assert contents(project) == kept
        assert_sound(project)
        assert sorted(path.stat().st_size for path in project.glob(".cellar/packs/*")) == left


@pytest.mark.parametrize("points", [6, *EVERY])
def test_a_repair_of_the_catalogue_killed_at_any_call_can_be_repeated(
    faults: Faults, template: Path, tmp_path: Path, points: Points, counted: Counted
) -> None:
    before = contents(template)
    bare = fresh_copy(template, tmp_path / "bare")
    for path in bare.glob(".cellar/catalogue.db*"):
        path.unlink()
    project = fresh_copy(bare, tmp_path / "project")
    calls = faults.count("repair", str(project), report=tmp_path / "count")
    counted("repairs of the catalogue killed: nothing lost", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh_copy(bare, tmp_path / "project")
        assert faults.run("repair", str(project), KILLAT=str(call)).code == -9
        again = faults.run("repair", str(project))
        assert again.code == 0, f"call {call} of {calls}: {again.err}"
        assert_as_before(project, before, 0)


@pytest.mark.parametrize("points", [4, *EVERY])
def test_a_repair_of_packs_killed_at_any_call_loses_nothing_more(
    faults: Faults, template: Path, tmp_path: Path, points: Points, counted: Counted
) -> None:
    before = contents(template)
    hurt = fresh_copy(template, tmp_path / "hurt")
    pack = max(path for path in hurt.glob(".cellar/packs/*") if not path.suffix and path.stat().st_size < 2**20)
    data = bytearray(pack.read_bytes())
    data[0] ^= 1  # the first small file of the last asset
    pack.chmod(0o600)
    pack.write_bytes(data)
    project = fresh_copy(hurt, tmp_path / "project")
    calls = faults.count("mend", str(project), report=tmp_path / "count")
    counted("repairs of packs killed: nothing lost", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh_copy(hurt, tmp_path / "project")
        assert faults.run("mend", str(project), KILLAT=str(call)).code == -9
        again = faults.run("mend", str(project))
        assert again.code == 0, f"call {call} of {calls}: {again.err}"
        assert faults.run("save", str(project), "data", "last").code == 0
        assert_as_before(project, before, 1)
