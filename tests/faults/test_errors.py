"""Calls that fail: a full disk and a broken one give our errors, publish nothing, and harm nothing."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from nbcellar.errors import StorageError
from tests.conftest import Counted

from .harness import EVERY, Faults, Points, assert_as_before, contents, fresh_copy, sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, faults: Faults) -> Path:
    folder = tmp_path_factory.mktemp("template") / "project"
    folder.mkdir()
    for salt in ("first", "second"):
        assert faults.run("save", str(folder), "data", salt).code == 0
    return folder


@pytest.mark.parametrize("points", [6, *EVERY])
@pytest.mark.parametrize("script", [("save", "data", "new"), ("collect", "data")])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_call_that_fails_is_told_and_nothing_is_lost(
    faults: Faults, template: Path, tmp_path: Path, script: tuple[str, ...], code: int, points: Points, counted: Counted
) -> None:
    name, *rest = script
    before = contents(template)
    kept = before if name == "save" else {"data@2": before["data@2"]}
    project = fresh_copy(template, tmp_path / "project")
    calls = faults.count(name, str(project), *rest, report=tmp_path / "count")
    told = 0
    counted(
        f"calls of a {name} that failed with {errno.errorcode[code]}: told, nothing lost", len(sample(calls, points))
    )
    for call in sample(calls, points):
        project = fresh_copy(template, tmp_path / "project")
        ended = faults.run(name, str(project), *rest, KILLAT=str(call), KILLERR=str(code))
        assert ended.code in (0, StorageError.exit_code), f"call {call} of {calls}: {ended}"
        assert "Traceback" not in ended.err, f"call {call} of {calls}: {ended.err}"
        told += ended.code != 0
        if ended.code and code == errno.ENOSPC:
            assert "full" in ended.err or "The catalogue" in ended.err, f"call {call} of {calls}: {ended.err}"
        assert_as_before(project, kept, 2)
        again = faults.run(name, str(project), *rest)
        assert again.code == 0, f"call {call} of {calls}: {again.err}"
        assert_as_before(project, kept, 2)
    assert told > 1


@pytest.mark.parametrize("points", [6, *EVERY])
def test_a_disk_that_stays_full_is_told_and_nothing_is_lost(
    faults: Faults, template: Path, tmp_path: Path, points: Points, counted: Counted
) -> None:
    before = contents(template)
    project = fresh_copy(template, tmp_path / "project")
    calls = faults.count("save", str(project), "data", "new", report=tmp_path / "count")
    counted("saves on a disk that became full and stayed so", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh_copy(template, tmp_path / "project")
        ended = faults.run("save", str(project), "data", "new", KILLAT=str(call), KILLERR="28", KILLERRS="1")
        assert ended.code in (0, StorageError.exit_code), f"call {call} of {calls}: {ended}"
        assert "Traceback" not in ended.err, f"call {call} of {calls}: {ended.err}"
        assert_as_before(project, before, 1)
        assert faults.run("save", str(project), "data", "new").code == 0
        assert_as_before(project, before, 2)
