"""JupyterLab's panel, in a real browser, where something went away or looks like markup."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from nbcellar.store import Cellar

from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage
from .panelparts import name_of, other_of


def test_names_that_are_markup_stay_text_in_the_panel(lab: LabPage, folder: Path) -> None:
    markup = "<img src=x onerror=alert(1)>"
    keep(folder, "hostile", {f"{markup}.txt": "<script>alert(2)</script>", "\u202egnp.exe": "x"})
    lab.page.on("dialog", lambda dialog: lab.errors.append(f"a dialog: {dialog.message}"))
    lab.open()
    panel = panel_of(lab)
    panel.choose("hostile", "@1", markup)
    expect(panel.pane.get_by_label("Contents")).to_have_text("<script>alert(2)</script>")
    expect(panel.row("\\u202egnp.exe")).to_be_visible()
    expect(panel.root.locator("img")).to_have_count(0)
    expect(panel.root.locator("script")).to_have_count(0)


def test_a_lost_server_is_told_and_tried_again(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    lab.expect_errors("ERR_")
    panel.choose(name_of(folder), "@2", "plots", "loss.png")
    lab.page.route("**/nbcellar/api/**", lambda route: route.abort())
    panel.row("@1").click()
    expect(panel.row("The server does not answer.")).to_be_visible()
    panel.button("Read again").click()
    expect(panel.pane).to_contain_text("The server does not answer.")
    expect(panel.pane).to_contain_text("What is saved stays saved.")
    lab.page.unroute("**/nbcellar/api/**")
    panel.button("Try again").click()
    expect(panel.row("@2")).to_be_visible()
    expect(panel.row("loss.png")).to_be_visible()  # open as it was
    panel.choose("loss.png")


def test_the_only_version_is_compared_with_nothing(panel: BrowserPart, folder: Path) -> None:
    name = other_of(folder)
    panel.choose(name, "@1")
    panel.tool("Compare").click()
    expect(panel.pane).to_contain_text(f"There is no other version of {name} to compare with.")
    expect(panel.pane.get_by_role("combobox")).to_have_count(0)


def test_what_was_deleted_meanwhile_is_told(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    name = name_of(folder)
    lab.expect_errors("404")
    panel.choose(name, "@3")
    expect(panel.row("plots")).to_be_visible()
    cellar = Cellar.open(folder)
    run = cellar.find(f"{name}@3")
    cellar.remove(run)
    panel.tool("Restore").click()
    expect(panel.dialog).to_be_visible()
    lab.page.keyboard.press("Escape")
    panel.button("Read again").click()
    expect(panel.row("@3")).to_have_count(0)
    expect(panel.row("@2")).to_be_visible()
    expect(panel.title).not_to_be_empty()
