from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.browsing import packing
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.facts import Usage
from nbcellar.frontends.browsing.keys import key_of
from nbcellar.frontends.browsing.outcomes import Packed

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def packed(ask: Ask, run: str, name: bytes = b"") -> Packed:
    found = ask("pack", run=run, key=key_of(name))
    assert isinstance(found, Packed)
    return found


def test_a_version_is_packed_with_links_modes_and_empty_folders(ask: Ask, project: Path) -> None:
    (project / "in" / "empty").mkdir(parents=True)
    (project / "in" / "run.sh").write_text("#!/bin/sh\n")
    (project / "in" / "run.sh").chmod(0o755)
    (project / "in" / "link").symlink_to("run.sh")
    found = packed(ask, asset(at="in", name="tools").run.id)
    assert found.name == "tools-1.zip"
    with zipfile.ZipFile(io.BytesIO(found.content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["empty/", "link", "run.sh"]
        assert archive.read("link") == b"run.sh"
        assert {one.filename: oct(one.external_attr >> 16) for one in archive.infolist()} == {
            "empty/": "0o40755",
            "link": "0o120777",
            "run.sh": "0o100755",
        }


def test_a_folder_is_packed_alone_and_a_file_as_it_is(ask: Ask, keep: Keep) -> None:
    run = keep("train", {"a.txt": b"1", "plots/p.txt": b"2", "plotsx.txt": b"3"}).run.id
    folder = packed(ask, run, b"plots")
    assert folder.name == "train-1-plots.zip"
    with zipfile.ZipFile(io.BytesIO(folder.content)) as archive:
        assert archive.namelist() == ["plots/p.txt"]
    file = packed(ask, run, b"plots/p.txt")
    assert (file.name, file.content) == ("p.txt", b"2")
    with pytest.raises(NotFoundError):
        packed(ask, run, b"none")


def test_names_that_are_no_unicode_are_packed_escaped(ask: Ask, project: Path) -> None:
    (project / os.fsdecode(b"\xff.txt")).write_text("1")
    (project / "b.txt").write_text("2")
    run = asset([os.fsdecode(b"\xff.txt"), "b.txt"], name="odd").run.id
    with zipfile.ZipFile(io.BytesIO(packed(ask, run).content)) as archive:
        assert sorted(archive.namelist()) == ["\\udcff.txt", "b.txt"]


def test_what_is_too_large_for_the_kernel_is_refused_with_another_way(
    ask: Ask, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = keep("train", {"a.txt": b"1" * 100}).run.id
    monkeypatch.setattr(packing, "MOST_BYTES", 99)
    with pytest.raises(UsageError) as refused:
        packed(ask, run)
    assert "Restore" in refused.value.hint


def test_disk_use_is_told_by_name_with_the_trash(ask: Ask, keep: Keep) -> None:
    assert ask("usage") == Usage((), 0, 0, 0, 0)
    keep("train", {"a.txt": b"1" * 1000, "b.txt": b"2" * 10})
    run = keep("clean", {"a.txt": b"1" * 1000}).run.id
    ask("remove", run=run)
    use = ask("usage")
    assert isinstance(use, Usage)
    assert [(row.name, row.size_bytes, row.own_bytes) for row in use.rows] == [("train", 1010, 10), ("clean", 1000, 0)]
    assert (use.content_bytes, use.trash, use.trash_bytes) == (1010, 1, 1000)
    assert use.stored_bytes > 0
