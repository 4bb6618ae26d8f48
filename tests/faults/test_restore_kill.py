"""A restore or an undo killed at any call: nothing is half, none of yours is lost, it can be repeated and undone."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from nbcellar.assets.scanning.ignore import TEMPORARY_PREFIX
from nbcellar.errors import NotFoundError, StorageError
from nbcellar.store import Cellar
from tests.conftest import Counted
from tests.store.conftest import save_into

from .harness import EVERY, Faults, Points, assert_sound, fresh_copy, sample

pytestmark = pytest.mark.slow

ASSET = {
    b"new": b"new",
    b"a/b/new": b"new too",
    b"a/c": b"new three",
    b"stored": b"S2",
    b"edited": b"E2",
    b"same": b"=",
}
"""What is restored."""

MINE = {"stored": b"S1", "edited": b"E1, in no asset", "same": b"=", "other": b"not in the asset"}
"""What stands in the target before; ``stored`` is in an older asset."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "project"
    folder.mkdir()
    cellar = Cellar.open(folder)
    save_into(cellar, "older", {b"stored": MINE["stored"]})
    save_into(cellar, "data", ASSET)
    cellar.close()
    (folder / "target").mkdir()
    for name, content in MINE.items():
        (folder / "target" / name).write_bytes(content)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def temporary(name: str) -> bool:
    return any(part.encode().startswith(TEMPORARY_PREFIX) for part in Path(name).parts)


def mine(policy: str) -> dict[str, bytes]:
    """What stands in the target before; ``safe`` is refused where something would be lost, so that is not there."""
    return {name: content for name, content in MINE.items() if (name, policy) != ("edited", "safe")}


def fresh(template: Path, folder: Path, policy: str) -> Path:
    project = fresh_copy(template, folder / "project")
    if policy == "safe":
        (project / "target" / "edited").unlink()
    return project


def restored(policy: str) -> dict[str, bytes]:
    after = mine(policy) | {name.decode(): content for name, content in ASSET.items()}
    if policy == "backup":
        after |= {f"{name} (before restore)": MINE[name] for name in ("stored", "edited")}
    return after


def assert_nothing_lost(project: Path, before: dict[str, bytes], after: dict[str, bytes], policy: str = "") -> None:
    """Every name has what it had or what it shall have, and what is not in any asset is still somewhere."""
    found = {name: content for name, content in files(project / "target").items() if not temporary(name)}
    for name in before.keys() | after.keys():
        assert found.get(name) in (before.get(name), after.get(name)), name
    more = {name: found[name] for name in found.keys() - before.keys() - after.keys()}
    assert all(MINE[name.partition(" (before restore ")[0]] == content for name, content in more.items()), more
    if policy != "safe":
        kept = [path.read_bytes() for path in project.glob(".cellar/rescue/undo/*/*")]
        assert MINE["edited"] in [*found.values(), *kept]


def run(faults: Faults, project: Path, policy: str, **variables: str) -> tuple[int, str]:
    ended = faults.run("restore", str(project), str(project / "target"), policy, **variables)
    return ended.code, ended.err


def with_key(faults: Faults, template: Path, folder: Path, policy: str = "replace") -> Path:
    """A fresh project; the key of this user, which the first restore of all makes, is there already."""
    assert run(faults, fresh_copy(template, folder / "project"), "replace")[0] == 0
    return fresh(template, folder, policy)


@pytest.mark.parametrize("points", [6, *EVERY])
@pytest.mark.parametrize("policy", ["safe", "replace", "backup"])
def test_a_restore_killed_at_any_call_loses_nothing_and_can_be_undone_or_repeated(
    faults: Faults, template: Path, tmp_path: Path, policy: str, points: Points, counted: Counted
) -> None:
    project = with_key(faults, template, tmp_path, policy)
    calls = faults.count("restore", str(project), str(project / "target"), policy, report=tmp_path / "count")
    assert files(project / "target") == restored(policy)
    counted(f"restores killed ({policy}): nothing lost, undone and repeated", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh(template, tmp_path, policy)
        assert run(faults, project, policy, KILLAT=str(call))[0] == -9
        assert_nothing_lost(project, mine(policy), restored(policy), policy)
        if call % 2:
            code, trouble = run(faults, project, "undo")
            assert code in (0, NotFoundError.exit_code), f"call {call} of {calls}: {trouble}"
            found = {name: content for name, content in files(project / "target").items() if not temporary(name)}
            assert found == mine(policy), f"call {call} of {calls}: {trouble}"
        code, trouble = run(faults, project, policy)
        assert code == 0, f"call {call} of {calls}: {trouble}"
        assert_nothing_lost(project, restored(policy), restored(policy), policy)
        assert [name for name in files(project / "target") if temporary(name)] == []
        assert_sound(project)


@pytest.mark.parametrize("points", [4, *EVERY])
@pytest.mark.parametrize("policy", ["safe", "replace", "backup"])
def test_an_undo_killed_at_any_call_can_be_repeated(
    faults: Faults, template: Path, tmp_path: Path, policy: str, points: Points, counted: Counted
) -> None:
    project = fresh(template, tmp_path, policy)
    assert run(faults, project, policy)[0] == 0
    calls = faults.count("restore", str(project), "", "undo", report=tmp_path / "count")
    assert files(project / "target") == mine(policy)
    counted(f"undos killed ({policy}): repeated", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh(template, tmp_path, policy)
        assert run(faults, project, policy)[0] == 0
        assert run(faults, project, "undo", KILLAT=str(call))[0] == -9
        assert_nothing_lost(project, restored(policy), mine(policy), policy)
        code, trouble = run(faults, project, "undo")
        assert code in (0, NotFoundError.exit_code), f"call {call} of {calls}: {trouble}"
        assert files(project / "target") == mine(policy), f"call {call} of {calls}: {trouble}"


@pytest.mark.parametrize("points", [4, *EVERY])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_restore_whose_calls_fail_is_as_if_it_had_never_been(
    faults: Faults, template: Path, tmp_path: Path, code: int, points: Points, counted: Counted
) -> None:
    project = with_key(faults, template, tmp_path)
    calls = faults.count("restore", str(project), str(project / "target"), "replace", report=tmp_path / "count")
    told = 0
    counted(f"calls of a restore that failed with {errno.errorcode[code]}", len(sample(calls, points)))
    for call in sample(calls, points):
        project = fresh_copy(template, tmp_path / "project")
        ended, trouble = run(faults, project, "replace", KILLAT=str(call), KILLERR=str(code))
        assert "Traceback" not in trouble, f"call {call} of {calls}: {trouble}"
        assert ended in (0, StorageError.exit_code), f"call {call} of {calls}: {trouble}"
        told += ended != 0
        assert files(project / "target") == (MINE if ended else restored("replace")), f"call {call} of {calls}"
        assert run(faults, project, "replace")[0] == 0
        assert files(project / "target") == restored("replace")
    assert told > 1
