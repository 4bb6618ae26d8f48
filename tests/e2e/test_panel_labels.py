"""Aliases, tags, notes and the trash in JupyterLab's panel, in a real browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from nbcellar.model import LabelKind
from nbcellar.store import Cellar

from .browserpart import BrowserPart
from .labpage import LabPage
from .panelparts import name_of


def test_panel_labels_removes_and_puts_back(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    name = name_of(folder)
    keys = lab.page.keyboard
    cellar = Cellar.open(folder)
    panel.choose(name, "@2")
    panel.tree.press("l")
    expect(panel.dialog).to_contain_text(f"A name for this version: {name}@NAME.")
    panel.dialog.get_by_role("textbox", name="Name").fill("3rd")
    keys.press("Enter")
    lab.expect_errors("400")
    expect(panel.dialog.get_by_role("alert")).to_contain_text("3rd")  # no name: said in the dialog, which stays
    panel.dialog.get_by_role("textbox", name="Name").fill("prod")
    keys.press("Enter")
    expect(panel.status).to_contain_text(f"{name}@2 has the alias prod")
    expect(panel.row("@2")).to_contain_text("prod")
    assert cellar.find(f"{name}@prod").number == 2
    for kind, fields in (("Tag", {"Name": "stage", "Value": "final"}), ("Note", {"Text": "<b>the good one</b>"})):
        panel.tool("Label").click()
        panel.dialog.get_by_role("combobox", name="Kind").select_option(kind)
        expect(panel.dialog).not_to_contain_text("A name for this version")
        for field, value in fields.items():
            panel.dialog.get_by_role("textbox", name=field).fill(value)
        panel.dialog.get_by_role("button", name="Set").click()
        expect(panel.dialog).to_have_count(0)
    expect(panel.pane).to_contain_text("stage=final")
    expect(panel.pane).to_contain_text("<b>the good one</b>")
    panel.button("Take away the alias prod").click()
    expect(panel.status).to_contain_text("no longer")
    expect(panel.button("Take away the alias prod")).to_have_count(0)
    panel.status.get_by_role("button", name="Undo").click()
    expect(panel.button("Take away the alias prod")).to_be_visible()

    panel.tree.press("Delete")
    expect(panel.dialog).to_contain_text(f"{name}@2 (4 files")
    assert cellar.find(f"{name}@2").removed_ns is None
    keys.press("Enter")
    expect(panel.status).to_contain_text(f"{name}@2 is in the trash")
    expect(panel.row("@2")).to_have_count(0)
    panel.button("Show the trash").click()
    panel.choose(f"{name}@2")
    panel.tool("Put back").click()
    expect(panel.status).to_contain_text(f"{name}@2 is back")
    panel.button("Show the trash").click()
    expect(panel.row(name)).to_contain_text("3 versions")


def test_an_alias_is_moved_after_it_is_said_from_where_and_goes_back(
    panel: BrowserPart, lab: LabPage, folder: Path
) -> None:
    name = name_of(folder)
    cellar = Cellar.open(folder)
    cellar.label(cellar.find(f"{name}@1"), LabelKind.ALIAS, "prod")
    panel.choose(name, "@3")
    panel.tree.press("l")
    field = panel.dialog.get_by_role("textbox", name="Name")
    field.fill("free")
    expect(panel.dialog.get_by_role("button", name="Set")).to_be_visible()
    field.fill("prod")
    expect(panel.dialog.get_by_role("status")).to_have_text(
        f"{name}@1 has this alias now. Move takes it from there to {name}@3."
    )
    panel.dialog.get_by_role("button", name="Move").click()
    expect(panel.status).to_contain_text(f"{name}@3 has the alias prod; {name}@1 had it before.")
    expect(panel.row("@3")).to_contain_text("prod")
    assert cellar.find(f"{name}@prod").number == 3
    panel.status.get_by_role("button", name="Undo").click()
    expect(panel.row("@1")).to_contain_text("prod")
    assert cellar.find(f"{name}@prod").number == 1


def test_a_label_that_is_too_long_is_refused_in_the_dialog(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    lab.expect_errors("400")
    panel.choose(name_of(folder), "@1")
    panel.tree.press("l")
    panel.dialog.get_by_role("textbox", name="Name").fill("a" * 100_000)
    lab.page.keyboard.press("Enter")
    expect(panel.dialog.get_by_role("alert")).to_contain_text("of 100,000 characters is not a usable alias")
    panel.dialog.get_by_role("combobox", name="Kind").select_option("Note")
    panel.dialog.get_by_role("textbox", name="Text").fill("a" * 100_000)
    panel.dialog.get_by_role("button", name="Set").click()
    expect(panel.dialog.get_by_role("alert")).to_contain_text("The note has 100,000 characters; at most 8,000")


def test_an_alias_that_another_tab_moved_is_told_and_no_longer_shown(
    panel: BrowserPart, lab: LabPage, folder: Path
) -> None:
    lab.expect_errors("404")
    name = name_of(folder)
    cellar = Cellar.open(folder)
    cellar.label(cellar.find(f"{name}@1"), LabelKind.ALIAS, "moved")
    panel.button("Read again").click()
    panel.choose(name, "@1")
    expect(panel.button("Take away the alias moved")).to_be_visible()
    cellar.label(cellar.find(f"{name}@2"), LabelKind.ALIAS, "moved")
    panel.button("Take away the alias moved").click()
    expect(panel.status).to_contain_text(f"{name}@1 has no alias 'moved'")
    expect(panel.button("Take away the alias moved")).to_have_count(0)
    expect(panel.row("@2")).to_contain_text("moved")
    assert cellar.find(f"{name}@moved").number == 2
