"""A restore is undone, and what a killed one left is removed."""

import json
import os
import shutil
from pathlib import Path

import pytest

from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.errors import ConflictError, NotFoundError, UnsafeError
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.store.objects.processes import this_process
from tests.assets.restoring import listing, restore, saved
from tests.assets.saving import save


def test_undo_removes_what_a_restore_made_and_leaves_what_came_since(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    (tree / "empty/x").mkdir(parents=True)
    summary = saved(cellar, tree, a="1", d__e__f="2", d__g="3")
    target = tmp_path / "p/q"
    restore(cellar, summary, target)
    (target / "d/e/mine").write_text("mine")
    undone = undo(cellar)
    assert len(undone.removed) == 3
    assert listing(tmp_path / "p") == {"q": "/", "q/d": "/", "q/d/e": "/", "q/d/e/mine": b"mine".hex()}
    with pytest.raises(NotFoundError, match="no restore to undo"):
        undo(cellar)


def test_undo_after_safe_takes_the_bytes_from_the_store(cellar: Cellar, tree: Path) -> None:
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 1))
    (tree / "run").write_text("x")
    (tree / "run").chmod(0o755)
    (tree / "link").symlink_to("run")
    first = save(cellar, tree)[1].summary
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 2))
    (tree / "run").write_text("y")
    (tree / "link").unlink()
    (tree / "link").symlink_to("big")
    save(cellar, tree)
    before = listing(tree)
    assert restore(cellar, first, tree).replace == (b"big", b"link", b"run")
    cellar.remove(cellar.find("w@2"))  # the trash still has it
    undone = undo(cellar)
    assert len(undone.put_back) == 3
    assert listing(tree) == before


def test_undo_refuses_where_restored_files_were_edited(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="one", b="one")
    (tree / "a").write_text("mine")
    restore(cellar, summary, tree, Policy.REPLACE)
    (tree / "a").write_text("edited")
    with pytest.raises(ConflictError, match="1 restored file was changed since: a"):
        undo(cellar)
    assert (tree / "a").read_text() == "edited"
    (tree / "a").unlink()
    undo(cellar)
    assert (tree / "a").read_text() == "mine"


def test_several_restores_are_undone_newest_first(cellar: Cellar, tree: Path) -> None:
    states = [listing(tree)]
    versions = [saved(cellar, tree, a=text) for text in ("one", "two", "three")]
    (tree / "a").write_text("mine")
    states = [listing(tree)]
    for version in versions:
        restore(cellar, version, tree, Policy.REPLACE)
        states.append(listing(tree))
    for state in reversed(states[:-1]):
        undo(cellar)
        assert listing(tree) == state


def test_the_last_restore_is_undone_first_also_where_the_clock_was_set_back(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="one")
    records = cellar.folder / "rescue" / "undo"
    (tree / "a").write_text("first edit")
    restore(cellar, summary, tree, Policy.REPLACE)
    (made,) = records.iterdir()
    made.rename(records / ("7" + made.name[1:]))  # by a clock of thousands of years from now
    (tree / "a").write_text("second edit")
    restore(cellar, summary, tree, Policy.REPLACE)
    undo(cellar)
    assert (tree / "a").read_text() == "second edit"


def test_what_is_not_undoable_leaves_no_record_and_no_copy(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="one")
    (tree / "a").write_text("mine")
    execute(cellar, plan(cellar, summary, tree, policy=Policy.REPLACE), undoable=False)
    assert listing(tree) == {"a": b"one".hex()}
    with pytest.raises(NotFoundError, match="no restore to undo"):
        undo(cellar)
    assert not (cellar.folder / "rescue" / "undo").exists()


def test_undo_says_when_the_folder_is_gone(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1")
    target = tmp_path / "out"
    target.mkdir()
    restore(cellar, summary, target)
    (target / "a").unlink()
    target.rmdir()
    with pytest.raises(NotFoundError, match="is gone"):
        undo(cellar)


@pytest.mark.parametrize("copied", [False, True], ids=["moved", "copied"])
def test_undo_is_about_the_project_where_its_store_is_now(tmp_path: Path, copied: bool) -> None:
    project, there, elsewhere = (tmp_path / name for name in ("project", "there", "elsewhere"))
    (project / "data").mkdir(parents=True)
    first = Cellar.open(project)
    summary = saved(first, project / "data", a="one")
    for target in (elsewhere, project / "data"):
        target.mkdir(exist_ok=True)
        (target / "a").write_text("mine")
        restore(first, summary, target, Policy.REPLACE)
    first.close()
    if copied:
        shutil.copytree(project, there)
    else:
        project.rename(there)
    second = Cellar.open(there)
    assert undo(second).folder == there / "data"
    assert (there / "data/a").read_text() == "mine"
    if copied:
        assert (project / "data/a").read_text() == "one"
        first = Cellar.open(project)
        assert undo(first).folder == project / "data"
        first.close()
        assert (project / "data/a").read_text() == "mine"
    assert undo(second).folder == elsewhere
    assert (elsewhere / "a").read_text() == "mine"
    second.close()


def test_a_record_that_somebody_else_wrote_is_not_followed(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    """It says what to write where, so a store that came from elsewhere must not bring one."""
    summary = saved(cellar, tree, a="one")
    (tree / "a").write_text("mine")
    restore(cellar, summary, tree, Policy.REPLACE)
    (record,) = (cellar.folder / "rescue" / "undo").iterdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home/a").write_text("one")
    body = json.loads((record / "record.json").read_text())
    (record / "record.json").write_text(json.dumps(body | {"base": str(tmp_path / "home")}))
    for signature in ("0" * 64, None):
        if signature is None:
            (record / "record.signature").unlink()
        else:
            (record / "record.signature").write_text(signature)
        with pytest.raises(UnsafeError, match="not written by you") as error:
            undo(cellar)
        assert "Nothing was undone" in str(error.value)
    assert (tmp_path / "home/a").read_text() == "one"
    assert sorted(path.name for path in record.iterdir()) == ["0", "record.json"]


def test_what_a_killed_restore_left_is_removed_and_a_hostile_note_removes_nothing_else(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    summary = saved(cellar, tree, a="one")
    (tmp_path / "out/.nbcellar-tmp-x/deep").mkdir(parents=True)
    (tmp_path / "out/.nbcellar-tmp-y").write_text("left")
    (tmp_path / "out/mine").write_text("mine")
    (tmp_path / ".nbcellar-tmp-z").write_text("outside")
    notes = cellar.folder / "rescue" / "under-way"
    notes.mkdir(parents=True)
    gone = {"host": os.uname().nodename, "boot": "an earlier one", "pid": 1, "pid_started": "1"}
    names = [".nbcellar-tmp-x", ".nbcellar-tmp-y", "mine", "../.nbcellar-tmp-z", "", "/"]
    (notes / "1.json").write_text(json.dumps({"process": gone, "base": str(tmp_path / "out"), "names": names}))
    living = {"process": this_process(), "base": str(tmp_path), "names": [".nbcellar-tmp-z"]}
    (notes / "2.json").write_text(json.dumps(living))
    (notes / "3.json").write_text("[cut sho")
    (notes / "4.json").write_text("[]")
    for name in ("emptied", "kept", "young"):
        record = cellar.folder / "rescue" / "undo" / name
        record.mkdir(parents=True)
        (record / ("0" if name == "kept" else "record.signature")).write_text("x")
        if name != "young":
            os.utime(record, (1, 1))
    restore(cellar, summary, tmp_path / "target")
    assert listing(tmp_path / "out") == {"mine": b"mine".hex()}
    assert (tmp_path / ".nbcellar-tmp-z").read_text() == "outside"
    assert [path.name for path in notes.iterdir()] == ["2.json"]
    records = [path.name for path in (cellar.folder / "rescue" / "undo").iterdir()]
    assert sorted(name for name in records if name.isalpha()) == ["kept", "young"]
