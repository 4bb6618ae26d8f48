from __future__ import annotations

from collections.abc import Callable

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.facts import About
from nbcellar.frontends.browsing.outcomes import Changed
from nbcellar.frontends.browsing.rows import Page, VersionRow

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def titles(page: Answer) -> list[str]:
    assert isinstance(page, Page)
    return [row.title for row in page.rows if isinstance(row, VersionRow)]


def test_labels_are_set_shown_and_taken(ask: Ask, keep: Keep) -> None:
    run = keep("train", {"a.txt": b"1"}).run.id
    assert ask("label", run=run, kind="alias", key="prod") == Changed("train@1 has the alias prod.")
    ask("label", run=run, kind="tag", key="stage", value="final")
    ask("label", run=run, kind="note", value="the good one")
    ask("label", run=run, kind="note", value="really")
    about = ask("about", run=run)
    assert isinstance(about, About)
    assert about.aliases == ("prod",)
    assert [(fact.name, fact.value) for fact in about.tags] == [("stage", "final")]
    assert [fact.value for fact in about.notes] == ["the good one", "really"]
    ask("unlabel", run=run, kind="alias", key="prod")
    ask("unlabel", run=run, kind="note", key=about.notes[0].name)
    about = ask("about", run=run)
    assert isinstance(about, About)
    assert (about.aliases, [fact.value for fact in about.notes]) == ((), ["really"])


def test_a_bad_label_is_refused(ask: Ask, keep: Keep) -> None:
    run = keep("train", {"a.txt": b"1"}).run.id
    for fields in ({"kind": "alias", "key": "3rd"}, {"kind": "note", "value": " "}, {"kind": "colour", "key": "red"}):
        with pytest.raises(UsageError):
            ask("label", run=run, **fields)
    with pytest.raises(NotFoundError):
        ask("unlabel", run=run, kind="alias", key="prod")


def test_a_version_in_the_trash_is_listed_there_and_comes_back(ask: Ask, keep: Keep) -> None:
    keep("train", {"a.txt": b"1"})
    second = keep("train", {"a.txt": b"2"}).run.id
    assert ask("remove", run=second) == Changed("train@2 is in the trash.")
    assert titles(ask("versions", project="survey", name="train")) == ["@1"]
    assert titles(ask("trash")) == ["train@2"]
    about = ask("about", run=second)
    assert isinstance(about, About)
    assert about.removed
    ask("put_back", run=second)
    assert titles(ask("versions", project="survey", name="train")) == ["@2", "@1"]
    assert titles(ask("trash")) == []


def test_a_cellar_that_does_not_exist_has_an_empty_trash(ask: Ask) -> None:
    assert titles(ask("trash")) == []
