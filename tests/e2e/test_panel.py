"""JupyterLab's panel, in a real browser, used as a person would: no kernel is started for any of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.sync_api import expect

from nbcellar.model import LabelKind
from nbcellar.store import Cellar

from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage, expect_size
from .notebookfile import write_notebook
from .panelparts import name_of, other_of, search


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
