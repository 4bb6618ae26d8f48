"""Take the pictures in the docs, light and dark, on the example project: card, browser, panel and drive.

Usage: ``python -m tests.e2e.screenshots docs/images`` from the repository's root (``make screenshots``).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from .labpage import LabPage, chromium
from .labserver import LabServer, lab_server
from .notebookfile import write_notebook

EXAMPLE = Path(__file__).parents[2] / "notebooks" / "penguins"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

SETUP = """%load_ext nbcellar
import json
from pathlib import Path
import matplotlib.pyplot as plt
import pandas as pd
import nbcellar as cellar
from survey.cleaning import tidy
from survey.model import fit, predict
holdout = 2008"""
CLEAN = """%%task tidy
birds = tidy(pd.read_csv("data/penguins-raw.csv"))
birds.to_csv("clean.csv", index=False)
len(birds)"""
FIT = """%%task fit --param holdout
birds = pd.read_csv("clean.csv")
seen, unseen = birds[birds["season"] != holdout], birds[birds["season"] == holdout]
unseen = unseen.assign(predicted_g=predict(fit(seen), unseen).round(1))
unseen.to_csv("predictions.csv", index=False)
Path("model.json").write_text(json.dumps({"holdout": holdout, "birds": len(seen)}))
Path("plots").mkdir(exist_ok=True)
figure, axes = plt.subplots(figsize=(5, 3.2), layout="tight")
for name, group in unseen.groupby("species"):
    axes.scatter(group["body_mass_g"], group["predicted_g"], s=14, label=name.split()[0])
axes.set(xlabel="measured, g", ylabel="predicted, g", title=f"Body mass in {holdout}")
axes.legend(frameon=False)
figure.savefig("plots/fit.png", dpi=110)
plt.close(figure)
len(unseen)"""
AGAIN = "holdout = 2009"
BROWSE = "cellar.browse()"


@contextmanager
def notebook(base: Path, browser: Browser, theme: str) -> Iterator[LabPage]:
    """The example's notebook, run from top to bottom in one theme."""
    with lab_server(base, theme=theme) as server:
        shutil.copytree(EXAMPLE, server.root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        (server.root / "nbcellar.toml").unlink()
        write_notebook(server.root / "survey.ipynb", SETUP, CLEAN, FIT, AGAIN, FIT, BROWSE)
        yield from _opened(server, browser)


def _opened(server: LabServer, browser: Browser) -> Iterator[LabPage]:
    context = browser.new_context(viewport={"width": 1240, "height": 1500}, device_scale_factor=2)
    lab = LabPage(context.new_page(), server, "pictures")
    lab.page.set_default_timeout(300_000)
    lab.open_notebook("survey.ipynb")
    lab.command("application:toggle-left-area")
    lab.run_all()
    lab.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    yield lab
    context.close()
    if lab.errors:
        raise RuntimeError("\n".join(lab.errors))


def take(lab: LabPage, folder: Path, theme: str) -> None:
    """Every picture of one theme."""
    browser = lab.page.locator(".nbcellar-browser")
    tree = lab.page.get_by_role("tree", name="Assets")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    card = lab.page.locator(".jp-Notebook .jp-CodeCell").nth(4)
    card.scroll_into_view_if_needed()
    _shoot(card, folder / f"card-{theme}.png")
    row(tree, "fit").click()
    row(tree, "@2").click()
    row(tree, "plots").click()
    row(tree, "fit.png").click()
    expect(browser.get_by_role("img", name="fit.png")).to_be_visible()
    tree.blur()
    _shoot(browser, folder / f"browser-{theme}.png")
    row(tree, "predictions.csv").click()
    expect(browser.get_by_role("cell").first).to_be_visible()
    _shoot(browser, folder / f"browser-table-{theme}.png")
    row(tree, "@1").click()
    expect(browser.get_by_role("heading", level=2)).to_contain_text("fit@1")
    lab.page.get_by_role("button", name="Restore…").click()
    expect(lab.page.get_by_role("dialog")).to_contain_text("overwrite")
    _shoot(browser, folder / f"restore-{theme}.png")
    lab.page.keyboard.press("Escape")
    row(tree, "@2").click()
    expect(browser.get_by_role("heading", level=2)).to_contain_text("fit@2")
    tree.press("d")
    for name in ("model.json", "fit.png"):
        browser.get_by_role("button", name=name).click()
    expect(browser.get_by_role("img", name="fit.png")).to_have_count(2)
    browser.locator(".nbcellar-content").evaluate("one => { one.scrollTop = 0; }")
    browser.locator(".nbcellar-content").blur()
    _shoot(browser, folder / f"compare-{theme}.png")
    _take_beside(lab, folder, theme)


def _take_beside(lab: LabPage, folder: Path, theme: str) -> None:
    """The panel and the drive, with the notebook beside them."""
    lab.page.set_viewport_size({"width": 1240, "height": 900})
    lab.command("application:toggle-left-area")
    lab.command("nbcellar:show-panel")
    panel = lab.page.get_by_role("region", name="Cellar panel")
    tree = panel.get_by_role("tree", name="Assets")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    _widen(lab, 380)
    for name in ("fit", "@2", "plots", "fit.png"):
        row(tree, name).click()
    expect(panel.get_by_role("img", name="fit.png")).to_be_visible()
    tree.blur()
    lab.page.screenshot(path=folder / f"panel-{theme}.png", animations="disabled")
    lab.command("nbcellar:show-drive")
    drive = lab.page.get_by_role("region", name="Cellar drive")
    for name in ("penguins", "fit", "@2"):
        drive.locator(".jp-DirListing-item").filter(has_text=name).first.dblclick()
    item = drive.locator(".jp-DirListing-item").filter(has_text="predictions.csv")
    item.dblclick()
    expect(lab.page.locator(".jp-CSVViewer")).to_be_visible()
    lab.page.screenshot(path=folder / f"drive-{theme}.png", animations="disabled")


def _widen(lab: LabPage, width: int) -> None:
    """Drag the edge of the left area to a width."""
    handle = lab.page.locator("#jp-main-split-panel > .lm-SplitPanel-handle").first
    box = handle.bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    lab.page.mouse.down()
    lab.page.mouse.move(width, box["y"] + 200, steps=4)
    lab.page.mouse.up()


def row(tree: Locator, name: str) -> Locator:
    """The first row of the tree that holds this text."""
    return tree.get_by_role("treeitem").filter(has_text=name).first


def _shoot(what: Locator, path: Path) -> None:
    what.page.mouse.move(0, 0)
    what.screenshot(path=path, animations="disabled")
    print(path)


def main(folder: Path) -> None:
    """Take all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, tempfile.TemporaryDirectory() as base:
        for name, theme in THEMES.items():
            with notebook(Path(base) / name, browser, theme) as lab:
                take(lab, folder, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
