"""The widgets that stand alone, in a real notebook."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage
from .notebookfile import write_notebook


def run(lab: LabPage, folder: Path, *cells: str) -> None:
    write_notebook(folder / "work.ipynb", *cells)
    lab.open_notebook(f"{folder.name}/work.ipynb")
    lab.run_all()


def test_picker_works_in_interact_and_in_a_box(lab: LabPage, folder: Path) -> None:
    for number in (1, 2, 3):
        keep(folder, "picked", {"a.txt": f"version {number}"})
    code = """import nbcellar as cellar
from ipywidgets import VBox, interact
def show(model):
    print(model["a.txt"].read().decode() if "a.txt" in model else model.read())
picker = cellar.picker("picked")
box = VBox([cellar.picker()])
interact(show, model=picker)
box"""
    run(lab, folder, code)
    output = lab.outputs().first
    expect(output).to_contain_text("version 3")
    picker = output.get_by_role("group", name="model")
    opener = picker.get_by_role("button")
    expect(opener).to_contain_text("picked@3")
    # by keyboard alone: open, down to the second version, close
    opener.press("ArrowDown")
    tree = picker.get_by_role("tree", name="Assets")
    expect(tree.get_by_role("treeitem")).to_have_count(3)
    expect(tree).to_be_focused()
    tree.press("ArrowDown")
    expect(output).to_contain_text("version 2")
    tree.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_contain_text("picked@2")
    lab.expect_in_kernel("picker.value.ref, picker.selected, picker.task", "('picked@2', 'picked@2', 'picked')")
    lab.execute("picker.selected = 'picked@1'")
    expect(opener).to_contain_text("picked@1")
    expect(output).to_contain_text("version 1")
    # the one in the box offers every name, and files
    boxed = output.get_by_role("group", name="Asset", exact=True)
    boxed.get_by_role("button").click()
    boxed.get_by_role("searchbox", name="Search names").fill("picked")
    for text in ("picked", "@2", "a.txt"):
        boxed.get_by_role("treeitem").filter(has_text=text).first.click()
    expect(boxed.get_by_role("button")).to_contain_text("picked@2/a.txt")
    lab.expect_in_kernel("box.children[0].value.read()", "b'version 2'")


def test_a_form_sets_parameters_and_shows_the_run(lab: LabPage, folder: Path) -> None:
    (folder / "formed.py").write_text("def one(year, mode):\n    return f'{mode} {year}'\n")
    flow = """cellar: 1
name: formed
parameters:
  year: {type: int, default: 2024, description: of the survey}
  mode: {type: 'Literal["fast", "slow"]', default: fast}
  sizes: {type: list, default: [1]}
steps:
  one: {function: formed.one, parameters: {year: "${parameters.year}", mode: "${parameters.mode}"}}
"""
    (folder / "flow.yaml").write_text(flow)
    run(lab, folder, "import nbcellar as cellar\nform = cellar.form('flow.yaml')\nform")
    form = lab.outputs().first
    expect(form).to_contain_text("of the survey")
    form.get_by_label("sizes").fill("[1")
    form.get_by_label("sizes").press("Enter")
    form.get_by_role("button", name="Run").click()
    expect(form.get_by_role("alert")).to_contain_text("sizes")
    form.get_by_label("sizes").fill("[1, 2]")
    form.get_by_label("sizes").press("Enter")
    form.get_by_label("year").fill("2031")
    form.get_by_label("year").press("Enter")
    form.get_by_label("mode").select_option("slow")
    lab.expect_in_kernel("form.value", "{'year': 2031, 'mode': 'slow', 'sizes': [1, 2]}")
    form.get_by_role("button", name="Run").click()
    expect(form).to_contain_text("formed@1 succeeded")
    expect(form.get_by_role("img")).to_be_visible()
    expect(form.get_by_role("cell", name="one", exact=True)).to_have_css("padding-left", re.compile("[5-9].*px"))
    expect(form.get_by_role("button", name="Run")).to_be_enabled()
    expect(form.get_by_role("button", name="Cancel")).to_be_disabled()
    lab.expect_in_kernel("form.run.run.params['year'], form.run.ref", "(2031, 'formed@1')")


def test_restore_panel_plans_restores_and_undoes(lab: LabPage, folder: Path) -> None:
    keep(folder, "put_out", {"a.txt": "1", "b.txt": "2"})
    code = "import nbcellar as cellar\npanel = cellar.RestorePanel('put_out', to='out', policy='keep')\npanel"
    run(lab, folder, code)
    panel = lab.outputs().first.get_by_role("region", name="Cellar")
    expect(panel).to_contain_text("2 new files")
    expect(panel.get_by_role("combobox", name="Existing files")).to_have_value("keep")
    assert not (folder / "out").exists()
    panel.get_by_role("button", name="Restore 2 files").click()
    expect(panel.get_by_role("status")).to_contain_text("Restored 2 files to ./out")
    assert (folder / "out" / "b.txt").read_text() == "2"
    lab.expect_in_kernel("panel.restored", "2")
    expect(panel).to_contain_text("2 files are the same already")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("status")).to_contain_text("2 files removed")
    assert not (folder / "out" / "b.txt").exists()


def test_diff_view_shows_what_changed(lab: LabPage, folder: Path) -> None:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    head = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    for number in (1, 2):
        notebook = json.dumps({**head, "cells": [{**cell, "source": f"x = {number}"}]})
        keep(folder, "differing", {"n.ipynb": notebook, "t.txt": f"one\n{number}\n", f"only{number}.txt": "x"})
    run(lab, folder, "import nbcellar as cellar\ncellar.DiffView('differing@2', 'differing@1')")
    view = lab.outputs().first.get_by_role("region", name="Differences")
    expect(view).to_contain_text("differing@1 → differing@2: 1 new, 2 changed, 1 gone, 0 the same.")
    view.get_by_role("button", name="n.ipynb").click()
    expect(view.get_by_label("Changes")).to_contain_text("+x = 2")
    view.get_by_role("button", name="gone only1.txt").click()
    expect(view).to_contain_text("Before · differing@1")


def test_a_lost_kernel_is_told_in_the_widget(lab: LabPage, folder: Path) -> None:
    keep(folder, "orphaned", {"a.txt": "1"})
    run(lab, folder, "import nbcellar as cellar\ncellar.browse('orphaned')")
    part = BrowserPart(lab.outputs().first.get_by_role("region", name="Cellar"))
    expect(part.row("orphaned")).to_be_visible()
    lab.command("notebook:shutdown-kernel")
    lab.page.wait_for_function("() => window.jupyterapp.shell.currentWidget.sessionContext.session === null")
    part.button("Read again").click()
    expect(part.pane).to_contain_text("kernel")
    expect(part.pane.get_by_role("alert")).to_contain_text("What is saved stays saved.")
    expect(part.pane.get_by_role("button", name="Try again")).to_be_visible()


def test_a_store_that_went_away_is_told_in_panel_and_widget_until_it_is_back(
    lab: LabPage, folder: Path, tmp_path: Path
) -> None:
    lab.expect_errors("503")
    (folder / "nbcellar.toml").write_text('project = "moving"\n')
    (folder / ".cellar").mkdir()
    keep(folder, "moved", {"a.txt": "still here"})
    run(lab, folder, "import nbcellar as cellar\ncellar.browse()")
    parts = (BrowserPart(lab.outputs().first.get_by_role("region", name="Cellar")), panel_of(lab))
    for part in parts:
        part.choose("moved", "@1")
    away = (folder / ".cellar").rename(tmp_path / "away")
    for part in parts:
        part.row("a.txt").click()
        expect(part.pane.get_by_role("alert")).to_contain_text("is not there any more.")
        expect(part.pane.get_by_role("alert")).to_contain_text("Put its folder back")
        part.button("Read again").click()
        expect(part.pane.get_by_role("button", name="Try again")).to_be_visible()
    assert not (folder / ".cellar").exists()
    away.rename(folder / ".cellar")
    for part in parts:
        part.pane.get_by_role("button", name="Try again").click()
        expect(part.title).to_contain_text("a.txt")  # open where it was, and chosen
        expect(part.pane).to_contain_text("still here")


def test_widget_downloads_through_the_kernel(lab: LabPage, folder: Path) -> None:
    keep(folder, "sent", {"a.txt": "through the kernel"})
    run(lab, folder, "import nbcellar as cellar\ncellar.browse('sent')")
    part = BrowserPart(lab.outputs().first.get_by_role("region", name="Cellar"))
    part.choose("sent", "@1", "a.txt")
    with lab.page.expect_download() as started:
        part.tool("Download").click()
    assert Path(started.value.path()).read_text() == "through the kernel"
    assert started.value.suggested_filename == "a.txt"
