"""The asset browser in a notebook, in a real browser, used as a person would."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from .labpage import LabPage, expect_size
from .notebookfile import write_notebook

TASK = """%%task {name}
import matplotlib.pyplot as plt
figure, axes = plt.subplots(figsize=(3, 2))
axes.plot([3, 1, 2])
figure.savefig("loss.png")
plt.close(figure)
with open("clean.csv", "w") as file:
    file.write("species,flipper\\nAdelie,181\\nGentoo,217\\n")
with open("metrics.json", "w") as file:
    file.write('{{"val": {{"rmse": 0.25}}}}')
"""
BROWSE = "import nbcellar as cellar\ncellar.browse({task!r})"


def opened(lab: LabPage, folder: Path, *cells: str) -> Locator:
    """Run a notebook of these cells, and wait for the tree of the browser that its last cell shows."""
    write_notebook(folder / "work.ipynb", *cells)
    lab.open_notebook(f"{folder.name}/work.ipynb")
    lab.run_all()
    tree = lab.page.get_by_role("tree", name="Assets")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    return tree


def row(tree: Locator, name: str) -> Locator:
    return tree.get_by_role("treeitem").filter(has_text=name).first


def test_a_person_browses_previews_and_restores_by_keyboard_alone(lab: LabPage, folder: Path) -> None:
    tree = opened(lab, folder, "%load_ext nbcellar", TASK.format(name="keyboard"), BROWSE.format(task="keyboard"))
    expect(lab.outputs().nth(1)).to_contain_text("keyboard@1")  # the card of the task cell
    keys = lab.page.keyboard
    tree.focus()
    keys.press("ArrowRight")  # open the name
    expect(row(tree, "@1")).to_be_visible()
    keys.press("ArrowRight")  # to its version
    keys.press("ArrowRight")  # open that
    expect(row(tree, "clean.csv")).to_be_visible()
    keys.press("ArrowRight")  # to its first file

    pane = lab.page.locator(".nbcellar-pane")
    expect(pane.get_by_role("heading", level=2)).to_contain_text("clean.csv")
    expect(pane.get_by_role("cell", name="217")).to_be_visible()
    keys.press("ArrowDown")
    picture = pane.get_by_role("img", name="loss.png")
    expect(picture).to_be_visible()
    expect_size(picture, 300)
    keys.press("ArrowDown")
    expect(pane.get_by_role("button", name="val")).to_be_visible()
    lab.expect_in_kernel("_3.selected", "'keyboard@1/metrics.json'")
    lab.expect_in_kernel("_3.value.read()", 'b\'{"val": {"rmse": 0.25}}\'')

    (folder / "metrics.json").unlink()
    keys.press("r")
    dialog = pane.get_by_role("dialog")
    expect(dialog).to_contain_text("1 new file")
    expect(dialog.get_by_role("listitem")).to_have_text(["newmetrics.json"])
    assert not (folder / "metrics.json").exists()
    keys.press("Enter")
    status = lab.page.locator(".nbcellar-status")
    expect(status).to_contain_text("Restored 1 file")
    assert (folder / "metrics.json").read_text() == '{"val": {"rmse": 0.25}}'
    status.get_by_role("button", name="Undo").press("Enter")
    expect(status).to_contain_text("1 file removed")
    assert not (folder / "metrics.json").exists()


def test_a_restore_over_unsaved_work_is_refused_until_a_policy_is_chosen(lab: LabPage, folder: Path) -> None:
    tree = opened(lab, folder, "%load_ext nbcellar", TASK.format(name="policy"), BROWSE.format(task="policy"))
    (folder / "clean.csv").write_text("my own work, saved nowhere\n")
    row(tree, "policy").click()
    row(tree, "@1").click()
    lab.page.get_by_role("button", name="Restore…").click()
    dialog = lab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 file stands in the way")
    expect(dialog.get_by_role("button", name="Restore")).to_be_disabled()
    dialog.get_by_role("combobox").select_option("backup")
    expect(dialog).to_contain_text("1 file is copied aside")
    dialog.get_by_role("button", name="Restore").click()
    expect(lab.page.locator(".nbcellar-status")).to_contain_text("Restored 1 file")
    assert (folder / "clean.csv").read_text().startswith("species,flipper")
    assert (folder / "clean (before restore).csv").read_text() == "my own work, saved nowhere\n"


def test_an_empty_cellar_says_how_to_begin(lab: LabPage, folder: Path) -> None:
    (folder / "nbcellar.toml").write_text('project = "fresh"\n')
    (folder / ".cellar").mkdir()
    write_notebook(folder / "work.ipynb", "import nbcellar as cellar\ncellar.browse()")
    lab.open_notebook(f"{folder.name}/work.ipynb")
    lab.run_all()
    expect(lab.page.locator(".nbcellar-pane")).to_contain_text("Nothing is saved here yet")
    expect(lab.page.locator(".nbcellar-pane")).to_contain_text("%%task NAME")


def test_names_are_searched_and_none_found_is_said(lab: LabPage, folder: Path) -> None:
    save = "import nbcellar as cellar\nopen('a.txt', 'w').write('1')\n"
    save += "cellar.asset('a.txt', name='search_me')\ncellar.asset('a.txt', name='other_one')\nNone"
    tree = opened(lab, folder, save, "cellar.browse()")
    expect(row(tree, "other_one")).to_be_visible()
    tree.press("/")
    lab.page.keyboard.type("SEARCH")
    expect(row(tree, "other_one")).to_have_count(0)
    expect(row(tree, "search_me")).to_be_visible()
    lab.page.keyboard.type("_nothing")
    expect(lab.page.locator(".nbcellar-pane")).to_contain_text("No name holds")


def test_the_code_that_is_copied_gets_the_file(lab: LabPage, folder: Path) -> None:
    save = """import nbcellar as cellar
open("it's.txt", "w").write("found")
cellar.asset("it's.txt", name="copied")
None"""
    tree = opened(lab, folder, save, "cellar.browse('copied')")
    row(tree, "copied").click()
    row(tree, "@1").click()
    row(tree, "it's.txt").click()
    lab.page.get_by_role("button", name="Copy code").click()
    code = lab.page.locator(".nbcellar-status code").inner_text()
    assert lab.evaluate_in_kernel(f"{code}.read()") == "b'found'"


def test_the_command_puts_the_browser_below_the_active_cell_and_finds_it_again(lab: LabPage, folder: Path) -> None:
    write_notebook(folder / "work.ipynb", "x = 1", "y = 2")
    lab.open_notebook(f"{folder.name}/work.ipynb")
    lab.command("nbcellar:open-browser")
    cells = lab.page.locator(".jp-Notebook .jp-CodeCell .cm-content")
    expect(cells).to_have_count(3)
    expect(cells.nth(1)).to_contain_text("cellar.browse()")
    lab.command("nbcellar:open-browser")
    expect(cells).to_have_count(3)
