"""Every place where objects can lie, for one suite that all of them pass."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.settings import Settings
from nbcellar.store import Cellar
from nbcellar.store.journal.layout import make_folders
from nbcellar.store.objects.local import LocalObjects
from nbcellar.store.objects.protocol import Objects
from nbcellar.store.objects.remote import RemoteObjects
from tests.store.conftest import address_at

PLACES = ("file", "memory")


@pytest.fixture(params=PLACES)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    """An empty place for objects."""
    if request.param == "file":
        make_folders(tmp_path / "store")
        return LocalObjects(tmp_path / "store")
    return RemoteObjects(f"memory://contract-{os.urandom(8).hex()}/cellar")


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cellar]:
    """An empty cellar at each place."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "home"
    home.mkdir()
    cellar = Cellar.open(home, address=address_at(request.param, home), settings=Settings(trash_days=0))
    yield cellar
    cellar.close()
