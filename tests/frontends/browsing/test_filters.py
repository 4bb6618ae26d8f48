from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.errors import UsageError
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.rows import NameRow, Page, Tags, VersionRow

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def names(page: Answer) -> list[str]:
    assert isinstance(page, Page)
    return [f"{row.name} {row.versions}" for row in page.rows if isinstance(row, NameRow)]


def numbers(page: Answer) -> list[int]:
    assert isinstance(page, Page)
    return [row.number for row in page.rows if isinstance(row, VersionRow)]


def test_a_tag_leaves_the_names_and_versions_that_carry_it(ask: Ask, keep: Keep) -> None:
    keep("train", {"a.txt": b"1"}).tag(stage="final")
    keep("train", {"a.txt": b"2"}).tag(stage="draft")
    keep("clean", {"b.txt": b"1"})
    assert names(ask("names", tag="stage")) == ["train 2"]
    assert names(ask("names", tag="stage=final")) == ["train 1"]
    assert names(ask("names", tag="colour")) == []
    page = ask("versions", project="survey", name="train", tag="stage=final")
    assert isinstance(page, Page)
    assert (page.total, numbers(page)) == (1, [1])
    assert ask("tags") == Tags(("stage=draft", "stage=final"))


def test_an_age_leaves_what_is_younger(ask: Ask, keep: Keep) -> None:
    keep("train", {"a.txt": b"1"})
    assert names(ask("names", since="1h")) == ["train 1"]
    assert names(ask("names", since="2300-01-01")) == []
    with pytest.raises(UsageError):
        ask("names", since="yesterday")


def test_names_are_put_in_the_order_that_is_asked_for(ask: Ask, keep: Keep) -> None:
    keep("b_small", {"a.txt": b"1"})
    keep("b_small", {"a.txt": b"2"})
    keep("c_large", {"c.txt": b"1" * 500})
    keep("a_mid", {"b.txt": b"1" * 50})
    orders = {
        "newest": ["a_mid 1", "c_large 1", "b_small 2"],
        "name": ["a_mid 1", "b_small 2", "c_large 1"],
        "size": ["c_large 1", "a_mid 1", "b_small 2"],
        "versions": ["b_small 2", "a_mid 1", "c_large 1"],
    }
    assert {order: names(ask("names", sort=order)) for order in orders} == orders
    with pytest.raises(UsageError, match="no order"):
        ask("names", sort="colour")


def test_a_notebook_leaves_what_it_wrote(ask: Ask, keep: Keep, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("elsewhere", {"a.txt": b"1"})
    monkeypatch.setenv("JPY_SESSION_NAME", str(project / "work" / "first.ipynb"))
    keep("here", {"b.txt": b"1"})
    monkeypatch.setenv("JPY_SESSION_NAME", "work/second.ipynb")  # as papermill writes it
    keep("there", {"c.txt": b"1"})
    assert names(ask("names", notebook=str(project / "work" / "first.ipynb"))) == ["here 1"]
    assert names(ask("names", notebook="work/first.ipynb")) == ["here 1"]
    assert names(ask("names", notebook=str(project / "work" / "second.ipynb"))) == ["there 1"]
    assert names(ask("names", notebook="first.ipynb")) == []
