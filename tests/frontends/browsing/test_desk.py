"""The desk and the store behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.errors import StorageError
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.rows import Page

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]


def test_a_store_that_went_away_is_said_to_be_gone_and_answers_again_when_it_is_back(
    ask: Ask, keep: Keep, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = keep("train", {"a.txt": b"1"}).run
    store = project / ".cellar"
    away = store.rename(tmp_path_factory.mktemp("elsewhere") / "away")
    for verb, fields in (
        ("names", {}),
        ("overview", {}),
        ("about", {"run": run.id}),
        ("label", {"run": run.id, "kind": "alias", "key": "prod"}),
        ("remove", {"run": run.id}),
    ):
        with pytest.raises(StorageError, match="is not there any more") as refused:
            ask(verb, **fields)
        assert refused.value.hint.startswith("Put its folder back")
    assert not store.exists()  # and none was begun in its place
    away.rename(store)
    names = ask("names")
    assert isinstance(names, Page)
    assert names.total == 1
