"""Assets and their entries as objects."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar import ConflictError, NotFoundError, UsageError
from nbcellar.assets.uses import watch
from nbcellar.model import Entry, Run
from nbcellar.store import current


@pytest.fixture
def made(project: Path) -> cellar.Asset:
    (project / "tree" / "plots").mkdir(parents=True)
    (project / "tree" / "a.txt").write_text("hello, world")
    (project / "tree" / "plots" / "loss.png").write_bytes(b"\x89PNG")
    (project / "tree" / "plots" / "x.dat").write_bytes(b"x")
    return cellar.asset(at="tree", name="train")


def test_it_says_what_it_is_in_one_line(made: cellar.Asset) -> None:
    assert repr(made) == f"<Asset train@1 {made.id[:7]}: 3 files, 17 B>"
    assert repr(made["plots/loss.png"]) == "<AssetEntry train@1/plots/loss.png: 4 B>"
    assert (made.ref, made.name, made.url, made.digest) == ("train@1", "train", "cellar://train@1", made.id)
    assert len(made.id) == 64


def test_its_entries_are_listed_looked_up_and_counted(made: cellar.Asset) -> None:
    assert list(made) == [entry.path for entry in made.entries] == ["a.txt", "plots/loss.png", "plots/x.dat"]
    assert len(made) == 3
    assert "a.txt" in made
    assert "plots" not in made
    assert 3 not in made
    entry = made["plots/loss.png"]
    assert (entry.path, entry.size, entry.metadata) == ("plots/loss.png", 4, {"type": "image/png"})
    assert made["plots/x.dat"].metadata == {}
    assert made[Path("a.txt")] == made["./a.txt"] == made["a.txt"]


def test_a_path_that_is_not_there_says_what_is_near(made: cellar.Asset) -> None:
    with pytest.raises(KeyError, match=r"Did you mean 'plots/loss.png'"):
        made["plots/los.png"]
    with pytest.raises(NotFoundError, match=r"It is a folder: use match='plots/\*\*'"):
        made["plots"]


def test_content_is_read_whole_in_part_and_as_a_file(made: cellar.Asset) -> None:
    entry = made["a.txt"]
    assert entry.read() == b"hello, world"
    assert entry.read(7) == b"world"
    assert entry.read(7, 3) == b"wor"
    assert entry.read(100) == entry.read(3, 0) == b""
    with entry.open("rb") as file:
        file.seek(-5, os.SEEK_END)
        assert file.read() == b"world"
    with entry.open("r") as text:
        assert text.read() == "hello, world"


@pytest.mark.parametrize("numbers", [(-1, None), (0, -1)])
def test_negative_ranges_are_refused(made: cellar.Asset, numbers: tuple[int, int | None]) -> None:
    with pytest.raises(UsageError, match="cannot be negative"):
        made["a.txt"].read(*numbers)


@pytest.mark.parametrize("mode", ["w", "ab", "r+", ""])
def test_entries_are_not_opened_for_writing(made: cellar.Asset, mode: str) -> None:
    with pytest.raises(UsageError, match="only read"):
        made["a.txt"].open(mode)


def test_an_entry_is_a_path_that_every_reader_takes(made: cellar.Asset) -> None:
    path = os.fspath(made["a.txt"])
    assert path == os.fspath(made["a.txt"])
    assert Path(path).name == "a.txt"
    with open(made["a.txt"]) as file:
        assert file.read() == "hello, world"
    assert not os.stat(path).st_mode & 0o222
    import pandas as pd

    assert pd.read_csv(made["a.txt"]).columns.to_list() == ["hello", " world"]


def test_all_some_and_one_are_restored_to_or_at_a_folder(made: cellar.Asset, project: Path) -> None:
    assert made.restore(to="all") == {
        "a.txt": project / "all" / "a.txt",
        "plots/loss.png": project / "all" / "plots" / "loss.png",
        "plots/x.dat": project / "all" / "plots" / "x.dat",
    }
    assert set(made.restore(match="plots/*.{jpg,png}", at="some")) == {"plots/loss.png"}
    assert made["a.txt"].restore(at="one") == project / "one" / "a.txt"
    assert made["a.txt"].restore() == project / "a.txt"
    assert (project / "a.txt").read_text() == "hello, world"
    assert set(made.restore(to="dry", dry_run=True)) == set(made)
    assert not (project / "dry").exists()


def test_an_edited_file_is_not_overwritten_unasked(made: cellar.Asset, project: Path) -> None:
    (project / "a.txt").write_text("edited")
    with pytest.raises(ConflictError):
        made.restore()
    with pytest.raises(ConflictError):
        made["a.txt"].restore()
    assert (project / "a.txt").read_text() == "edited"
    assert not (project / "plots").exists()
    made["a.txt"].restore(overwrite="backup")
    assert (project / "a.txt").read_text() == "hello, world"


def test_bad_words_for_restore_are_refused(made: cellar.Asset) -> None:
    with pytest.raises(UsageError, match="mean the same and differ"):
        made.restore(to="a", at="b")
    assert made.restore(to="a", at="a")
    with pytest.raises(UsageError, match=r"Did you mean 'replace'"):
        made.restore(overwrite="repalce")
    with pytest.raises(NotFoundError, match=r"No file of train@1 matches \*\.none"):
        made.restore(match="*.none")


def test_equality_is_by_content_alone(made: cellar.Asset) -> None:
    again = cellar.asset(at="tree", name="other")
    assert made == again
    assert len({made, again}) == 1
    assert made != cellar.asset("tree/a.txt")
    assert made != "train"


def test_labels_are_set_and_read(made: cellar.Asset) -> None:
    made.alias("prod").tag(stage="final", good="").note("in the talk").note("twice")
    assert made.aliases == ["prod"]
    assert made.tags == {"stage": "final", "good": ""}
    assert made.notes == ["in the talk", "twice"]
    assert cellar.get("train@prod") == made


def test_difference_lineage_and_run_are_known(made: cellar.Asset) -> None:
    picked = cellar.asset({"x": made["a.txt"]}, name="picked")
    assert [entry.name for entry in made.diff(picked).new] == [b"x"]
    assert made.diff("picked") == made.diff(picked)
    assert [run.ref for run in made.used_by] == ["picked@1"]
    assert [one.path for one in picked.inputs] == ["train@1"]
    assert (made.result, made.code, dict(made.params)) == (None, "", {})


def test_what_is_deleted_is_in_the_trash(made: cellar.Asset) -> None:
    made.delete()
    with pytest.raises(NotFoundError):
        cellar.get("train")
    current().put_back(made.run)
    assert cellar.get("train") == made


def test_who_is_watching_is_told_of_every_use(made: cellar.Asset) -> None:
    seen: list[tuple[str, bytes | None]] = []

    def listener(run: Run, entry: Entry | None) -> None:
        seen.append((run.ref, entry.name if entry else None))

    end = watch(listener)
    try:
        made.entries
        made["a.txt"].read()
        os.fspath(made["plots/x.dat"])
    finally:
        end()
    made["a.txt"].read()
    assert seen == [
        ("train@1", None),
        ("train@1", None),
        ("train@1", b"a.txt"),
        ("train@1", None),
        ("train@1", b"plots/x.dat"),
    ]


def test_it_shows_itself_as_text_html_and_json(made: cellar.Asset) -> None:
    bundle = made._repr_mimebundle_()
    text, html = bundle["text/plain"], bundle["text/html"]
    assert isinstance(text, str)
    assert isinstance(html, str)
    assert text.splitlines()[0] == repr(made)
    assert "plots/loss.png" in text
    assert '<td style="text-align: left">plots/loss.png</td>' in html
    ours = bundle["application/vnd.nbcellar.asset+json"]
    assert isinstance(ours, dict)
    assert (ours["schema"], ours["ref"], ours["entry_count"]) == ("nbcellar/asset/1", "train@1", 3)
    json.dumps(bundle)
    entry = made["plots/loss.png"]._repr_mimebundle_()
    assert entry["text/plain"] == repr(made["plots/loss.png"])


def test_hostile_names_are_inert_in_html(project: Path) -> None:
    (project / "<script>").mkdir()
    (project / "<script>" / "x'\"&.txt").write_text("x")
    made = cellar.asset("<script>", name="bad")
    html = str(made._repr_mimebundle_()["text/html"])
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    entry = made.entries[0]
    assert "<script" not in str(entry._repr_mimebundle_()["text/html"])
    assert entry.url == "cellar://bad@1/%3Cscript%3E/x%27%22%26.txt"


def test_many_files_are_cut_in_the_table(project: Path) -> None:
    (project / "many").mkdir()
    for number in range(25):
        (project / "many" / f"{number:02}").touch()
    text = str(cellar.asset("many")._repr_mimebundle_()["text/plain"])
    assert text.endswith("and 5 more files")


def test_a_run_without_files_is_no_asset(project: Path) -> None:
    from dataclasses import replace

    from nbcellar.model import RunKind, RunStatus

    place = current()
    run = place.publish(replace(place.open_run(RunKind.TASK, "quiet"), status=RunStatus.FAILED))
    with pytest.raises(NotFoundError, match=r"quiet@1 \(failed\) kept no files"):
        cellar.Asset(place, run)
