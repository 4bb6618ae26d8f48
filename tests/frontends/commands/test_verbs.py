"""Each verb on a real store: what it writes, as text and as JSON, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.frontends.commands.registry import VERBS
from nbcellar.model import JSON, RunStatus
from nbcellar.store import RunQuery, current
from tests.frontends.commands.conftest import Said, Say


def rows(found: JSON, key: str) -> list[JSON]:
    assert isinstance(found, list)
    return [one[key] for one in found if isinstance(one, dict)]


def lines(said: Said) -> list[dict[str, JSON]]:
    found: list[dict[str, JSON]] = [json.loads(line) for line in said.lines]
    return found


# save


def test_save_says_what_it_kept(project: Path, say: Say) -> None:
    (project / "a.txt").write_text("one")
    said = say("save", "a.txt")
    assert said.code == 0
    assert said.out.startswith("a@1 ")
    assert "1 file, 3 B" in said.out
    found = say("save", "a.txt", "--json").json
    assert (found["schema"], found["ref"], found["new_bytes"]) == ("nbcellar/save/1", "a@2", 0)
    assert found["digest"] == cellar.get("a").id


def test_save_takes_folders_patterns_and_another_base(kept: Path, say: Say) -> None:
    assert say("save", "--at", "results", "--match", "**/*.{png,json}", "--name", "some").code == 0
    assert list(cellar.get("some")) == ["m.json", "plots/x.png"]
    assert say("save", "results/a.txt", "results/plots", "--name", "two").code == 0
    assert list(cellar.get("two")) == ["results/a.txt", "results/plots/x.png"]


def test_save_names_what_it_leaves_out(project: Path, say: Say) -> None:
    (project / "a.txt").write_text("one")
    (project / ".env").write_text("TOKEN=1")
    os.mkfifo(project / "pipe")
    said = say("save")
    assert said.code == 0
    (project / "sub").mkdir()
    (project / "sub" / ".env").write_text("TOKEN=1")
    assert "left out: sub/.env" in say("save", "sub", ".env").err
    assert say("save", "sub", "--match", "**/*.txt", "--name", "none").code == 3
    shutil.rmtree(project / "sub")
    assert "left out: .env" in said.err
    assert "left out: pipe" in said.err
    assert say("save", "--include-secrets", "--json").json["entry_count"] == 3  # with nbcellar.toml


def test_save_of_nothing_ends_with_3(project: Path, say: Say) -> None:
    assert say("save", "gone").code == 3
    assert say("save", "--match", "*.none").code == 3


def test_an_unreadable_file_is_refused_by_name_or_left_out_when_asked() -> None:
    with tempfile.TemporaryDirectory(prefix="nbcellar-test-") as text:
        folder = Path(text)
        folder.chmod(0o777)
        (folder / "open.txt").write_text("a")
        (folder / "shut.txt").write_text("b")
        (folder / "shut.txt").chmod(0)
        refused = as_nobody(folder, "save", "--name", "x")
        assert refused.returncode == 1
        assert "shut.txt" in refused.stderr
        assert as_nobody(folder, "ls", "--json").stdout.count('"succeeded"') == 0
        taken = as_nobody(folder, "save", "--name", "x", "--skip-unreadable")
        assert taken.returncode == 0
        assert "left out: shut.txt" in taken.stderr
        assert as_nobody(folder, "cat", "x/open.txt").stdout == "a"


AS_NOBODY = """
import contextlib, io, os, sys, tempfile
from nbcellar.frontends.cli import main
here = os.getcwd()
with tempfile.TemporaryDirectory() as other, contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
    os.chdir(other)  # a first time as root: what is imported late may lie where others cannot read
    open("open.txt", "w").close()
    main(["save", "--name", "x"]), main(sys.argv[1:])
    os.chdir(here)
os.setgroups([]), os.setegid(65534), os.seteuid(65534)
assert os.geteuid() == 65534
sys.exit(main())
"""


def as_nobody(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a line as an ordinary user: to root nothing is unreadable."""
    return subprocess.run([sys.executable, "-c", AS_NOBODY, *words], cwd=folder, capture_output=True, text=True)


# ls, show, cat, log


def test_ls_lists_names_runs_and_files(kept: Path, say: Say) -> None:
    (kept / "b.txt").write_text("b")
    say("save", "b.txt")
    assert [line.split()[:2] for line in say("ls").lines] == [
        ["Name", "Newest"],
        ["b", "b@1"],
        ["results", "results@2"],
    ]
    assert [line.split()[0] for line in say("ls", "results").lines] == ["Run", "results@2", "results@1"]
    assert [line.split()[0] for line in say("ls", "results@1").lines[1:]] == [
        "results/a.txt",
        "results/m.json",
        "results/plots/x.png",
    ]
    assert rows(say("ls", "results/results/*", "--json").json["files"], "path") == ["results/a.txt", "results/m.json"]
    assert rows(say("ls", "results/results/plots", "--json").json["files"], "path") == ["results/plots/x.png"]
    assert "Matched 1 of 3 entries." in say("ls", "results", "--match", "**/*.png").out
    assert rows(say("ls", "--sort", "name", "--json").json["names"], "name") == ["b", "results"]
    assert rows(say("ls", "--sort", "size", "--json").json["names"], "name") == ["results", "b"]


def test_ls_by_digest_prefix(kept: Path, say: Say) -> None:
    digest = cellar.get("results@1").id
    assert rows(say("ls", digest[:8], "--json").json["files"], "path")[0] == "results/a.txt"


def test_ls_finds_by_tag_parameter_and_age(kept: Path, say: Say) -> None:
    say("tag", "results@1", "stage=final", "checked")
    assert rows(say("ls", "--tag", "stage=final", "--json").json["runs"], "ref") == ["results@1"]
    assert rows(say("ls", "results", "--tag", "checked", "--json").json["runs"], "ref") == ["results@1"]
    assert say("ls", "--tag", "stage=draft", "--json").json["runs"] == []
    assert rows(say("ls", "--since", "1h", "--json").json["runs"], "ref") == ["results@2", "results@1"]
    assert say("ls", "--since", "2999-01-01", "--json").json["runs"] == []
    make_run("report", {"month": "2026-09", "year": 2026})
    assert rows(say("ls", "report", "-p", "month=2026-09", "--json").json["runs"], "ref") == ["report@1"]
    assert rows(say("ls", "-p", "year=2026", "--json").json["runs"], "ref") == ["report@1"]
    assert say("ls", "-p", "year=2025").out == "No run fits.\n"


def make_run(name: str, params: dict[str, JSON], status: RunStatus = RunStatus.SUCCEEDED) -> None:
    from dataclasses import replace

    from nbcellar.model import RunKind

    place = current()
    run = place.open_run(RunKind.TASK, name, params=params)
    place.publish(
        replace(run, status=status, ended_ns=time.time_ns(), error="ValueError: no" * (status != "succeeded"))
    )


def test_ls_of_an_empty_project_says_how_to_begin(say: Say) -> None:
    said = say("ls")
    assert said.code == 0
    assert "`nbcellar save`" in said.out


def test_jsonl_is_one_value_a_line(kept: Path, say: Say) -> None:
    assert [one["ref"] for one in lines(say("ls", "results", "--jsonl"))] == ["results@2", "results@1"]
    assert lines(say("ls", "results@1", "--jsonl"))[0]["path"] == "results/a.txt"


def test_show_tells_everything(kept: Path, say: Say) -> None:
    say("note", "results", "used in the talk")
    text = say("show", "results").out
    for words in ("results@2", "succeeded", "3 files", "“used in the talk”", "results/plots/x.png", "Python 3"):
        assert words in text
    found = say("show", "results@2", "--json").json
    assert found["ref"] == "results@2"
    assert found["notes"] == ["used in the talk"]
    assert rows(found["files"], "size_bytes") == [4, 11, 4]
    assert rows(say("show", "results/results/a.txt", "--json").json["files"], "path") == ["results/a.txt"]


def test_show_ends_after_a_thousand_files_and_says_how_to_see_all(project: Path, say: Say) -> None:
    (project / "many").mkdir()
    for number in range(1003):
        (project / "many" / f"{number:04}").touch()
    assert say("save", "many").code == 0
    shown = say("show", "many").lines
    assert shown[-2].startswith("many/0999 ")
    assert shown[-1] == "And 3 more: `nbcellar ls many@1` lists them all."
    assert [line.split()[0] for line in say("ls", "many@1").lines[1:]] == [f"many/{n:04}" for n in range(1003)]
    assert len(rows(say("show", "many", "--json").json["files"], "path")) == 1003
    assert say("show", "many", "--match", "many/*2").lines[-1] == "Matched 101 of 1,003 entries."


def test_show_of_a_run_that_failed_shows_its_error(project: Path, say: Say) -> None:
    make_run("train", {}, RunStatus.FAILED)
    assert "ValueError: no" in say("show", "train").out
    assert say("show", "train@7").code == 3


def test_cat_writes_bytes(kept: Path, say: Say) -> None:
    assert say("cat", "results/results/a.txt").out == "two\n"
    assert say("cat", "results@1/results/*.{txt,json}").out == 'one\n{"rmse": 1}'
    (one,) = lines(say("cat", "results/results/plots/x.png", "--jsonl"))
    assert one["content_b64"] == "iVBORw==" or one.get("content") is None
    assert lines(say("cat", "results/results/a.txt", "--jsonl"))[0]["content"] == "two\n"


@pytest.mark.parametrize(
    ("ref", "code"), [("results", 2), ("results/none", 3), ("results/results", 3), ("none/a", 3), ("results@9/a", 3)]
)
def test_cat_of_what_is_no_file_is_refused(kept: Path, say: Say, ref: str, code: int) -> None:
    said = say("cat", ref)
    assert (said.code, said.out) == (code, "")


def test_log_lists_failures_too_and_says_what_is_the_same(kept: Path, say: Say) -> None:
    say("save", "results")
    make_run("results", {}, RunStatus.FAILED)
    text = say("log", "results").lines
    assert [line.split()[:2] for line in text[1:]] == [
        ["results@4", "failed"],
        ["results@3", "succeeded"],
        ["results@2", "succeeded"],
        ["results@1", "succeeded"],
    ]
    assert "= results@2" in text[2]
    assert rows(say("log", "--limit", "2", "--json").json["runs"], "ref") == ["results@4", "results@3"]
    said = say("log", "reslts")
    assert said.code == 3
    assert "Did you mean 'results'" in said.err


# diff


def test_diff_names_what_changed(kept: Path, say: Say) -> None:
    (kept / "results" / "new.txt").write_text("new")
    (kept / "results" / "m.json").rename(kept / "results" / "n.json")
    say("save", "results")
    text = say("diff", "results").out
    assert text.startswith("results@2 → results@3\n")
    assert "+  results/new.txt" in text
    assert "was results/m.json" in text
    changes = say("diff", "results@1", "results@3", "--json").json["changes"]
    assert list(zip(rows(changes, "change"), rows(changes, "path"), strict=True)) == [
        ("new", "results/n.json"),
        ("new", "results/new.txt"),
        ("changed", "results/a.txt"),
        ("gone", "results/m.json"),
    ]
    assert rows(say("diff", "results@1", "results@3", "results/a.txt", "--json").json["changes"], "change") == [
        "changed"
    ]
    assert say("diff", "results@2", "results@2").out == "results@2 → results@2: the same 3 files.\n"
    assert say("diff", "results@2").out.startswith("results@1 → results@2")


def test_diff_says_what_changed_within_a_file(kept: Path, say: Say) -> None:
    (kept / "results" / "m.json").write_text('{"rmse": 2, "n": 5}')
    (kept / "results" / "a.txt").write_text("two\nthree\x1b[31m\n")
    say("save", "results")
    said = say("diff", "results")
    assert "2 values changed" in said.out
    assert "~ rmse: 1 → 2" in said.out
    assert "+three\\x1b[31m" in said.out
    found = say("diff", "results", "--json").json["changes"]
    details = rows(found, "detail")
    assert [one["kind"] for one in details if isinstance(one, dict)] == ["text", "json"]


def test_diff_without_another_side_is_refused(kept: Path, say: Say) -> None:
    assert say("diff", "results@1").code == 3
    assert say("diff", "results@1", "none").code == 3
    assert say("diff", "results@1", "results@2", "none").code == 3


# labels


def test_alias_moves_tag_and_note_stay(kept: Path, say: Say) -> None:
    assert say("alias", "results@1", "prod").out == "results@1 @prod\n"
    assert say("show", "results@prod", "--json").json["ref"] == "results@1"
    assert say("alias", "results@2", "prod").code == 0
    assert say("show", "results@prod", "--json").json["ref"] == "results@2"
    assert say("alias", "results@2", "prod", "--remove").out == "results@2\n"
    assert say("show", "results@prod").code == 3
    assert say("tag", "results", "stage=final", "ok", "--json").json["tags"] == {"stage": "final", "ok": ""}
    assert say("tag", "results", "ok", "--remove", "--json").json["tags"] == {"stage": "final"}
    assert say("note", "results", "a", "--json").json["notes"] == ["a"]
    assert say("note", "results", "b", "--json").json["notes"] == ["a", "b"]
    assert say("note", "results", "a", "--remove", "--json").json["notes"] == ["b"]
    assert say("note", "results", "a", "--remove").code == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("alias", "results", "3rd"), 2),
        (("alias", "results", "a b"), 2),
        (("alias", "none", "prod"), 3),
        (("alias", "results", "prod", "--remove"), 3),
        (("tag", "results", "=x"), 2),
        (("tag", "results", "a b=x"), 2),
        (("tag", "results"), 2),
    ],
)
def test_labels_that_cannot_be_are_refused(kept: Path, say: Say, words: tuple[str, ...], code: int) -> None:
    assert say(*words).code == code


# rm, trash


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


# restore, undo


def test_restore_puts_files_back_and_undo_takes_them_back(kept: Path, say: Say) -> None:
    said = say("restore", "results@1", "--to", "out")
    assert said.code == 0
    assert (kept / "out" / "results" / "a.txt").read_text() == "one\n"
    assert "3 files new (19 B)" in said.out
    assert say("restore", "results@1", "--match", "**/*.txt", "--json").json["files"] == [
        {"path": "results/a.txt", "action": "replace"}
    ]
    assert (kept / "results" / "a.txt").read_text() == "one\n"
    undone = say("undo").lines
    assert undone == ["undone: 1 file put back as before, 0 new files removed.", f"  ~ {kept / 'results' / 'a.txt'}"]
    assert (kept / "results" / "a.txt").read_text() == "two\n"


def test_restore_over_edited_files_changes_nothing_and_names_them(kept: Path, say: Say) -> None:
    (kept / "results" / "a.txt").write_text("edited")
    (kept / "results" / "m.json").unlink()
    said = say("restore", "results@1")
    assert said.code == 4
    assert "results/a.txt" in said.err
    assert "--overwrite" in said.err
    assert (kept / "results" / "a.txt").read_text() == "edited"
    assert not (kept / "results" / "m.json").exists()
    assert say("restore", "results@1", "--overwrite", "replace").code == 0
    assert (kept / "results" / "a.txt").read_text() == "one\n"


def test_restore_dry_run_only_says(kept: Path, say: Say) -> None:
    said = say("restore", "results@1", "--to", "out", "--dry-run")
    assert "would restore" in said.out
    assert "+  results/plots/x.png" in said.out
    assert not (kept / "out").exists()
    assert say("restore", "results@1", "--dry-run", "--json").json["done"] is False


def test_restore_of_one_file_by_its_path(kept: Path, say: Say) -> None:
    assert say("restore", "results@1/results/a.txt", "--at", "one").code == 0
    assert [path for path in (kept / "one").rglob("*") if path.is_file()] == [kept / "one" / "results" / "a.txt"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("none",), 3),
        (("results@9",), 3),
        (("results@nope",), 3),
        (("results~7",), 3),
        (("results/none.txt",), 3),
        (("results", "--match", "*.none"), 3),
        (("results", "--overwrite", "maybe"), 2),
        (("results", "--to", "a", "--at", "b"), 2),
        (("results", "--to"), 2),
        (("re sults",), 2),
        ((), 2),
        (("results", "--to", "results/a.txt/deeper", "--overwrite", "error"), 2),
    ],
)
def test_restores_that_cannot_be_change_nothing(kept: Path, say: Say, words: tuple[str, ...], code: int) -> None:
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file() and ".cellar" not in path.parts}
    said = say("restore", *words)
    assert said.code == code, said
    assert said.err
    after = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file() and ".cellar" not in path.parts}
    assert before == after


def test_undo_of_nothing_ends_with_3(project: Path, say: Say) -> None:
    assert say("undo").code == 3


def test_undo_takes_back_what_came_last_restore_or_removal(kept: Path, say: Say) -> None:
    assert say("restore", "results@1").code == 0
    say("rm", "results@1")
    assert say("undo").out == "undone: results@1 is out of the trash.\n"
    assert say("undo", "--json").json["put_back"] == [str(kept / "results" / "a.txt")]
    assert say("undo").code == 3
    cellar.get("results@2").delete()
    cellar.undo()
    assert cellar.get("results").run.ref == "results@2"


# gc, free, export, import, backup


def test_gc_removes_only_by_rule_and_says_what(kept: Path, say: Say) -> None:
    (kept / "results" / "a.txt").write_text("three\n")
    say("save", "results")
    assert say("gc", "--json").json["runs"] == []
    plan = say("gc", "results", "--keep-last", "1", "--dry-run", "--json").json["runs"]
    assert sorted(str(ref) for ref in rows(plan, "ref")) == ["results@1", "results@2"]
    assert say("cat", "results@1/results/a.txt").out == "one\n"
    said = say("gc", "results", "--keep-last", "1", "--yes")
    assert said.code == 0, said
    assert "results@1" in said.out
    assert say("cat", "results/results/a.txt").out == "three\n"
    assert say("cat", "results@1/results/a.txt").code == 3
    assert say("check", "--read-data").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("gc", "results"), 2),
        (("gc", "none", "--keep-last", "1"), 3),
        (("gc", "--older-than", "soon"), 2),
        (("gc", "--keep-last", "x"), 2),
        (("free", "lots"), 2),
        (("free", "0"), 2),
        (("free",), 2),
        (("repair", "pack"), 2),
        (("export", "results"), 2),
        (("export", "none", "x.zip"), 3),
        (("export", "results", "nbcellar.toml"), 4),
        (("import", "none.zip"), 3),
        (("import", "nbcellar.toml"), 6),
        (("backup", "results"), 4),
    ],
)
def test_keeping_verbs_that_cannot_be_are_refused(kept: Path, say: Say, words: tuple[str, ...], code: int) -> None:
    said = say(*words)
    assert said.code == code, said
    assert say("check").code == 0


def test_free_lists_and_does_it_only_when_told(kept: Path, say: Say) -> None:
    (kept / "big").write_bytes(os.urandom(300_000))
    say("save", "big")
    (kept / "big").write_bytes(os.urandom(300_000))
    say("save", "big")
    said = say("free", "200kB")
    assert said.code == 4
    assert "big@1" in said.out
    assert "--yes" in said.err
    assert say("cat", "big@1/big").code == 0
    assert say("free", "200kB", "--yes", "--json").json["freed_bytes"] >= 200_000  # type: ignore[operator]
    assert say("cat", "big@1/big").code == 3
    assert say("cat", "big/big").code == 0


def test_an_export_is_taken_in_elsewhere(kept: Path, say: Say, tmp_path: Path) -> None:
    zipped = str(tmp_path / "results.zip")
    assert say("export", "results@1", zipped).code == 0
    assert say("export", "results@1", zipped).code == 4
    assert say("export", "results@1", zipped, "--overwrite", "--json").json["path"] == zipped
    other = ("--store", str(tmp_path / "other"))
    assert say("import", zipped, *other).out == "imported results@1\n"
    assert say("cat", "results/results/a.txt", *other).out == "one\n"
    assert len(cellar.export(["results@1", "results@2"], tmp_path / "both.zip").runs) == 2


def test_a_backup_is_a_store_of_its_own_and_the_next_one_is_small(kept: Path, say: Say, tmp_path: Path) -> None:
    folder = str(tmp_path / "backup")
    assert say("backup", folder).code == 0
    assert say("ls", "results", "--json", "--store", folder).json["runs"] == say("ls", "results", "--json").json["runs"]
    assert say("check", "--read-data", "--store", folder).code == 0
    assert say("backup", folder, "--json").json["copied_bytes"] < 200_000  # type: ignore[operator]


def test_damaged_packs_are_set_aside_and_named_and_saving_again_heals(kept: Path, say: Say) -> None:
    assert say("repair", "packs").out == "No pack is damaged.\n"
    pack = min(path for path in (kept / ".cellar" / "packs").iterdir() if path.suffix != ".idx")
    content = bytearray(pack.read_bytes())
    content[0] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(content)
    assert "would be set aside" in say("repair", "packs", "--dry-run").out
    said = say("repair", "packs", "--json")
    assert said.code == 6
    assert said.json["lost_count"] == 1
    (path,) = {str(one["path"]) for one in said.json["lost"] if isinstance(one, dict)}  # type: ignore[union-attr]
    asset = {"results/a.txt": "one\n", "results/m.json": '{"rmse": 1}', "results/plots/x.png": "\x89PNG"}
    (kept / "again").write_bytes(asset[path].encode("latin-1"))
    say("save", "again")
    assert say("check", "--read-data").code == 0


# du, whence, graph


def test_du_tells_own_from_shared(kept: Path, say: Say) -> None:
    cellar.asset({"x": cellar.get("results")["results/plots/x.png"]}, name="part")
    found = say("du", "--json").json
    names = (
        {one["name"]: one for one in found["names"] if isinstance(one, dict)}
        if isinstance(found["names"], list)
        else {}
    )
    assert (names["results"]["size_bytes"], names["results"]["own_bytes"]) == (4 + 4 + 11 + 4, 4 + 4 + 11)
    assert (names["part"]["size_bytes"], names["part"]["own_bytes"]) == (4, 0)
    assert found["content_bytes"] == 23


def test_whence_finds_a_file_by_its_content(kept: Path, say: Say) -> None:
    (kept / "copy").write_text("one\n")
    assert "results@1  results/a.txt" in say("whence", "copy").out
    (kept / "copy").write_text("never kept")
    assert say("whence", "copy").code == 3
    assert say("whence", "gone").code == 3


def test_graph_shows_both_ways(kept: Path, say: Say) -> None:
    middle = cellar.asset({"x": cellar.get("results@1")}, name="middle")
    cellar.asset({"y": middle}, name="last")
    assert say("graph", "middle").lines == [
        "middle@1 is made of",
        "  results@1",
        "and used by",
        "  last@1",
    ]
    edges = say("graph", "results@1", "--json").json["edges"]
    assert edges == [{"from": "results@1", "to": "middle@1"}, {"from": "middle@1", "to": "last@1"}]
    assert "-->" in str(say("graph", "last", "--json").json["mermaid"])


# check, repair, config


def test_check_finds_a_flipped_byte_and_names_the_file(kept: Path, say: Say) -> None:
    assert "everything is in order" in say("check", "--read-data").out
    (pack, *_) = sorted(path for path in (kept / ".cellar" / "packs").iterdir() if path.suffix != ".idx")
    content = bytearray(pack.read_bytes())
    content[0] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(content)
    said = say("check", "--read-data")
    assert said.code == 6
    assert pack.name in said.out
    assert "results@1" in said.out
    found = say("check", "--read-data", "--json")
    assert (found.code, found.json["sound"]) == (6, False)


@pytest.mark.parametrize("words", [("--quick", "--read-data"), ("--part", "3"), ("--part", "4/3")])
def test_checks_that_cannot_be_are_refused(kept: Path, say: Say, words: tuple[str, ...]) -> None:
    assert say("check", *words).code == 2


def test_after_the_catalogue_is_lost_every_listing_is_as_it_was(kept: Path, say: Say) -> None:
    say("alias", "results@1", "prod")
    say("tag", "results@2", "stage=final")
    say("note", "results@2", "text")
    make_run("train", {"alpha": 1}, RunStatus.FAILED)
    say("rm", "results@1")
    listings = (("ls",), ("ls", "results"), ("log",), ("trash",), ("show", "results@2"), ("du",), ("ls", "results@2"))
    before = [say(*line, "--json").out for line in listings]
    current().close()
    for path in (kept / ".cellar").glob("catalogue.db*"):
        path.unlink()
    said = say("repair", "catalogue")
    assert said.code == 0, said
    assert [say(*line, "--json").out for line in listings] == before
    assert say("repair", "nothing").code == 2


def test_config_says_where_each_value_is_from(project: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCELLAR_TRASH_DAYS", "3")
    found = {one["name"]: one for one in lines(say("config", "show", "--jsonl"))}
    assert found["trash_days"] == {"name": "trash_days", "value": 3, "source": "NBCELLAR_TRASH_DAYS"}
    assert found["project"]["source"] == str(project / "nbcellar.toml")
    assert "jupyter_cellar_config.py" in say("config", "path").out
    assert say("config", "shwo").code == 2


# records, doctor, autoload, browse


def test_records_are_listed_found_and_framed(project: Path, say: Say) -> None:
    assert "Nothing is recorded" in say("records").out
    for alpha in (0.1, 0.2):
        cellar.record(name="score", inputs={"alpha": alpha}, outputs={"rmse": alpha * 10})
    found = say("records", "--json").json["records"]
    assert rows(found, "outputs") == [{"rmse": 2.0}, {"rmse": 1.0}]
    assert [one.outputs["rmse"] for one in cellar.records.find("score", inputs={"alpha": 0.1})] == [1.0]
    assert len(cellar.records.find(outputs={"rmse": 3})) == 0
    assert cellar.records("score").to_frame()["outputs.rmse"].to_list() == [2.0, 1.0]
    deep = cellar.record("deep", outputs={"val": {"rmse": [0.5, "x"]}})
    assert cellar.records.find(outputs={"val.rmse.0": 0.5}).one() == deep
    assert cellar.records.find(outputs={"rmse": lambda rmse: rmse > 1.5}, since="1h").one().inputs == {"alpha": 0.2}
    assert len(cellar.records.find(outputs={"val.rmse.0": lambda value: value + "text"})) == 0
    assert [one.name for one in cellar.records.find(limit=2)] == ["deep", "score"]
    assert len(cellar.records.find(project="elsewhere")) == 0
    with pytest.raises(cellar.NotFoundError, match="No record fits"):
        cellar.records.find("score", outputs={"rmse": 9}).one()
    with pytest.raises(cellar.ConflictError, match=r"2 records fit \(score\)"):
        cellar.records.find("score").one()
    with pytest.raises(cellar.NotFoundError, match="Nothing is called 'nowhere'"):
        cellar.records.find(run="nowhere")
    with pytest.raises(cellar.UsageError, match="not a duration"):
        cellar.records.find(since="soon")
    said = say("records", "scor")
    assert said.code == 3
    assert "Did you mean 'score'" in said.err


def test_doctor_finds_nothing_wrong_here_and_names_what_is(
    project: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say("doctor", "--json")
    assert said.code == 0, said.out
    found = (
        {one["what"]: one for one in said.json["findings"] if isinstance(one, dict)} if said.json["findings"] else {}
    )  # type: ignore[union-attr]
    assert found["store"]["value"] == f"{(project / '.cellar').as_uri()} (not made yet)"
    assert found["file system"]["value"]
    rescue = project / ".cellar" / "rescue" / "train-4"
    cellar.asset("nbcellar.toml")
    rescue.mkdir(parents=True)
    said = say("doctor")
    assert said.code == 1
    assert "train-4" in said.out


def test_autoload_writes_and_removes_only_its_own_file(
    project: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    file = tmp_path / "ipython" / "profile_default" / "startup" / "50-nbcellar.py"
    assert say("autoload").out.startswith("off")
    assert say("autoload", "on").out.startswith("on")
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--quick", "-c", "print('x')"], capture_output=True, text=True, check=True
    )
    assert "x" in done.stdout
    assert file.is_file()
    assert say("autoload", "off", "--json").json["on"] is False
    assert not file.exists()
    assert say("autoload", "maybe").code == 2
    file.write_text("mine")
    assert say("autoload", "off").code == 4
    assert say("autoload", "on").code == 4
    assert file.read_text() == "mine"


def test_a_kernel_loads_the_extension_by_itself_where_that_is_on(
    project: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    say("autoload", "on")
    code = "get_ipython().run_line_magic('cellar', 'ls')"
    done = subprocess.run([sys.executable, "-m", "IPython", "-c", code], capture_output=True, text=True)
    assert "Nothing is kept here yet" in done.stdout, done


def test_browse_is_a_table_in_a_terminal(kept: Path, say: Say) -> None:
    assert say("browse").out == say("ls").out
    assert say("browse", "results").out == say("ls", "results").out
    assert say("browse", "--json").json["schema"] == "nbcellar/browse/1"
    assert say("browse", "none").code == 3


# in Python and in a kernel


def test_each_verb_is_a_function_of_the_module() -> None:
    for verb in VERBS:
        assert callable(getattr(cellar, {"import": "import_", "open": "open_"}.get(verb, verb))), verb


def test_answers_read_well_as_text_html_and_json(kept: Path) -> None:
    for answer in (
        cellar.ls(),
        cellar.ls("results"),
        cellar.ls("results@1"),
        cellar.show("results"),
        cellar.log(),
        cellar.diff("results"),
        cellar.trash(),
        cellar.du(),
        cellar.graph("results"),
        cellar.cat("results/results/a.txt"),
        cellar.check(),
        cellar.config(),
    ):
        assert "\n" not in repr(answer)
        bundle = answer._repr_mimebundle_()
        assert bundle["text/plain"]
        assert str(bundle["text/html"]).startswith("<div")
        assert "<script" not in str(bundle["text/html"])
        ours = bundle[f"application/vnd.nbcellar.{answer.verb}+json"]
        assert isinstance(ours, dict)
        assert ours["schema"] == f"nbcellar/{answer.verb}/1"
        json.dumps(ours)


def test_python_answers_hold_records(kept: Path) -> None:
    assert [one.name for one in cellar.ls()] == ["results"]
    assert [run.number for run in cellar.log("results")] == [2, 1]
    assert next(iter(cellar.ls("results@1"))).name == b"results/a.txt"
    assert cellar.restore("results@1", "out").paths["results/a.txt"].read_text() == "one\n"
    assert [run.ref for run in current().runs(RunQuery(limit=1))] == ["results@2"]


def test_a_new_process_sees_what_another_saved(kept: Path, say: Say) -> None:
    (kept / "b.txt").write_text("b")
    subprocess.run([sys.executable, "-m", "nbcellar", "save", "b.txt"], cwd=kept, check=True, capture_output=True)
    assert say("cat", "b/b.txt").out == "b"
