"""What a person sets for the extension in JupyterLab's settings editor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nbcellar.store import Cellar

from .browserpart import BrowserPart, keep
from .labpage import LabPage
from .labserver import LabServer
from .notebookfile import write_notebook

Choose = Callable[..., None]


@pytest.fixture
def choose(server: LabServer) -> Iterator[Choose]:
    """Set fields of a plugin, for the next page that is opened."""
    saved = server.root.parent / "settings" / "nbcellar"
    saved.mkdir()

    def save(plugin: str, **fields: object) -> None:
        (saved / f"{plugin}.jupyterlab-settings").write_text(json.dumps(fields))

    yield save
    shutil.rmtree(saved)


def test_panel_opens_on_start_in_the_order_and_with_the_policy_that_were_set(
    lab: LabPage, folder: Path, choose: Choose
) -> None:
    choose("panel", openOnStart=True, sort="name", restorePolicy="backup")
    keep(folder, "zz_set", {"a.txt": "1"})
    keep(folder, "aa_set", {"a.txt": "1"})
    keep(folder, "zz_set", {"a.txt": "2"})
    lab.open()
    panel = BrowserPart(lab.page.get_by_role("region", name="Cellar panel"))
    expect(panel.rows().first).to_be_visible()
    expect(panel.root.get_by_role("combobox", name="Sort")).to_have_value("name")
    panel.root.get_by_role("searchbox", name="Search names").fill("_set")
    expect(panel.rows()).to_have_count(2)
    expect(panel.labels()).to_have_text(["aa_set", "zz_set"])
    panel.choose("zz_set", "@1")
    panel.tool("Restore").click()
    expect(panel.dialog.get_by_role("combobox", name="Existing files")).to_have_value("backup")


def test_panel_stays_with_its_project_and_waits_to_be_asked_where_that_is_set(
    lab: LabPage, folder: Path, choose: Choose
) -> None:
    choose("panel", openOnStart=True, followDocument=False, refreshAfterCells=False)
    keep(folder.parent, "stays", {"r.txt": "1"})
    (folder / "nbcellar.toml").write_text('project = "set_apart"\n')
    (folder / ".cellar").mkdir()
    keep(folder, "other", {"a.txt": "1"})
    code = "import nbcellar as cellar\ncellar.asset('a.txt', name='after_cell')\nNone"
    write_notebook(folder / "work.ipynb", code)
    lab.open_notebook(f"{folder.name}/work.ipynb")
    panel = BrowserPart(lab.page.get_by_role("region", name="Cellar panel"))
    choice = lab.page.get_by_role("combobox", name="Project", exact=True)
    choice.select_option(label="survey")
    expect(panel.row("stays")).to_be_visible()
    lab.command("docmanager:open", path=f"{folder.name}/nbcellar.toml")
    expect(lab.page.locator(".jp-FileEditor:visible")).to_contain_text("set_apart")
    expect(choice.locator("option:checked")).to_have_text("survey")
    choice.select_option(label=f"set_apart — {folder.name}")
    expect(panel.row("other")).to_be_visible()
    expect(panel.title).to_contain_text("other")  # all that it asks for is here
    lab.command("docmanager:open", path=f"{folder.name}/work.ipynb")
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(request.url) if "/nbcellar/api/" in request.url else None)
    lab.run_all()
    lab.page.wait_for_timeout(1500)  # longer than the panel waits for cells to be quiet
    assert asked == []
    assert Cellar.open(folder).find("after_cell").number == 1
    panel.button("Read again").click()
    expect(panel.row("after_cell")).to_be_visible()


def test_menu_and_filter_are_left_out_where_that_is_set(lab: LabPage, folder: Path, choose: Choose) -> None:
    choose("files", showInMenu=False)
    choose("drive", showFileFilter=False)
    keep(folder, "quiet_menu", {"a.txt": "1"})
    lab.open()
    lab.command("filebrowser:go-to-path", path=folder.name)
    lab.page.locator("#filebrowser .jp-DirListing-item").filter(has_text="a.txt").click(button="right")
    menu = lab.page.locator(".lm-Menu")
    expect(menu.get_by_text("Copy Path")).to_be_visible()
    expect(menu.get_by_text("Save as Asset…").locator("visible=true")).to_have_count(0)
    lab.page.keyboard.press("Escape")
    lab.command("nbcellar:show-drive")
    drive = lab.page.get_by_role("region", name="Cellar drive")
    expect(drive.locator(".jp-DirListing-item").first).to_be_visible()
    expect(drive.get_by_placeholder("Filter files by name").locator("visible=true")).to_have_count(0)
