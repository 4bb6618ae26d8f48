"""axe-core on every screen, in both themes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from ..frontends.browsing.conftest import png
from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage
from .notebookfile import write_notebook

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("JupyterLab Light", "JupyterLab Dark")

AXE_FINDS = """async root => {
    // colours on their way are no colours of ours
    await Promise.allSettled(root.getAnimations({subtree: true}).map(one => one.finished));
    const {violations} = root.isConnected ? await axe.run(root, {resultTypes: ['violations']}) : {violations: null};
    return root.isConnected
        ? violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html).join(' ')}`) : null;
}"""

Look = Callable[[Locator, str], None]


@pytest.fixture(params=THEMES, ids=("light", "dark"))
def look(lab: LabPage, request: pytest.FixtureRequest) -> Look:
    """Let axe look at a part of the page, in one theme."""
    themed = [False]

    def at(root: Locator, screen: str) -> None:
        if not themed[0]:
            lab.command("apputils:change-theme", theme=request.param)
            dark = str("Dark" not in request.param).lower()
            lab.page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{dark}'")
            lab.page.add_script_tag(path=AXE)
            themed[0] = True
        found = root.evaluate(AXE_FINDS)
        while found is None:  # drawn anew meanwhile: what stands there now is looked at
            found = root.evaluate(AXE_FINDS)
        assert found == [], f"{screen}: {found}"

    return at


def test_axe_finds_nothing_on_any_screen_of_the_panel(lab: LabPage, folder: Path, look: Look) -> None:
    name = f"axe_{folder.name[-5:].strip('-')}"
    for number in (1, 2):
        files: dict[str, bytes | str] = {
            "t.csv": f"a,b\n1,{number}\n",
            "p.png": png(number, 5),
            "m.json": f'{{"a": {{"b": {number}}}}}',
        }
        made = keep(folder, name, {**files, "s.txt": f"{number}\n"})
    made.alias("prod").tag(stage="final").note("The good one")
    lab.open()
    panel = panel_of(lab)
    panel.choose(name, "@2")
    look(panel.root, "a version")
    for file in ("t.csv", "p.png", "m.json", "s.txt"):
        panel.choose(file)
        look(panel.root, file)
        lab.page.keyboard.press("f")
        expect(panel.dialog).to_be_visible()
        look(panel.root, f"{file} in full size")
        lab.page.keyboard.press("Escape")
    screens = {
        "restore": ("Restore", panel.dialog),
        "compare": ("Compare", panel.pane.get_by_role("button", name="t.csv")),
        "label": ("Label", panel.dialog),
        "remove": ("Remove", panel.dialog),
    }
    for screen, (tool, sign) in screens.items():
        panel.choose("@2")
        panel.tool(tool).click()
        expect(sign).to_be_visible()
        if screen == "compare":
            for file in ("t.csv", "p.png", "m.json"):
                panel.pane.get_by_role("button", name=file).click()
            expect(panel.pane.get_by_role("img", name="p.png")).to_have_count(2)
        look(panel.root, screen)
        lab.page.keyboard.press("Escape")
    for title in ("Disk use", "Keys"):
        panel.button(title).click()
        expect(panel.title).to_contain_text(title)
        look(panel.root, title)
    panel.button("Show the trash").click()
    look(panel.root, "trash")
    panel.button("Show the trash").click()
    panel.root.get_by_role("searchbox").fill("there is none of this name")
    expect(panel.pane).to_contain_text("No name holds")
    look(panel.root, "nothing found")
    lab.expect_errors("ERR_")
    lab.page.route("**/nbcellar/api/**", lambda route: route.abort())
    panel.button("Read again").click()
    expect(panel.pane.get_by_role("alert")).to_be_visible()
    look(panel.root, "lost server")
    lab.page.unroute("**/nbcellar/api/**")


def test_axe_finds_nothing_on_any_widget(lab: LabPage, folder: Path, look: Look) -> None:
    for number in (1, 2):
        keep(folder, "axe_widget", {"t.txt": f"{number}\n"})
    code = """import nbcellar as cellar
from IPython.display import display
for widget in (cellar.browse("axe_widget"), cellar.picker("axe_widget"), cellar.RestorePanel("axe_widget@1"),
               cellar.DiffView("axe_widget@2", "axe_widget@1")):
    display(widget)"""
    write_notebook(folder / "work.ipynb", code)
    lab.open_notebook(f"{folder.name}/work.ipynb")
    lab.run_all()
    output = lab.outputs().first
    browser = BrowserPart(output.locator(".nbcellar-browser").first)
    browser.choose("axe_widget", "@2", "t.txt")
    picker = output.get_by_role("group", name="Asset", exact=True)
    picker.get_by_role("button").click()
    expect(picker.get_by_role("treeitem").first).to_be_visible()
    view = output.get_by_role("region", name="Differences")
    view.get_by_role("button", name="t.txt").click()
    expect(view.get_by_label("Changes")).to_be_visible()
    for part in (browser.root, picker, output.get_by_role("group", name="Restore"), view):
        look(part, "widget")


def test_nothing_moves_where_less_motion_is_wanted(lab: LabPage, folder: Path) -> None:
    keep(folder, "still", {"a.txt": "1"})
    lab.page.emulate_media(reduced_motion="reduce")
    lab.open()
    panel = panel_of(lab)
    twisty = panel.tree.locator(".nbcellar-twisty svg").first
    expect(twisty).to_have_css("transition-duration", "0s")
    lab.page.emulate_media(reduced_motion="no-preference")
    expect(twisty).to_have_css("transition-duration", "0.08s")
