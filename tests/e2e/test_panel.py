"""JupyterLab's panel, in a real browser, used as a person would: no kernel is started for any of it."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nbcellar.model import LabelKind
from nbcellar.store import Cellar

from ..frontends.browsing.conftest import png
from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage, expect_size
from .notebookfile import write_notebook


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


def name_of(folder: Path) -> str:
    return folder.name.replace("-", "_")[5:45]


def other_of(folder: Path) -> str:
    return f"other_{name_of(folder)[6:]}"


def search(panel: BrowserPart, text: str) -> None:
    panel.root.get_by_role("searchbox", name="Search names").fill(text)


def test_panel_is_used_by_keyboard_alone(lab: LabPage, panel: BrowserPart, folder: Path) -> None:
    keys = lab.page.keyboard
    name = name_of(folder)
    panel.tree.press("/")
    keys.type(other_of(folder))
    expect(panel.rows()).to_have_count(1)
    keys.press("Control+A")
    keys.type(name[6:])
    expect(panel.rows()).to_have_count(2)
    keys.press("Escape")
    expect(panel.tree).to_be_focused()
    keys.press("End")
    keys.press("ArrowRight")
    expect(panel.row("@3")).to_be_visible()
    keys.press("ArrowDown")
    expect(panel.title).to_contain_text(f"{name}@3")
    keys.press("ArrowRight")
    expect(panel.row("table.csv")).to_be_visible()
    keys.press("End")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(panel.title).to_contain_text("table.csv")
    expect(panel.pane.get_by_role("cell", name="219")).to_be_visible()
    # the toolbar is one tab stop with arrow keys between its buttons
    keys.press("Tab")
    expect(panel.tool("Restore")).to_be_focused()
    keys.press("ArrowRight")
    expect(panel.tool("Open")).to_be_focused()
    keys.press("End")
    expect(panel.tool("Download")).to_be_focused()
    keys.press("ArrowRight")
    expect(panel.tool("Restore")).to_be_focused()
    keys.press("Enter")
    expect(panel.dialog.get_by_role("textbox", name="Into folder")).to_be_focused()
    # the focus stays inside the dialog, and goes back to the tree when it is closed
    keys.press("Shift+Tab")
    expect(panel.dialog.get_by_role("button", name="Cancel")).to_be_focused()
    keys.press("Tab")
    expect(panel.dialog.get_by_role("textbox", name="Into folder")).to_be_focused()
    keys.press("Escape")
    expect(panel.dialog).to_have_count(0)
    expect(panel.tree).to_be_focused()
    keys.press("?")
    expect(panel.pane).to_contain_text("give an alias, a tag or a note")


def test_panel_filters_by_tag_age_and_order(panel: BrowserPart, folder: Path) -> None:
    name = name_of(folder)
    run = Cellar.open(folder).find(f"{name}@2")
    search(panel, name[6:])
    names = panel.tree.get_by_role("treeitem", level=1)
    expect(names).to_have_count(2)
    expect(names.first).to_contain_text(other_of(folder))  # the newest
    panel.choose(name, "@3")
    panel.root.get_by_role("combobox", name="Sort").select_option("Most versions")
    expect(names.first).to_contain_text("3 versions")
    panel.root.get_by_role("combobox", name="Sort").select_option("By name")
    expect(names.first).to_contain_text(other_of(folder))
    Cellar.open(folder).label(run, LabelKind.TAG, f"kind_{name}", "good")
    panel.button("Read again").click()
    panel.root.get_by_role("combobox", name="Tag").select_option(f"kind_{name}=good")
    expect(names).to_have_count(1)
    expect(panel.row(name)).to_contain_text("1 version")
    expect(panel.row("@2")).to_be_visible()
    expect(panel.row("@3")).to_have_count(0)
    panel.root.get_by_role("combobox", name="Since").select_option("Last hour")
    expect(panel.row("@2")).to_be_visible()
    search(panel, "there is none of this name")
    expect(panel.pane).to_contain_text("No name holds")
    panel.button("Show everything").click()
    expect(panel.root.get_by_role("searchbox")).to_have_value("")
    expect(panel.root.get_by_role("combobox", name="Tag")).to_have_value("")
    expect(names.nth(1)).to_be_visible()  # of all names of this server: how many come before ours is not known
    expect(panel.pane).not_to_contain_text("No name holds")


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


def test_panel_copies_code_and_downloads_files_and_zips(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    name = name_of(folder)
    panel.choose(name, "@2", "table.csv")
    panel.tool("Copy code").click()
    expect(panel.status).to_contain_text("Copied")
    assert lab.page.evaluate("() => navigator.clipboard.readText()") == f'cellar["{name}@2"]["table.csv"]'
    with lab.page.expect_download() as started:
        panel.tool("Download").click()
    assert Path(started.value.path()).read_text().endswith("Gentoo,218\n")
    panel.row("@2").click()
    expect(panel.title).to_contain_text("4 files")
    with lab.page.expect_download() as started:
        panel.tool("Download zip").click()
    assert started.value.suggested_filename == f"{name}-2.zip"
    with zipfile.ZipFile(started.value.path()) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["m.json", "plots/loss.png", "same.txt", "table.csv"]


def test_panel_labels_removes_and_puts_back(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    name = name_of(folder)
    keys = lab.page.keyboard
    cellar = Cellar.open(folder)
    panel.choose(name, "@2")
    panel.tree.press("l")
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


def test_panel_compares_lines_rows_values_and_pictures(panel: BrowserPart, folder: Path) -> None:
    name = name_of(folder)
    panel.choose(name, "@3")
    panel.tool("Compare").click()
    expect(panel.pane).to_contain_text(f"{name}@2 → {name}@3: 0 new, 3 changed, 0 gone, 1 the same.")
    panel.pane.get_by_role("button", name="table.csv").click()
    lines = panel.pane.get_by_label("Changes")
    expect(lines).to_contain_text("-Gentoo,218")
    expect(lines).to_contain_text("+Gentoo,219")
    panel.pane.get_by_role("button", name="table.csv").click()
    panel.pane.get_by_role("button", name="m.json").click()
    expect(panel.pane.get_by_label("Changes").first).to_contain_text("~ rmse: 2 → 3")
    panel.pane.get_by_role("button", name="loss.png").click()
    pictures = panel.pane.get_by_role("img", name="loss.png")
    expect(pictures).to_have_count(2)
    expect(pictures.last).to_be_visible()
    for place, width in enumerate((20, 30)):
        expect_size(pictures.nth(place), width)
    panel.pane.get_by_role("combobox", name="Compare with").select_option(index=1)
    expect(panel.pane).to_contain_text(f"{name}@1 → {name}@3")
    panel.choose("m.json")
    panel.tree.press("d")
    expect(panel.pane.get_by_label("Changes")).to_contain_text("~ rmse: 2 → 3")


def test_panel_tells_disk_use(panel: BrowserPart, folder: Path) -> None:
    panel.button("Disk use").click()
    use = panel.pane.get_by_role("group", name="Disk use")
    line = use.get_by_role("row").filter(has=use.page.get_by_role("rowheader", name=name_of(folder), exact=True))
    expect(line.get_by_role("cell").first).to_have_text("3")
    expect(panel.pane).to_contain_text("on disk")


def test_panel_opens_a_file_in_the_viewer_that_jupyterlab_has(panel: BrowserPart, lab: LabPage, folder: Path) -> None:
    name = name_of(folder)
    panel.choose(name, "@3", "plots", "loss.png")
    panel.tool("Open").click()
    picture = lab.page.locator(".jp-ImageViewer img")
    expect(picture).to_be_visible()
    expect_size(picture, 30, 20)
    path = "window.jupyterapp.shell.currentWidget?.context?.path"
    lab.page.wait_for_function(f"() => {path}?.endsWith('@3/plots/loss.png')")


def test_panel_shows_what_this_notebook_wrote(lab: LabPage, folder: Path) -> None:
    keep(folder, "by_hand", {"a.txt": "1"})
    code = "import nbcellar as cellar\nopen('b.txt', 'w').write('2')\ncellar.asset('b.txt', name='by_notebook')\nNone"
    write_notebook(folder / "work.ipynb", code)
    lab.open_notebook(f"{folder.name}/work.ipynb")
    panel = panel_of(lab)
    expect(panel.row("by_hand")).to_be_visible()
    lab.run_all()
    expect(panel.row("by_notebook")).to_be_visible()  # without being asked: it looks after cells ran
    panel.root.get_by_role("combobox", name="Whose").select_option("This notebook")
    expect(panel.row("by_hand")).to_have_count(0)
    expect(panel.row("by_notebook")).to_be_visible()


def test_panel_follows_the_project_of_the_document_in_front(lab: LabPage, folder: Path) -> None:
    (folder / "nbcellar.toml").write_text('project = "apart"\n')
    (folder / ".cellar").mkdir()
    keep(folder, "apart_only", {"a.txt": "1"})
    keep(folder.parent, "in_the_root", {"r.txt": "1"})
    (folder / "note.md").write_text("# Note")
    lab.open()
    panel = panel_of(lab)
    choice = lab.page.get_by_role("combobox", name="Project", exact=True)
    choice.select_option("survey")
    expect(panel.row("in_the_root")).to_be_visible()
    lab.command("docmanager:open", path=f"{folder.name}/note.md")
    expect(panel.row("apart_only")).to_be_visible()
    expect(panel.row("in_the_root")).to_have_count(0)
    choice.select_option("survey")
    expect(panel.row("in_the_root")).to_be_visible()


def test_panel_is_found_in_menu_palette_and_by_shortcut(lab: LabPage, folder: Path) -> None:
    keep(folder, "found", {"a.txt": "1"})
    lab.open()
    root = lab.page.get_by_role("region", name="Cellar panel")
    lab.page.get_by_role("menuitem", name="View").click()
    lab.page.locator(".lm-Menu-itemLabel").get_by_text("Show Cellar", exact=True).click()
    expect(root).to_be_visible()
    lab.command("filebrowser:activate")
    expect(root).to_be_hidden()
    lab.page.keyboard.press("Control+Alt+G")
    expect(root).to_be_visible()
    lab.command("apputils:activate-command-palette")
    lab.page.locator(".lm-CommandPalette-input").fill("cellar")
    palette = lab.page.locator(".lm-CommandPalette-content")
    for label in ("Show Cellar", "Show Cellar Drive", "Save as Asset…", "Open Asset Browser in Notebook"):
        expect(palette).to_contain_text(label)
    lab.page.keyboard.press("Escape")


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
    lab.page.route("**/nbcellar/api/**", lambda route: route.abort())
    panel.row(name_of(folder)).click()
    expect(panel.row("The server does not answer.")).to_be_visible()
    panel.button("Read again").click()
    expect(panel.pane).to_contain_text("The server does not answer.")
    expect(panel.pane).to_contain_text("What is saved stays saved.")
    lab.page.unroute("**/nbcellar/api/**")
    panel.button("Try again").click()
    expect(panel.row(name_of(folder))).to_be_visible()
    panel.choose(name_of(folder))


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
