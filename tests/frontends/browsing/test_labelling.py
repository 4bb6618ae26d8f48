from __future__ import annotations

from collections.abc import Callable

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.facts import About
from nbcellar.frontends.browsing.outcomes import Changed, Holder, LabelBack, Labelled
from nbcellar.frontends.browsing.rows import Page, VersionRow

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def titles(page: Answer) -> list[str]:
    assert isinstance(page, Page)
    return [row.title for row in page.rows if isinstance(row, VersionRow)]


def test_labels_are_set_shown_and_taken(ask: Ask, keep: Keep) -> None:
    run = keep("train", {"a.txt": b"1"}).run.id
    assert ask("label", run=run, kind="alias", key="prod") == Labelled(
        "train@1 has the alias prod.", LabelBack(run, "alias", "prod", "", set=False)
    )
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


def test_an_alias_says_from_which_version_it_goes_and_goes_back(ask: Ask, keep: Keep) -> None:
    first, second = keep("train", {"a.txt": b"1"}).run.id, keep("train", {"a.txt": b"2"}).run.id
    keep("other", {"a.txt": b"3"})
    ask("label", run=first, kind="alias", key="prod")
    assert ask("holder", run=second, key="prod") == Holder("train@1")
    for none in ({"run": first, "key": "prod"}, {"run": second, "key": "none"}, {"run": second, "key": "no name"}):
        assert ask("holder", **none) == Holder("")
    moved = ask("label", run=second, kind="alias", key="prod")
    back = LabelBack(first, "alias", "prod", "", set=True)
    assert moved == Labelled("train@2 has the alias prod; train@1 had it before.", back)
    ask("label", run=back.run, kind=back.kind, key=back.key, value=back.value)
    assert ask("holder", run=second, key="prod") == Holder("train@1")


def test_a_tag_that_is_set_anew_goes_back_to_what_it_was(ask: Ask, keep: Keep) -> None:
    run = keep("train", {"a.txt": b"1"}).run.id
    ask("label", run=run, kind="tag", key="stage", value="draft")
    changed = ask("label", run=run, kind="tag", key="stage", value="final")
    assert isinstance(changed, Labelled)
    assert changed.back == LabelBack(run, "tag", "stage", "draft", set=True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "alias", "key": "a" * 100_000}, "is not a usable alias"),
        ({"kind": "tag", "key": "a" * 100_000}, "is not a usable tag"),
        ({"kind": "tag", "key": "stage", "value": "a" * 100_000}, "value of the tag stage has 100,000 characters"),
        ({"kind": "note", "value": "a" * 100_000}, "The note has 100,000 characters; at most 8,000 are kept."),
    ],
)
def test_a_label_that_is_too_long_is_refused_in_words_for_people(
    ask: Ask, keep: Keep, fields: dict[str, str], words: str
) -> None:
    run = keep("train", {"a.txt": b"1"}).run.id
    with pytest.raises(UsageError) as refused:
        ask("label", run=run, **fields)
    assert words in refused.value.message
    assert len(refused.value.message) < 200
    about = ask("about", run=run)
    assert isinstance(about, About)
    assert (about.aliases, about.tags, about.notes) == ((), (), ())


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
