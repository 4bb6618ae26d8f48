"""Foreign files and names are inert, wherever they are shown: nothing of them runs, nothing of them loads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.store import Cellar

from .browserpart import BrowserPart, panel_of
from .hostile import CANARY, Listener, files
from .labpage import LabPage
from .labserver import LabServer, lab_server
from .notebookfile import write_notebook

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A server of these tests' own: no other test has to find its way among such names."""
    with lab_server(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture
def watched(lab: LabPage) -> Iterator[LabPage]:
    """A page in which no script of a file may run and no window open: seen when the test is over."""
    opened: list[str] = []
    lab.page.on("dialog", lambda dialog: _note(dialog, opened))
    lab.page.on("popup", lambda popup: opened.append(popup.url))
    yield lab
    assert ran(lab.page) == []
    assert opened == []
    assert not Path("/tmp/nbcellar-canary-ran").exists()


@pytest.fixture
def silent(watched: LabPage, listener: Listener) -> Iterator[LabPage]:
    """A page from which no file may load anything either."""
    yield watched
    assert listener.visits == []


def _note(dialog: Dialog, opened: list[str]) -> None:
    opened.append(dialog.message)
    dialog.dismiss()


def ran(page: Page) -> list[str]:
    """The frames in which the canary is, and whether a prototype was polluted."""
    script = f"() => [window.{CANARY} ? 'script' : '', ({{}}).polluted ? 'prototype' : ''].filter(Boolean)"
    return [found for frame in page.frames for found in frame.evaluate(script)]


@pytest.fixture(scope="module")
def hostile(server: LabServer, listener: Listener) -> Asset:
    """All of the corpus as one asset."""
    corpus = files(listener.url)
    folder = server.root / "from-somebody"
    folder.mkdir()
    for name, data in corpus.items():
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(data)
    made = asset(at=folder, name="hostile", cellar=Cellar.open(folder))
    assert made.metadata.total_count == len(corpus) >= 80
    return made


def every_file_is_shown(part: BrowserPart, page: Page, count: int) -> None:
    """Go through the files by keyboard; each is shown, or said why not, and the page goes on answering."""
    part.tree.focus()
    active = part.tree.locator("[role=treeitem][aria-level='3'][aria-selected=true]")
    for place in range(1, count + 1):
        page.keyboard.press("ArrowDown")
        expect(active).to_have_attribute("aria-posinset", str(place))
        label = active.locator(".nbcellar-label").inner_text()
        expect(part.title).to_contain_text(label, timeout=60_000)
        expect(part.title).to_contain_text(" · ", timeout=60_000)
        expect(part.pane.locator(".nbcellar-content > *").first).to_be_visible()
    print(f"{count} hostile files shown, none of which ran or loaded anything")


def test_nothing_hostile_runs_or_loads_in_the_panel(silent: LabPage, hostile: Asset) -> None:
    silent.open()
    panel = panel_of(silent)
    panel.row("hostile").click()
    panel.tree.press("ArrowRight")
    expect(panel.row(f"@{hostile.run.number}")).to_be_visible()
    panel.tree.press("ArrowDown")
    panel.tree.press("ArrowRight")
    expect(panel.tree.locator("[aria-level='3']").first).to_be_visible()
    every_file_is_shown(panel, silent.page, hostile.metadata.total_count)
    panel.tool("Restore").click()
    expect(panel.dialog).to_contain_text("Into folder")
    panel.dialog.get_by_role("button", name="Cancel").click()


TASK = """%%task hostile_card
import os
names = {names!r}
for name in names:
    with open(name, "wb") as file:
        file.write(b"<script>top.{canary}=1</script>")
"""


def test_nothing_hostile_runs_or_loads_in_a_card_a_widget_or_a_reopened_notebook(
    silent: LabPage, folder: Path, listener: Listener
) -> None:
    from .hostile import names

    task = TASK.format(names=names(listener.url), canary=CANARY)
    write_notebook(
        folder / "work.ipynb", "%load_ext nbcellar", task, "import nbcellar as cellar\ncellar.browse('hostile_card')"
    )
    silent.open_notebook(f"{folder.name}/work.ipynb")
    silent.run_all()
    expect(silent.outputs().nth(1)).to_contain_text("hostile_card@1")
    expect(silent.outputs().nth(1)).to_contain_text("<img src=x onerror=")
    part = BrowserPart(silent.page.locator(".jp-Notebook .nbcellar-browser"))
    expect(part.rows().first).to_be_visible()
    part.tree.press("ArrowRight")
    expect(part.row("@1")).to_be_visible()
    part.tree.press("ArrowDown")
    part.tree.press("ArrowRight")
    expect(part.tree.locator("[aria-level='3']").first).to_be_visible()
    every_file_is_shown(part, silent.page, len(names(listener.url)))
    silent.save()
    silent.open(f"{folder.name}/work.ipynb")
    silent.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    expect(silent.outputs().nth(1)).to_contain_text("hostile_card@1")


def close_dialogs(page: Page) -> None:
    """Wait until every document is open or refused, and close what says so, which may come long after the tab."""
    documents = "[...window.jupyterapp.shell.widgets('main')].filter(one => one.context)"
    settled = f"{documents}.every(one => one.isDisposed || one.context.isReady)"
    dialog = page.locator(".jp-Dialog")
    while True:
        page.wait_for_function(f"() => document.querySelector('.jp-Dialog') || {settled}")
        standing = dialog.count()
        if standing == 0:
            return
        dialog.first.locator("button.jp-mod-accept, button.jp-mod-reject").first.click()
        expect(dialog).to_have_count(standing - 1)


@pytest.mark.parametrize("ending", [".html", ".svg", ".xml", ".md", ".ipynb", ".csv", ".json", ".mmd"])
def test_nothing_hostile_runs_or_loads_when_it_is_opened_from_the_drive(
    silent: LabPage, hostile: Asset, listener: Listener, ending: str
) -> None:
    silent.expect_errors("")  # what JupyterLab reports of broken files is its own; what counts is that nothing ran
    silent.open()
    base = f"cellar:survey/hostile/@{hostile.run.number}"
    wanted = [os.fsdecode(name) for name in files(listener.url) if name.endswith(ending.encode())]
    chosen = [name for name in wanted if name.replace("-", "").replace(".", "").isalnum() and name != "large.json"]
    assert chosen
    for name in chosen:
        silent.command("docmanager:open", path=f"{base}/{name}")
        silent.page.locator(f".lm-TabBar-tab.lm-mod-current[title*='{name[:12]}'], .jp-Dialog").first.wait_for()
        close_dialogs(silent.page)
    silent.page.wait_for_timeout(1000)  # what loads late would load now
    close_dialogs(silent.page)
