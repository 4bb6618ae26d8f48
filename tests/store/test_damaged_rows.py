"""A row of the catalogue that says what none of ours says is named, and made again from the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import CorruptDataError
from nbcellar.model import LabelKind
from nbcellar.store import Cellar, CheckLevel

from .conftest import save_into

Ask = Callable[[Cellar], object]

DAMAGES: list[tuple[str, Ask, str]] = [
    ("UPDATE record SET outputs = '{\"b\":2|'", lambda cellar: cellar.records(), "row of record"),
    ("UPDATE record SET inputs = '[]'", lambda cellar: cellar.records(), "document"),
    ("UPDATE record SET inputs = x'ff'", lambda cellar: cellar.records(), "row of record"),
    ("UPDATE label SET kind = 'alibs'", lambda cellar: _labels(cellar), "row of a label of run"),
    ("UPDATE label SET set_ns = 'soon'", lambda cellar: _labels(cellar), "row of a label of run"),
    ("UPDATE run SET body = '{'", lambda cellar: cellar.find("data"), "row of run"),
    ("UPDATE run SET status = 'succeedee'", lambda cellar: cellar.find("data@1"), "row of run"),
]


def _labels(cellar: Cellar) -> object:
    return cellar.labels([cellar.find("data").id])


@pytest.mark.parametrize(("damage", "ask", "named"), DAMAGES, ids=[damage for damage, _, _ in DAMAGES])
def test_a_damaged_row_is_named_found_by_the_check_and_made_again(
    damage: str, ask: Ask, named: str, tmp_path: Path
) -> None:
    cellar = Cellar.open(tmp_path)
    save_into(cellar, "data", {b"file": b"content"})
    cellar.record("score", {"a": 1}, {"b": 2})
    cellar.label(cellar.find("data"), LabelKind.ALIAS, "prod")
    before = repr((cellar.records(), _labels(cellar), cellar.find("data")))
    cellar.close()
    connection = sqlite3.connect(tmp_path / ".cellar" / "catalogue.db")
    with connection:
        connection.execute(damage)
    connection.close()

    cellar = Cellar.open(tmp_path)
    with pytest.raises(CorruptDataError, match=named):
        ask(cellar)
    assert not cellar.check(CheckLevel.DEFAULT).sound
    cellar.repair_catalogue()
    assert repr((cellar.records(), _labels(cellar), cellar.find("data"))) == before
    assert cellar.check(CheckLevel.READ_DATA).sound
    cellar.close()


def test_a_damaged_version_is_named_and_made_again(tmp_path: Path) -> None:
    cellar = Cellar.open(tmp_path)
    save_into(cellar, "data", {b"file": b"content"})
    cellar.close()
    connection = sqlite3.connect(tmp_path / ".cellar" / "catalogue.db")
    with connection:
        connection.execute("UPDATE about SET value = x'31' WHERE key = 'schema'")
    connection.close()
    cellar = Cellar.open(tmp_path)
    with pytest.raises(CorruptDataError, match="table of versions is damaged"):
        cellar.find("data")
    cellar.repair_catalogue()
    assert cellar.find("data").number == 1
    cellar.close()
