"""Widgets in a notebook that is opened again: what they showed remains, whoever reads it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Locator, expect

from .browserpart import BrowserPart, keep
from .labpage import LabPage
from .notebookfile import write_notebook

CODE = """import nbcellar as cellar
from IPython.display import display
display(cellar.browse("reopened"))
display(cellar.DiffView("reopened@2", "reopened@1"))"""
# what ipywidgets' manager reports of every widget that it does not find, and of every notebook without a kernel
MANAGER_ERRORS = ("widget model not found", "Cannot read properties of null (reading 'kernel')")


def saved_notebook(lab: LabPage, folder: Path) -> str:
    """A notebook whose widgets were shown, saved and left; its kernel is gone."""
    for number in (1, 2):
        keep(folder, "reopened", {"t.csv": f"a\n{number}\n", "<img src=x onerror=alert(1)>.txt": "x"})
    write_notebook(folder / "work.ipynb", CODE)
    path = f"{folder.name}/work.ipynb"
    lab.open_notebook(path)
    lab.run_all()
    live = BrowserPart(lab.page.locator(".jp-Notebook .nbcellar-browser").first)
    expect(live.row("reopened")).to_be_visible()
    expect(lab.page.locator(".jp-Notebook .jp-nbcellar-still")).to_have_count(0)
    lab.save()
    lab.command("notebook:shutdown-kernel")
    lab.page.wait_for_function("() => window.jupyterapp.shell.currentWidget.sessionContext.session === null")
    return path


def assert_still(outputs: Locator) -> None:
    """The tree of names and files stands there, and no error."""
    expect(outputs).to_contain_text("Saved assets, as they were when this cell ran")
    expect(outputs).to_contain_text("t.csv (4 B)")
    expect(outputs).to_contain_text("<img src=x onerror=alert(1)>.txt")
    expect(outputs).to_contain_text("reopened@1 → reopened@2")
    expect(outputs).not_to_contain_text("not found")
    expect(outputs).not_to_contain_text("Loading widget")
    expect(outputs.locator("img")).to_have_count(0)


def test_a_notebook_with_a_new_kernel_shows_what_its_widgets_showed(lab: LabPage, folder: Path) -> None:
    for error in MANAGER_ERRORS:
        lab.expect_errors(error)
    path = saved_notebook(lab, folder)
    lab.open_notebook(path)
    outputs = lab.outputs().first
    expect(outputs.locator(".jp-nbcellar-still")).to_have_count(2)
    assert_still(outputs)
    expect(outputs).to_contain_text("No kernel holds this widget any more.")
    lab.run_all()
    live = BrowserPart(lab.page.locator(".jp-Notebook .nbcellar-browser").first)
    expect(live.row("reopened")).to_be_visible()
    expect(outputs.locator(".jp-nbcellar-still")).to_have_count(0)


def test_a_notebook_without_a_kernel_shows_what_its_widgets_showed(lab: LabPage, folder: Path) -> None:
    for error in MANAGER_ERRORS:
        lab.expect_errors(error)
    path = saved_notebook(lab, folder)
    lab.open()
    lab.page.evaluate(
        """path => { void window.jupyterapp.commands.execute(
            'docmanager:open', {path, kernelPreference: {shouldStart: false, canStart: false}}); }""",
        path,
    )
    expect(lab.page.locator(".jp-NotebookPanel-toolbar")).to_contain_text("No Kernel")
    assert_still(lab.outputs().first)


def test_a_notebook_whose_kernel_still_lives_has_its_widgets_again(lab: LabPage, folder: Path) -> None:
    keep(folder, "still_alive", {"a.txt": "1"})
    write_notebook(folder / "work.ipynb", "import nbcellar as cellar\ncellar.browse('still_alive')")
    path = f"{folder.name}/work.ipynb"
    lab.open_notebook(path)
    lab.run_all()
    lab.save()
    lab.open_notebook(path)
    live = BrowserPart(lab.page.locator(".jp-Notebook .nbcellar-browser"))
    live.choose("still_alive", "@1", "a.txt")
    expect(lab.page.locator(".jp-Notebook .jp-nbcellar-still")).to_have_count(0)


def test_a_notebook_of_somebody_else_and_a_page_of_nbconvert_show_it_too(lab: LabPage, folder: Path) -> None:
    for error in MANAGER_ERRORS:
        lab.expect_errors(error)
    saved_notebook(lab, folder)
    notebook = json.loads((folder / "work.ipynb").read_text())
    notebook["cells"][0]["source"] += "\n# from somebody else: no longer trusted"
    (folder / "theirs.ipynb").write_text(json.dumps(notebook))
    lab.open_notebook(f"{folder.name}/theirs.ipynb")
    assert_still(lab.outputs().first)
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", str(folder / "theirs.ipynb")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    # the page would fetch scripts for formulas from elsewhere; the tree needs none
    lab.expect_errors("ERR_FAILED")
    lab.page.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
    lab.page.set_content((folder / "theirs.html").read_text())
    assert_still(lab.page.locator("body"))
