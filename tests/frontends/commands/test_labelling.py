"""Aliases, tags and notes by their verbs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontends.commands.conftest import Say


def test_alias_moves_tag_and_note_stay(kept: Path, say: Say) -> None:
    assert say("alias", "results@1", "prod").out == "results@1 @prod\n"
    assert say("show", "results@prod", "--json").json["ref"] == "results@1"
    assert say("alias", "results@2", "prod").out == "results@2 @prod; results@1 had it before\n"
    assert say("alias", "results@2", "prod").out == "results@2 @prod\n"
    assert say("show", "results@prod", "--json").json["ref"] == "results@2"
    assert say("alias", "results@2", "prod", "--remove").out == "results@2\n"
    assert say("show", "results@prod").code == 3
    assert say("tag", "results", "stage=final", "ok", "--json").json["tags"] == {"stage": "final", "ok": ""}
    assert say("tag", "results", "ok", "--remove", "--json").json["tags"] == {"stage": "final"}
    assert say("note", "results", "a", "--json").json["notes"] == ["a"]
    assert say("note", "results", "b", "--json").json["notes"] == ["a", "b"]
    assert say("note", "results", "a", "--remove", "--json").json["notes"] == ["b"]
    assert say("note", "results", "a", "--remove").code == 3


def test_no_alias_is_called_as_the_newest_is(kept: Path, say: Say) -> None:
    said = say("alias", "results@1", "latest")
    assert said.code == 2
    assert "'latest' is not a usable alias: the newest version is marked so." in said.err
    assert say("tag", "results", "latest").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("alias", "results", "3rd"), 2),
        (("alias", "results", "a b"), 2),
        (("alias", "none", "prod"), 3),
        (("alias", "results", "prod", "--remove"), 3),
        (("tag", "results", "=x"), 2),
        (("tag", "results", "a b=x"), 2),
        (("tag", "results"), 2),
        (("alias", "results", "a" * 100_000), 2),
        (("tag", "results", "stage=" + "a" * 100_000), 2),
        (("note", "results", "a" * 100_000), 2),
        (("note", "results", " "), 2),
    ],
)
def test_labels_that_cannot_be_are_refused(kept: Path, say: Say, words: tuple[str, ...], code: int) -> None:
    assert say(*words).code == code
