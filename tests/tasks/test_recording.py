"""What can be recorded, and what is said of the rest."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar import EncodingError, UsageError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nbcellar.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("values", [5, "x", [1], {1}])
def test_what_is_no_dict_is_refused(project: Path, values: object) -> None:
    with pytest.raises(UsageError, match=r"The record 'score' has .* where its values go\. Give a dict"):
        cellar.record("score", outputs=values)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="where its values go"):
        cellar.record("score", inputs=values)  # type: ignore[arg-type]
    assert len(cellar.records.find()) == 0


def test_a_name_of_a_value_is_text(project: Path) -> None:
    with pytest.raises(EncodingError, match=r"1 of the record 'score' is no text, and names are\. Write '1'\."):
        cellar.record("score", outputs={1: "a", "1": "b"})  # type: ignore[dict-item]
    assert len(cellar.records.find()) == 0


@pytest.mark.parametrize("name", [5, None, b"score", "", "a b", "a" * 200])
def test_a_name_of_a_record_is_one(project: Path, name: object) -> None:
    with pytest.raises(UsageError, match="is not a usable"):
        cellar.record(name, outputs={"n": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, {1}, b"x", {1: 2}, Path("x"), "x" * 70_000])
def test_a_value_that_is_no_json_is_named(project: Path, value: object) -> None:
    with pytest.raises(EncodingError, match="'rmse' of the record 'score' cannot be kept"):
        cellar.record("score", outputs={"rmse": value})
    with pytest.raises(EncodingError, match="'value' of the record 'n' cannot be kept"):
        cellar.result("n", value)
    assert len(cellar.records.find()) == 0


def test_the_same_is_one_row_and_what_only_compares_equal_is_not(project: Path) -> None:
    first, second = (cellar.record("score", {"x": 1}, {"y": 2}) for _ in range(2))
    assert first == second
    assert len({cellar.record("score", {"x": x}, {"y": 2}).digest for x in (1, 1.0, True)}) == 3
    assert len(cellar.records.find("score")) == 3
