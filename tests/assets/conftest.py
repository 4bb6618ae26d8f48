"""Test beds of this room. A bed that is missing fails the test, and never skips it."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.settings import Settings
from nbcellar.store import Cellar
from nbcellar.store.address import complete

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="nbcellar-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Be an ordinary user for a while: to root no permission is ever denied."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        assert os.geteuid() == NOBODY
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def as_nobody() -> contextlib.AbstractContextManager[None]:
    """Enter it to be an ordinary user."""
    return nobody()


@pytest.fixture
def cellar(tmp_path: Path) -> Iterator[Cellar]:
    """A store of its own, beside the folders that a test works in."""
    opened = Cellar.open(tmp_path, address=complete(str(tmp_path / "store")), settings=Settings())
    yield opened
    opened.close()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty folder to save."""
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder
