"""What a version was made from, and what it was used by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.facts import About
from nbcellar.store import Cellar

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def about(ask: Ask, made: Asset) -> About:
    found = ask("about", run=made.run.id)
    assert isinstance(found, About)
    return found


def test_a_version_tells_its_relatives_both_ways(ask: Ask, keep: Keep) -> None:
    raw = keep("raw", {"a.txt": b"1", "b.txt": b"2"})
    fit = asset({"a.txt": raw["a.txt"], "again.txt": raw["b.txt"]}, name="fit")
    assert [(one.run, one.project, one.name, one.ref) for one in about(ask, fit).made_from] == [
        (raw.run.id, "survey", "raw", "raw@1")
    ]
    assert ([one.ref for one in about(ask, raw).used_by], about(ask, raw).users) == (["fit@1"], 1)
    assert about(ask, raw).made_from == about(ask, fit).used_by == ()
    assert about(ask, fit).digest == fit.digest


def test_the_notebook_is_named_as_seen_from_the_project(
    ask: Ask, keep: Keep, cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    for notebook, told in ((f"{cellar.home}/sub/a.ipynb", "sub/a.ipynb"), ("b.ipynb", "b.ipynb"), ("/p/c.ipynb",) * 2):
        monkeypatch.setenv("JPY_SESSION_NAME", notebook)
        facts = about(ask, keep("raw", {"a.txt": notebook.encode()})).facts
        assert [fact.value for fact in facts if fact.name == "Notebook"] == [told]


def test_relatives_in_the_trash_are_left_out(ask: Ask, keep: Keep, cellar: Cellar) -> None:
    raw = keep("raw", {"a.txt": b"1"})
    fit = asset({"a.txt": raw["a.txt"], "b.txt": raw["a.txt"]}, name="fit")
    cellar.remove(raw.run)
    assert about(ask, fit).made_from == ()
    cellar.remove(fit.run)
    assert about(ask, raw).used_by == ()


def test_the_newest_of_very_many_users_are_listed_and_all_are_counted(ask: Ask, keep: Keep) -> None:
    raw = keep("raw", {"a.txt": b"1"})
    for number in range(53):
        asset({f"{number}.txt": raw["a.txt"]}, name="fit")
    found = about(ask, raw)
    assert (found.users, len(found.used_by), found.used_by[0].ref) == (53, 50, "fit@53")
