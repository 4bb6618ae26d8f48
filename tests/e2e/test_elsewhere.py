"""Notebook 7, and a JupyterLab whose server has no nbcellar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from .browserpart import BrowserPart, keep
from .labpage import LabPage
from .labserver import LabServer, lab_server
from .notebookfile import write_notebook

# Notebook 7's own, also without any extension: its plugins ask for settings before they are there, and report the bare
# message of what that ends in; which it is depends on how far the settings have come. Errors of ours have a stack
NOTEBOOK_7_ERRORS = (
    "Cannot read properties of undefined (reading 'schema')",
    "Cannot convert undefined or null to object",
)


def view_menu(lab: LabPage, entry: str) -> None:
    """Choose in the View menu, with the mouse."""
    lab.page.get_by_role("menuitem", name="View", exact=True).click()
    lab.page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()


def panel_in(lab: LabPage) -> BrowserPart:
    return BrowserPart(lab.page.get_by_role("region", name="Cellar panel"))


@pytest.fixture
def notebook_7(lab: LabPage) -> LabPage:
    for message in NOTEBOOK_7_ERRORS:
        lab.expect_errors(message)
    return lab


def open_in_notebook_7(lab: LabPage, path: str = "") -> None:
    lab.page.goto(lab.server.notebook_address(path))
    lab.wait_until_started()


def test_notebook_7_has_the_panel_and_restores_from_it(notebook_7: LabPage, folder: Path) -> None:
    lab = notebook_7
    for number in (1, 2):
        keep(folder, "in_notebook_7", {"t.csv": f"a,b\n1,{number}17\n"})
    write_notebook(folder / "work.ipynb", "1")
    open_in_notebook_7(lab, f"{folder.name}/work.ipynb")
    expect(lab.page.locator(".jp-Notebook .jp-CodeCell")).to_be_visible()
    view_menu(lab, "Show Cellar")
    panel = panel_in(lab)
    panel.choose("in_notebook_7", "@1", "t.csv")
    expect(panel.pane.get_by_role("cell", name="117")).to_be_visible()
    panel.tool("Restore").click()
    panel.dialog.get_by_role("textbox", name="Into folder").fill(f"{folder.name}/out")
    panel.dialog.get_by_role("button", name="Restore 1 file").click()
    expect(panel.status).to_contain_text("Restored 1 file")
    assert (folder / "out" / "t.csv").read_text() == "a,b\n1,117\n"


def test_notebook_7_shows_the_widget_and_opens_a_file_of_an_asset(notebook_7: LabPage, folder: Path) -> None:
    lab = notebook_7
    keep(folder, "seven_widget", {"m.json": '{"rmse": 0.25}'})
    write_notebook(folder / "work.ipynb", "import nbcellar as cellar\ncellar.browse('seven_widget')")
    open_in_notebook_7(lab, f"{folder.name}/work.ipynb")
    session = "window.jupyterapp.shell.currentWidget?.sessionContext"
    lab.page.wait_for_function(f"() => {session}")
    lab.page.evaluate(f"() => {session}.ready.then(() => true)")
    lab.run_all()
    part = BrowserPart(lab.page.locator(".jp-Notebook .nbcellar-browser"))
    part.choose("seven_widget", "@1", "m.json")
    expect(part.pane).to_contain_text("0.25")
    view_menu(lab, "Show Cellar")
    panel = panel_in(lab)
    panel.choose("seven_widget", "@1", "m.json")
    with lab.page.expect_popup() as opened:
        panel.tool("Open").click()
    expect(opened.value.locator(".jp-RenderedJSON, .jp-FileEditor").first).to_contain_text("0.25")


def test_notebook_7_saves_and_finds_files_in_its_list(notebook_7: LabPage, folder: Path) -> None:
    lab = notebook_7
    (folder / "seven notes.txt").write_text("kept")
    open_in_notebook_7(lab)
    lab.command("filebrowser:go-to-path", path=folder.name)
    item = lab.page.locator(".jp-DirListing-item").filter(has=lab.page.get_by_text("seven notes.txt", exact=True))
    item.click(button="right")
    lab.page.get_by_role("menuitem", name="Save as Asset…").click()
    lab.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    toast = lab.page.locator(".Toastify")
    expect(toast).to_contain_text("Saved seven_notes@1: 1 file")
    item.click(button="right")
    lab.page.get_by_role("menuitem", name="Show in Cellar").click()
    expect(panel_in(lab).title).to_contain_text("seven notes.txt")


@pytest.fixture(scope="module")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A JupyterLab with our lab extension, on a server without ours."""
    with lab_server(tmp_path_factory.mktemp("bare"), bare=True) as running:
        yield running


@pytest.fixture
def bare_lab(bare_server: LabServer, browser: Browser) -> Iterator[LabPage]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = LabPage(context.new_page(), bare_server, "bare")
    yield page
    dialogs, errors = page.dialogs(), page.unexpected_errors()
    context.close()
    assert not dialogs
    assert not errors


def test_without_its_server_nothing_is_offered_that_would_fail(bare_lab: LabPage) -> None:
    lab = bare_lab
    (lab.server.root / "a.txt").write_text("1")
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(request.url) if "/nbcellar/" in request.url else None)
    lab.open()
    lab.page.locator("#filebrowser .jp-DirListing-item").filter(has_text="a.txt").click(button="right")
    menu = lab.page.locator(".lm-Menu")
    expect(menu.get_by_text("Copy Path")).to_be_visible()
    for entry in ("Save as Asset…", "Show in Cellar", "Restore Older Version…"):
        expect(_shown(menu, entry)).to_have_count(0)
    lab.page.keyboard.press("Escape")
    lab.command("apputils:activate-command-palette")
    lab.page.locator(".lm-CommandPalette-input").fill("cellar")
    palette = lab.page.locator(".lm-CommandPalette-content")
    expect(palette.get_by_text("Show Cellar", exact=True)).to_be_visible()
    expect(palette).not_to_contain_text("Save as Asset")
    expect(palette).not_to_contain_text("Drive")
    lab.page.keyboard.press("Escape")
    static = ("/lab/extensions/nbcellar/", "/lab/api/settings/nbcellar")
    assert [url for url in asked if not any(part in url for part in static)] == []


def _shown(menu: Locator, entry: str) -> Locator:
    return menu.get_by_text(entry).locator("visible=true")


def test_without_its_server_the_panel_says_what_to_do_and_the_widget_works(bare_lab: LabPage) -> None:
    lab = bare_lab
    folder = lab.server.root
    keep(folder, "bare", {"a.txt": "by the kernel alone"})
    write_notebook(folder / "work.ipynb", "import nbcellar as cellar\ncellar.browse()")
    lab.open_notebook("work.ipynb")
    view_menu(lab, "Show Cellar")
    panel = lab.page.get_by_role("region", name="Cellar panel")
    expect(panel).to_contain_text("This Jupyter server has no nbcellar")
    expect(panel).to_contain_text('pip install "nbcellar[lab]"')
    lab.run_all()
    part = BrowserPart(lab.page.locator(".jp-Notebook .nbcellar-browser"))
    part.choose("bare", "@1", "a.txt")
    expect(part.pane).to_contain_text("by the kernel alone")
