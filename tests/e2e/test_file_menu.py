"""What the file browser's own menu does: save, show, restore."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from nbcellar.assets.asset import Asset
from nbcellar.store import Cellar

from .browserpart import BrowserPart, keep
from .labpage import LabPage


def opened(lab: LabPage, folder: Path) -> Locator:
    """JupyterLab's file browser in the test's folder."""
    lab.open()
    lab.command("filebrowser:go-to-path", path=folder.name)
    browser = lab.page.locator("#filebrowser")
    expect(browser.locator(".jp-DirListing-item").first).to_be_visible()
    return browser


def menu(lab: LabPage, browser: Locator, name: str, entry: str) -> None:
    browser.locator(".jp-DirListing-item").filter(has=lab.page.get_by_text(name, exact=True)).click(button="right")
    lab.page.get_by_role("menuitem", name=entry).click()


def test_menu_saves_files_as_an_asset_that_is_shown(lab: LabPage, folder: Path) -> None:
    (folder / "my notes.txt").write_text("kept")
    browser = opened(lab, folder)
    menu(lab, browser, "my notes.txt", "Save as Asset…")
    dialog = lab.page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_text([f"{folder.name}/my notes.txt"])
    name = dialog.get_by_role("textbox", name="Name")
    expect(name).to_have_value("my_notes")
    name.fill("menu_saved")
    dialog.get_by_role("button", name="Save").click()
    toast = lab.page.locator(".Toastify")
    expect(toast).to_contain_text("Saved menu_saved@1: 1 file")
    cellar = Cellar.open(folder)
    made = Asset(cellar, cellar.find("menu_saved"))
    assert [made[path].read() for path in made] == [b"kept"]
    toast.get_by_role("button", name="Show").click()
    panel = BrowserPart(lab.page.get_by_role("region", name="Cellar panel"))
    expect(panel.title).to_contain_text("menu_saved@1")


def test_menu_refuses_a_name_that_is_none_and_saves_nothing(lab: LabPage, folder: Path) -> None:
    lab.expect_errors("400")
    (folder / "a.txt").write_text("kept")
    browser = opened(lab, folder)
    menu(lab, browser, "a.txt", "Save as Asset…")
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("no name!")
    dialog.get_by_role("button", name="Save").click()
    expect(lab.page.locator(".Toastify")).to_contain_text("no name!")
    assert not [one for one in Cellar.open(folder).series() if one.name.startswith("no")]


def test_menu_shows_the_newest_version_of_a_file(lab: LabPage, folder: Path) -> None:
    keep(folder, "menu_shown", {"deep/down/file.csv": "a\n1\n"})
    keep(folder, "menu_shown", {"deep/down/file.csv": "a\n2\n"})
    browser = opened(lab, folder)
    lab.command("filebrowser:go-to-path", path=f"/{folder.name}/deep/down")
    menu(lab, browser, "file.csv", "Show in Cellar")
    panel = BrowserPart(lab.page.get_by_role("region", name="Cellar panel"))
    expect(panel.title).to_contain_text("menu_shown@2")
    expect(panel.title).to_contain_text("file.csv")
    expect(panel.pane.get_by_role("cell", name="2", exact=True)).to_be_visible()


def test_menu_says_that_no_version_holds_a_file(lab: LabPage, folder: Path) -> None:
    keep(folder, "menu_none", {"a.txt": "1"})
    (folder / "new.txt").write_text("saved nowhere")
    browser = opened(lab, folder)
    menu(lab, browser, "new.txt", "Show in Cellar")
    expect(lab.page.locator(".Toastify")).to_contain_text("No version holds")


def test_menu_restores_an_older_version_to_its_place(lab: LabPage, folder: Path) -> None:
    for number in (1, 2, 3):
        keep(folder, "menu_old", {"sub/data.txt": f"version {number}"})
    (folder / "sub" / "data.txt").write_text("my own work, saved nowhere")
    browser = opened(lab, folder)
    lab.command("filebrowser:go-to-path", path=f"/{folder.name}/sub")
    menu(lab, browser, "data.txt", "Restore Older Version…")
    panel = BrowserPart(lab.page.get_by_role("region", name="Cellar panel"))
    versions = panel.dialog.get_by_role("combobox", name="Version")
    expect(versions.locator("option")).to_have_count(3)
    expect(panel.dialog).to_contain_text("stands in the way")
    versions.select_option(index=2)
    panel.dialog.get_by_role("combobox", name="Existing files").select_option("Copy aside, then overwrite")
    panel.dialog.get_by_role("button", name="Restore 1 file").click()
    expect(panel.status).to_contain_text("Restored 1 file")
    assert (folder / "sub" / "data.txt").read_text() == "version 1"
    assert (folder / "sub" / "data (before restore).txt").read_text() == "my own work, saved nowhere"
