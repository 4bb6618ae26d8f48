"""One JupyterLab and one Chromium for all browser tests, and a page for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..frontends.browsing.conftest import png
from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage, chromium
from .labserver import LabServer, lab_server
from .panelparts import name_of, other_of

expect.set_options(timeout=60_000)  # machines are shared: a test waits for what must come, however long it takes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/e2e/" in str(item.path):
            item.add_marker(pytest.mark.slow)
            # a module's own limit stands farther off than one that is added here, and would not count
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with lab_server(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def folder(server: LabServer, request: pytest.FixtureRequest) -> Path:
    """A folder of this test's own below the server's root; all of them share one project and cellar."""
    made = server.root / re.sub(r"\W+", "-", request.node.name).strip("-")
    made.mkdir()
    return made


@pytest.fixture
def lab(server: LabServer, browser: Browser, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """JupyterLab in a page; after the test no dialog may stand, and no error may have been reported."""
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, permissions=permissions)
    name = re.sub(r"\W+", "-", request.node.name)
    page = LabPage(context.new_page(), server, name)
    yield page
    dialogs, errors = page.dialogs(), page.unexpected_errors()
    context.close()
    # a viewer may stand there while JupyterLab says over it that nothing was loaded
    assert not dialogs
    assert not errors


@pytest.fixture
def panel(lab: LabPage, folder: Path) -> BrowserPart:
    """The panel over three versions of a name of the test's own, and a newer one of another that shares its middle."""
    for number in (1, 2, 3):
        files: dict[str, bytes | str] = {
            "table.csv": f"species,flipper\nAdelie,181\nGentoo,{216 + number}\n",
            "plots/loss.png": png(10 * number, 20),
            "m.json": f'{{"rmse": {number}}}',
            "same.txt": "same",
        }
        keep(folder, name_of(folder), files)
    keep(folder, other_of(folder), {"same.txt": "same"})
    lab.open()
    return panel_of(lab)
