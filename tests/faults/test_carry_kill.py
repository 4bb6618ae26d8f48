"""A backup, an export or an import killed at any call can be repeated, and leaves nothing half that looks whole."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from nbcellar.model import Address
from nbcellar.store import Cellar, CheckLevel
from tests.conftest import Counted

from .harness import EVERY, Faults, Points, assert_as_before, assert_sound, contents, fresh_copy, sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, faults: Faults) -> Path:
    folder = tmp_path_factory.mktemp("template") / "project"
    folder.mkdir()
    for salt in ("first", "second"):
        assert faults.run("save", str(folder), "data", salt).code == 0
    return folder


def assert_backed_up(backup: Path, runs: int) -> None:
    copy = Cellar.open(backup.parent, address=Address(backup.as_uri(), f"sqlite:///{backup / 'catalogue.db'}"))
    assert copy.check(CheckLevel.READ_DATA).sound
    assert len(copy.runs()) == runs
    copy.close()


@pytest.mark.parametrize("points", [5, *EVERY])
@pytest.mark.parametrize("before", [False, True])
def test_a_backup_killed_at_any_call_can_be_repeated(
    faults: Faults, template: Path, tmp_path: Path, before: bool, points: Points, counted: Counted
) -> None:
    """The first one into a folder, and a later one beside which the earlier stays usable."""
    project = fresh_copy(template, tmp_path / "project")
    earlier = tmp_path / "earlier"
    assert faults.run("carry", str(project), str(earlier), "backup").code == 0
    assert faults.run("save", str(project), "data", "third").code == 0
    start = earlier if before else tmp_path / "nothing"
    start.mkdir(exist_ok=True)
    calls = faults.count(
        "carry", str(project), str(fresh_copy(start, tmp_path / "copy")), "backup", report=tmp_path / "n"
    )
    counted("backups killed, and repeated", len(sample(calls, points)))
    for call in sample(calls, points):
        copy = fresh_copy(start, tmp_path / "copy")
        assert faults.run("carry", str(project), str(copy), "backup", KILLAT=str(call)).code == -9
        again = faults.run("carry", str(project), str(copy), "backup")
        assert again.code == 0, f"call {call} of {calls}: {again.err}"
        assert_backed_up(copy, 3)
        assert not (copy / "backup-begun").exists()
    assert_sound(project)


@pytest.mark.parametrize("points", [4, *EVERY])
def test_an_export_killed_at_any_call_leaves_the_earlier_file_or_the_new_one(
    faults: Faults, template: Path, tmp_path: Path, points: Points, counted: Counted
) -> None:
    project = fresh_copy(template, tmp_path / "project")
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "data.zip"
    calls = faults.count("carry", str(project), str(path), "export", report=tmp_path / "n")
    counted("exports killed", len(sample(calls, points)))
    for call in sample(calls, points):
        path.write_bytes(b"earlier")
        assert faults.run("carry", str(project), str(path), "export", KILLAT=str(call)).code == -9
        if path.read_bytes() != b"earlier":
            assert_whole(path)
    assert faults.run("carry", str(project), str(path), "export").code == 0
    assert_whole(path)


def assert_whole(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 32, "31 files and the list"


@pytest.mark.parametrize("points", [5, *EVERY])
def test_an_import_killed_at_any_call_changes_nothing_that_was_there(
    faults: Faults, template: Path, tmp_path: Path, points: Points, counted: Counted
) -> None:
    path = tmp_path / "data.zip"
    assert faults.run("carry", str(template), str(path), "export").code == 0
    (tmp_path / "other").mkdir()
    assert faults.run("save", str(tmp_path / "other"), "mine", "mine").code == 0
    before = contents(tmp_path / "other")
    calls = faults.count(
        "carry", str(fresh_copy(tmp_path / "other", tmp_path / "p")), str(path), "import", report=tmp_path / "n"
    )
    counted("imports killed, and repeated", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh_copy(tmp_path / "other", tmp_path / "p")
        assert faults.run("carry", str(project), str(path), "import", KILLAT=str(call)).code == -9
        assert_as_before(project, before, 1)
        assert faults.run("carry", str(project), str(path), "import").code == 0
        assert_as_before(project, before, 1)
        assert len(contents(project)) == len(before) + 1
