from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.keys import key_of, name_of
from nbcellar.frontends.browsing.rows import FileRow, FolderRow, NameRow, Overview, Page, VersionRow
from nbcellar.frontends.browsing.shelf import by_number
from nbcellar.model import RunKind
from nbcellar.store import Cellar
from nbcellar.store.packs.blocks import ENTRIES

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def names(page: Answer) -> list[str]:
    assert isinstance(page, Page)
    return [row.name for row in page.rows if isinstance(row, (NameRow, FolderRow, FileRow))]


def test_a_cellar_that_does_not_exist_yet_is_empty_and_stays_unmade(ask: Ask, cellar: Cellar) -> None:
    overview = ask("overview")
    assert isinstance(overview, Overview)
    assert (overview.exists, overview.names) == (False, 0)
    assert names(ask("names")) == []
    assert not cellar.folder.exists()


def test_names_come_newest_first_and_search_finds_them_in_any_case(ask: Ask, keep: Keep) -> None:
    keep("train", {"a.txt": b"1"})
    keep("clean", {"b.txt": b"1"})
    keep("retrain", {"c.txt": b"1"})
    assert names(ask("names")) == ["retrain", "clean", "train"]
    assert names(ask("names", search="TRAIN")) == ["retrain", "train"]
    assert names(ask("names", task="train")) == ["train"]


def test_versions_come_newest_first_with_sizes_and_aliases(ask: Ask, keep: Keep) -> None:
    keep("train", {"a.txt": b"1"}).alias("prod")
    keep("train", {"a.txt": b"22", "b.txt": b"333"})
    page = ask("versions", project="survey", name="train")
    assert isinstance(page, Page)
    rows = [row for row in page.rows if isinstance(row, VersionRow)]
    assert [(row.number, row.files, row.size_bytes, row.latest, row.aliases) for row in rows] == [
        (2, 2, 5, True, ()),
        (1, 1, 1, False, ("prod",)),
    ]


def test_a_run_that_made_nothing_is_listed_without_files(ask: Ask, keep: Keep, cellar: Cellar) -> None:
    keep("train", {"a.txt": b"1"})
    cellar.open_run(RunKind.TASK, "train")
    page = ask("versions", project="survey", name="train")
    assert isinstance(page, Page)
    assert [(row.number, row.status, row.files, row.latest) for row in page.rows if isinstance(row, VersionRow)] == [
        (2, "running", None, False),
        (1, "succeeded", 1, True),
    ]


def test_later_pages_of_versions_go_on_where_the_first_ended(ask: Ask, keep: Keep) -> None:
    for number in range(7):
        keep("train", {"a.txt": b"%d" % number})
    seen = []
    for start in range(0, 7, 3):
        page = ask("versions", project="survey", name="train", start=start, count=3)
        assert isinstance(page, Page)
        assert page.total == 7
        seen += [row.number for row in page.rows if isinstance(row, VersionRow)]
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_folder_lists_sub_folders_first_and_counts_what_they_hold(ask: Ask, keep: Keep) -> None:
    made = keep(
        "train", {"z.txt": b"1", "a.txt": b"1", "plots/loss.png": b"1", "plots/deep/x": b"1", "plots.txt": b"1"}
    )
    top = ask("files", run=made.run.id, key="")
    assert isinstance(top, Page)
    assert names(top) == ["plots", "a.txt", "plots.txt", "z.txt"]
    assert isinstance(top.rows[0], FolderRow)
    assert (top.rows[0].files, top.rows[0].path, top.rows[0].size_bytes) == (2, "train@1/plots", 2)
    assert names(ask("files", run=made.run.id, key=top.rows[0].key)) == ["deep", "loss.png"]


def test_numbers_in_names_are_sorted_by_what_they_count(ask: Ask, keep: Keep) -> None:
    found = ["9.txt", "10.txt", "run-2", "run-09", "run-9", "run-10", "run-10b", "run-b", "v1.9", "v1.10"]
    made = keep("numbers", dict.fromkeys([*reversed(found), *(f"{name}/f" for name in ("d10", "d9"))], b"1"))
    top = ask("files", run=made.run.id, key="")
    assert isinstance(top, Page)
    assert names(top) == ["d9", "d10", *found]


def test_names_are_sorted_by_number_whatever_their_digits_look_like() -> None:
    chance = random.Random(1)
    for _ in range(2000):
        made = {bytes(chance.choice(b"ab-019\xff\n") for _ in range(chance.randint(1, 7))) for _ in range(12)}
        assert by_number(sorted(made)) == sorted(sorted(made), key=_weight)


def _weight(name: bytes) -> bytes:
    parts = re.split(rb"([0-9]+)", name)
    digits = [part.lstrip(b"0") for part in parts[1::2]]
    parts[1::2] = [b"0" + len(one).to_bytes(4) + one for one in digits]
    return b"".join(parts)


def test_the_page_that_holds_a_row_is_found_wherever_the_row_is(ask: Ask, keep: Keep) -> None:
    for number in range(7):
        made = keep("train", {f"in/f{place}": b"%d" % number for place in range(12)} | {"z": b"1"})
    keep("clean", {"b.txt": b"1"})
    key = key_of(b"in/f10")
    page = ask("files", run=made.run.id, key=key_of(b"in"), holding=key, count=4)
    assert isinstance(page, Page)
    assert (page.start, page.total, names(page)) == (8, 12, ["f8", "f9", "f10", "f11"])
    runs = ask("versions", project="survey", name="train", count=100)
    assert isinstance(runs, Page)
    third = runs.rows[4]
    assert isinstance(third, VersionRow)
    for filtered in ({}, {"since": "1d"}):
        found = ask("versions", project="survey", name="train", holding=third.run, count=3, **filtered)
        assert isinstance(found, Page)
        assert (found.start, [row.number for row in found.rows if isinstance(row, VersionRow)]) == (3, [4, 3, 2])
    newest = ask("names", holding="survey:train", count=1)
    assert isinstance(newest, Page)
    assert (newest.start, names(newest)) == (1, ["train"])


def test_a_row_that_is_not_there_is_on_no_page(ask: Ask, keep: Keep) -> None:
    made = keep("train", {f"f{place}": b"1" for place in range(9)})
    for verb, fields in (
        ("files", {"run": made.run.id, "key": ""}),
        ("versions", {"project": "survey", "name": "train"}),
        ("names", {}),
    ):
        page = ask(verb, holding=key_of(b"none"), count=4, **fields)
        assert isinstance(page, Page)
        assert page.start + len(page.rows) == page.total
        assert key_of(b"none") not in [row.key for row in page.rows if isinstance(row, FileRow)]


@pytest.mark.slow
def test_folders_of_very_many_files_are_not_summed_while_somebody_waits(ask: Ask, project: Path) -> None:
    (project / "one").write_bytes(b"123")
    few = {f"few/f{number}": project / "one" for number in range(5_000)}
    made = asset(few | {f"many/f{number:06}": project / "one" for number in range(100_000)}, name="summed")
    page = ask("files", run=made.run.id, key="")
    assert isinstance(page, Page)
    assert [(row.name, row.files, row.size_bytes) for row in page.rows if isinstance(row, FolderRow)] == [
        ("few", 5_000, 15_000),
        ("many", 100_000, None),
    ]


@pytest.mark.slow
def test_files_and_folders_of_several_blocks_of_a_manifest_are_all_listed(ask: Ask, project: Path) -> None:
    (project / "one").write_bytes(b"1")
    files = [f"f{number:05}" for number in range(2 * ENTRIES)]
    inside = [f"{files[place]}-folder/x" for place in (0, ENTRIES - 1, ENTRIES, 2 * ENTRIES - 1)]
    made = asset(dict.fromkeys((*files, *inside), project / "one"), name="blocks")
    page = ask("files", run=made.run.id, key="", count=4)
    assert isinstance(page, Page)
    assert (page.total, names(page)) == (len(files) + 4, [name.partition("/")[0] for name in inside])
    last = ask("files", run=made.run.id, key="", start=page.total - 1)
    assert isinstance(last, Page)
    assert names(last) == [files[-1]]


def test_any_page_of_a_folder_of_10_000_files_is_at_hand(ask: Ask, project: Path, cellar: Cellar) -> None:
    folder = project / "many"
    folder.mkdir()
    for number in range(10_000):
        os.close(os.open(folder / f"f{number:05}", os.O_CREAT | os.O_WRONLY))
    made = asset(at=folder, name="many")
    page = ask("files", run=made.run.id, key="", start=6000, count=3)
    assert isinstance(page, Page)
    assert (page.total, names(page)) == (10_000, ["f06000", "f06001", "f06002"])


def test_a_name_that_is_no_utf_8_is_listed_and_found_by_its_key(ask: Ask, project: Path) -> None:
    odd = os.fsencode(project) + b"/caf\xe9.txt"
    with open(odd, "wb") as file:
        file.write(b"coffee")
    made = asset(name="odd")
    page = ask("files", run=made.run.id, key="")
    row = next(row for row in page.rows if isinstance(row, FileRow) and row.name.startswith("caf"))
    assert (row.name, name_of(row.key)) == ("caf\\xe9.txt", b"caf\xe9.txt")


@pytest.mark.parametrize("key", ["%%%", "a b", "é", "A"])
def test_what_is_no_key_is_refused(ask: Ask, keep: Keep, key: str) -> None:
    made = keep("train", {"a.txt": b"1"})
    with pytest.raises(UsageError, match="not the key"):
        ask("preview", run=made.run.id, key=key)


def test_keys_give_back_any_name() -> None:
    for name in (b"", b"a", b"ab", b"abc", b"a/b.txt", b"\xff\x00\n", "größe".encode()):
        assert name_of(key_of(name)) == name


def test_unknown_runs_files_and_questions_are_told(ask: Ask, keep: Keep) -> None:
    made = keep("train", {"a.txt": b"1"})
    with pytest.raises(NotFoundError):
        ask("files", run="01ARZ3NDEKTSV4RRFFQ69G5FAV", key="")
    with pytest.raises(NotFoundError):
        ask("preview", run=made.run.id, key=key_of(b"b.txt"))
    with pytest.raises(UsageError, match="Did you mean 'preview'"):
        ask("previews")
    with pytest.raises(UsageError, match="start"):
        ask("names", start=-1)
    with pytest.raises(UsageError, match="search"):
        ask("names", search=["x"])
