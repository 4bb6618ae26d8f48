"""What the tests of codecs share: a user's data folder of their own, and a registry that they may add to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.tasks.codecs import registry


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user-data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder / "nbcellar"


@pytest.fixture(autouse=True)
def fresh_registry() -> Iterator[None]:
    registry.standard.cache_clear()
    yield
    registry.standard.cache_clear()
