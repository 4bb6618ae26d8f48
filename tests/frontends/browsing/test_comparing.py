from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.errors import NotFoundError
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.comparing import diff_text
from nbcellar.frontends.browsing.differences import DiffPage, FileChange
from nbcellar.frontends.browsing.keys import key_of

from .conftest import png

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def changes(page: Answer) -> list[tuple[str, str, str]]:
    assert isinstance(page, DiffPage)
    return [(row.change, row.path, row.was) for row in page.rows]


def change(ask: Ask, run: str, name: str) -> FileChange:
    found = ask("change", run=run, other="", key=key_of(name.encode()))
    assert isinstance(found, FileChange)
    return found


def test_a_version_is_compared_with_the_success_before_it(ask: Ask, keep: Keep, project: Path) -> None:
    keep("train", {"same.txt": b"s", "edited.txt": b"1", "moved.txt": b"content", "gone.txt": b"g"})
    after = keep("train", {"same.txt": b"s", "edited.txt": b"2", "away.txt": b"content", "new.txt": b"n"})
    page = ask("diff", run=after.run.id)
    assert changes(page) == [
        ("new", "away.txt", "moved.txt"),
        ("changed", "edited.txt", ""),
        ("gone", "gone.txt", ""),
        ("gone", "moved.txt", ""),
        ("new", "new.txt", ""),
    ]
    assert isinstance(page, DiffPage)
    assert (page.before_ref, page.after_ref, page.same, page.new, page.changed, page.gone) == (
        *("train@1", "train@2"),
        *(1, 2, 1, 2),
    )
    second = ask("diff", run=after.run.id, start=2, count=1)
    assert isinstance(second, DiffPage)
    assert (second.total, changes(second)) == (5, [("gone", "gone.txt", "")])
    assert diff_text(second).splitlines()[-1] == "  and 4 more files"


def test_any_two_versions_are_compared(ask: Ask, keep: Keep) -> None:
    first = keep("train", {"a.txt": b"1"})
    other = keep("clean", {"a.txt": b"1"})
    page = ask("diff", run=other.run.id, other=first.run.id)
    assert isinstance(page, DiffPage)
    assert (page.total, page.same) == (0, 1)
    with pytest.raises(NotFoundError, match="first version"):
        ask("diff", run=first.run.id)


def test_what_changed_within_a_file_is_told_by_its_form(ask: Ask, keep: Keep) -> None:
    keep(
        "train",
        {"t.txt": b"one\ntwo\n", "t.csv": b"a,b\n1,2\n", "m.json": b'{"rmse": 1}', "p.png": png(2, 2), "b.bin": b"\0a"},
    )
    after = keep(
        "train",
        {"t.txt": b"one\n2\n", "t.csv": b"a,b\n1,3\n", "m.json": b'{"rmse": 2}', "p.png": png(3, 2), "b.bin": b"\0b"},
    ).run.id
    assert change(ask, after, "t.txt").lines[-2:] == ("-two", "+2")
    assert change(ask, after, "t.csv").view == "table"
    assert change(ask, after, "m.json").lines == ("~ rmse: 1 → 2",)
    assert change(ask, after, "p.png").summary.startswith("2×2 → 3×2 pixels")
    assert change(ask, after, "b.bin").view == "binary"
    with pytest.raises(NotFoundError, match="Neither"):
        change(ask, after, "none.txt")


def test_a_file_that_became_a_link_or_is_huge_is_only_said_to_differ(ask: Ask, project: Path) -> None:
    (project / "in").mkdir()
    (project / "in" / "a").write_text("1")
    (project / "in" / "big.txt").write_bytes(b"x" * 5_000_000)
    asset(at="in", name="train")
    (project / "in" / "a").unlink()
    (project / "in" / "a").symlink_to("big.txt")
    (project / "in" / "big.txt").write_bytes(b"y" * 5_000_000)
    after = asset(at="in", name="train").run.id
    assert change(ask, after, "a").summary == "file → link"
    assert "too large" in change(ask, after, "big.txt").summary
