"""What `diff` says of two assets."""

from __future__ import annotations

from pathlib import Path

from tests.frontends.commands.conftest import Say
from tests.frontends.commands.told import rows


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


def test_the_path_may_stand_in_a_reference(kept: Path, say: Say) -> None:
    expected = say("diff", "results@1", "results@2", "results/m.json").out
    assert "results/a.txt" not in expected
    assert say("diff", "results@1/results/m.json", "results@2/results/m.json").out == expected
    assert say("diff", "results@1", "results@2/results/m.json").out == expected
    assert say("diff", "results/results/m.json").out == expected
    said = say("diff", "results@1/results/m.json", "results@2/results/a.txt")
    assert said.code == 2 and "are two paths" in said.err
