"""What `gc`, `free`, `export`, `import` and `backup` do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import nbcellar as cellar
from tests.frontends.commands.conftest import Say
from tests.frontends.commands.told import rows


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
    assert "results@1 has no files" in say("alias", "results@1", "prod").err
    assert "has no files" not in say("alias", "results@1", "prod", "--remove").err + say("alias", "results", "prod").err
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
    done = say("free", "200kB", "--yes", "--json")
    assert done.json["freed_bytes"] >= 200_000  # type: ignore[operator]
    assert "less than" not in done.err
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
    say("rm", "results@1", *other)
    again = say("import", zipped, *other)
    assert (again.code, "In the trash here; put back: nbcellar trash --put-back results@1" in again.err) == (0, True)
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


@pytest.mark.parametrize(
    "words",
    [
        ("backup", "s3://bucket/copy"),
        ("export", "results", "https://host/results.zip"),
        ("import", "file:///tmp/results.zip"),
        ("restore", "results", "--to", "memory://there"),
        ("restore", "results", "--at", "s3://bucket/there"),
    ],
)
def test_a_url_is_no_folder_of_this_machine(kept: Path, say: Say, words: tuple[str, ...]) -> None:
    before = sorted(path.name for path in kept.iterdir())
    said = say(*words)
    assert said.code == 2 and "is a URL, and this takes files and folders of this machine" in said.err, said
    assert sorted(path.name for path in kept.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ("save", ""),
        ("save", "results", ""),
        ("save", "--at", ""),
        ("restore", "results", "--to", ""),
        ("restore", "results", "--at", ""),
        ("backup", ""),
        ("export", "results", ""),
        ("import", ""),
    ],
)
def test_an_empty_text_is_not_the_current_folder(kept: Path, say: Say, words: tuple[str, ...]) -> None:
    before = sorted(path.name for path in kept.iterdir()), say("log", "--json").out
    said = say(*words)
    assert said.code == 2 and "empty text" in said.err.lower(), said
    assert (sorted(path.name for path in kept.iterdir()), say("log", "--json").out) == before


def test_packs_that_are_gone_are_told_as_lost(kept: Path, say: Say) -> None:
    for path in (kept / ".cellar" / "packs").iterdir():
        path.unlink()
    said = say("check")
    assert (said.code, "writes the index again" in said.out) == (6, False)
    for words in (("--dry-run",), ()):
        said = say("repair", "packs", *words)
        assert said.code == 6 and "lost with packs that are gone." in said.out, said
        assert "results@2" in said.out and "Saving the same content again heals these." in said.out
    say("save", "results")
    assert say("check", "--read-data").code in (0, 6)


def test_a_check_of_a_part_does_not_say_everything_and_a_place_must_be_one(kept: Path, say: Say) -> None:
    assert "what was read is in order" in say("check", "--read-data", "--part", "1/2").out
    assert "what was read is in order" in say("check", "--read-data", "--resume", "0" * 26).out
    for words in (("--resume", "0" * 26), ("--part", "1/2")):
        said = say("check", *words)
        assert (said.code, said.out) == (2, "")
        assert "Add --read-data" in said.err
    assert "no place where a check stopped" in say("check", "--read-data", "--resume", "zz").err


def test_files_that_went_for_room_are_told_as_gone_and_a_wish_that_is_too_large_as_well(kept: Path, say: Say) -> None:
    (kept / "results" / "a.txt").write_text("three\n")
    say("save", "results")
    said = say("free", "100GB", "--yes")
    assert "less than you asked for" in said.err
    assert "removed to make room (20" in say("show", "results@1").out
    said = say("restore", "results@1")
    assert said.code == 3
    assert "results@1 (succeeded) has no files any more: they were removed to make room (20" in said.err
