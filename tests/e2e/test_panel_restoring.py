"""Restores from JupyterLab's panel, in a real browser: plan, policy, undo, and what stands in the way."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage
from .panelparts import name_of


def test_panel_restores_after_its_plan_and_takes_it_back(panel: BrowserPart, folder: Path) -> None:
    name = name_of(folder)
    panel.choose(f"{name}", "@1")
    panel.tool("Restore").click()
    target = panel.dialog.get_by_role("textbox", name="Into folder")
    target.fill(f"{folder.name}/out")
    expect(panel.dialog).to_contain_text("4 new files")
    expect(panel.dialog.get_by_role("listitem")).to_have_count(4)
    assert not (folder / "out").exists()
    panel.dialog.get_by_role("button", name="Restore 4 files").click()
    expect(panel.status).to_contain_text(f"Restored 4 files to ./{folder.name}/out")
    assert (folder / "out" / "table.csv").read_text().endswith("Gentoo,217\n")
    panel.status.get_by_role("button", name="Undo").click()
    expect(panel.status).to_contain_text("4 files removed")
    assert not (folder / "out" / "table.csv").exists()


def test_a_dialog_has_the_room_of_the_tools_and_gives_it_back(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    keep(folder, "room", {f"long/name/of/file/{number:02}.txt": str(number) for number in range(30)})
    panel.button("Read again").click()
    panel.choose("room", "@1")
    tools = panel.root.get_by_role("toolbar", name="Actions")
    for tool in ("Restore", "Label", "Remove"):
        panel.tool(tool).click()
        expect(panel.dialog).to_be_visible()
        expect(tools).to_be_hidden()
        lab.page.keyboard.press("Escape")
        expect(panel.dialog).to_have_count(0)
        expect(tools).to_be_visible()


def test_panel_never_writes_outside_of_the_folder_of_the_server(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    lab.expect_errors("403")
    panel.choose(name_of(folder), "@1")
    panel.tool("Restore").click()
    panel.dialog.get_by_role("textbox", name="Into folder").fill("../../outside")
    expect(panel.dialog).to_contain_text("outside of the folder that this server shows")
    expect(panel.dialog.get_by_role("button", name="Restore")).to_be_disabled()


@pytest.mark.root
def test_a_full_disk_in_a_restore_is_told_and_tried_again(lab: LabPage, folder: Path) -> None:
    lab.expect_errors("503")
    keep(folder, "too_big", {"big.bin": os.urandom(1_000_000)})
    small = folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(small)], check=True)
    try:
        lab.open()
        panel = panel_of(lab)
        panel.choose("too_big", "@1")
        panel.tool("Restore").click()
        panel.dialog.get_by_role("textbox", name="Into folder").fill(f"{folder.name}/small")
        panel.dialog.get_by_role("button", name="Restore 1 file").click()
        said = panel.dialog.get_by_role("alert")
        expect(said).to_contain_text("No space left on device")
        expect(said).to_contain_text("Nothing was restored; the target is as it was.")
        expect(said).to_contain_text("restore to another disk")
        assert list(small.iterdir()) == []
        subprocess.run(["mount", "-o", "remount,size=4m", str(small)], check=True)
        panel.dialog.get_by_role("button", name="Restore 1 file").click()
        expect(panel.status).to_contain_text("Restored 1 file")
        assert (small / "big.bin").stat().st_size == 1_000_000
    finally:
        subprocess.run(["umount", str(small)], check=True)
