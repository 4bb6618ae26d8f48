"""Test beds of this room. A bed that is missing fails the test, and never skips it."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbcellar.settings import Settings
from nbcellar.store import Cellar
from nbcellar.store.objects.address import complete

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
def mount() -> Iterator[Callable[..., Path]]:
    """Mounts: ``mount(folder, size="2m")`` a file system in memory, ``mount(folder, "exfat")`` one without much."""
    with contextlib.ExitStack() as undo:

        def mount(folder: Path, kind: str = "tmpfs", **options: str) -> Path:
            folder.mkdir(exist_ok=True)
            if kind == "exfat":
                _mount_exfat(folder, undo)
            else:
                listed = ",".join(f"{name}={value}" for name, value in options.items())
                subprocess.run(["mount", "-t", kind, *(["-o", listed] if listed else []), kind, folder], check=True)
            undo.callback(lambda: subprocess.run(["umount", folder], check=True))
            return folder

        yield mount


def _mount_exfat(folder: Path, undo: contextlib.ExitStack) -> None:
    image = folder.with_name(folder.name + ".img")
    with open(image, "wb") as file:
        file.truncate(40 * 2**20)
    subprocess.run(["mkfs.exfat", image], check=True, stdout=subprocess.DEVNULL)
    loop = subprocess.run(["losetup", "--find", "--show", image], check=True, stdout=subprocess.PIPE, text=True)
    device = loop.stdout.strip()
    undo.callback(lambda: subprocess.run(["losetup", "-d", device], check=True))
    subprocess.run(["mount.exfat-fuse", device, folder], check=True, stdout=subprocess.DEVNULL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mounts or changes the user needs root."""
    for item in items:
        if isinstance(item, pytest.Function) and {"mount", "as_nobody"} & set(item.fixturenames):
            item.add_marker(pytest.mark.root)


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
