"""What the tests of environments share: an empty project as the current folder, and a user of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.tasks.environments import Environment, get_or_create_env


@pytest.fixture(autouse=True)
def place(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user-data"))
    return project


@pytest.fixture
def env() -> Environment:
    return get_or_create_env(True, "xp1")
