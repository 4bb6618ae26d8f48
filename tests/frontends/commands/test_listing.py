"""What `ls`, `show`, `cat` and `log` say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.model import RunStatus
from tests.frontends.commands.conftest import Say
from tests.frontends.commands.told import lines, make_run, rows


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


@pytest.mark.parametrize("words", [("ls", "odd@1"), ("ls", "odd@1", "--match", "none"), ("show", "odd"), ("ls", "odd")])
def test_json_that_is_written_part_by_part_is_as_all_at_once(project: Path, say: Say, words: tuple[str, ...]) -> None:
    (project / "odd").mkdir()
    for name in ('a"b.txt', "caf\udce9", "tab\t", "é.csv", "run.sh"):
        (project / "odd" / name).write_text(name, errors="surrogateescape")
    (project / "odd/run.sh").chmod(0o755)
    assert say("save", "odd").code == 0
    out = say(*words, "--json").out
    assert out == json.dumps(json.loads(out), indent=2) + "\n"
