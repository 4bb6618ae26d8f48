"""What `rm` takes away and `trash` puts back."""

from __future__ import annotations

from pathlib import Path

import nbcellar as cellar
from tests.frontends.commands.conftest import Say
from tests.frontends.commands.told import rows


def test_what_is_removed_can_be_put_back(kept: Path, say: Say) -> None:
    assert say("rm", "results@2").out == "removed results@2\n"
    assert say("show", "results", "--json").json["ref"] == "results@1"
    said = say("show", "results@2")
    assert said.code == 3
    assert "trash" in said.err
    assert "results@2" in say("trash").out
    assert say("trash", "--put-back", "results@2").out == "put back results@2\n"
    assert say("show", "results", "--json").json["ref"] == "results@2"
    assert say("trash").out == "The trash is empty.\n"


def test_rm_removes_all_or_nothing_and_says_who_reads_it(kept: Path, say: Say) -> None:
    assert say("rm", "results@1", "none").code == 3
    assert say("trash", "--json").json["trash"] == []
    user = cellar.asset({"x": cellar.get("results@1")}, name="user")
    assert f"results@1 was read by {user.ref}" in say("rm", "results@1").err
    assert say("trash", "--put-back", "reslts@1").code == 3


def test_files_of_a_run_are_not_taken_for_the_whole_run(kept: Path, say: Say) -> None:
    for line in (
        ("rm", "results/a.txt"),
        ("tag", "results@1/a.txt", "k=v"),
        ("alias", "results/a.txt", "prod"),
        ("note", "results/a.txt", "text"),
        ("export", "results/a.txt", "one.zip"),
    ):
        said = say(*line)
        assert said.code == 2 and "takes a run as a whole" in said.err, said
        assert "o label was changed." in said.err or "othing was removed." in said.err or "o file was made." in said.err
    assert say("trash").out == "The trash is empty.\n"
    assert say("log", "results", "--json").json["runs"] == say("ls", "results", "--json").json["runs"]
    assert not (kept / "one.zip").exists()


def test_the_trash_is_emptied_only_when_told(kept: Path, say: Say) -> None:
    said = say("trash", "--empty")
    assert (said.code, "The trash is empty." in said.err) == (0, True)
    say("rm", "results@1")
    assert say("trash", "--empty", "--dry-run").code == 0
    for words in ((), ("--dry-run",), ("--dry-run", "--yes")):
        said = say("trash", "--empty", *words)
        assert "results@1" in said.out and "would free" in said.out and "Nothing was removed" in said.err, said
        assert said.code == (0 if words else 4)
        assert len(cellar.trash()) == 1
    done = say("trash", "--empty", "--yes", "--json")
    assert done.code == 0, done
    assert rows(done.json["runs"], "ref") == ["results@1"]
    assert done.json["schema"] == "nbcellar/trash/1"
    assert say("trash", "--put-back", "results@1").code == say("undo").code == say("cat", "results@1/x").code == 3
    assert say("cat", "results/results/a.txt").code == 0
    assert say("check", "--read-data").code == 0
    assert "cannot take --put-back and --empty" in say("trash", "--put-back", "results@1", "--empty").err
    assert "cannot take --dry-run without --empty" in say("trash", "--dry-run").err
