"""The read-only drive: every viewer that JupyterLab has opens an asset's files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Response, expect

from nbcellar.assets.creation import asset
from nbcellar.store import Cellar

from ..frontends.browsing.conftest import png
from .browserpart import keep
from .labpage import LabPage, expect_size
from .notebookfile import write_notebook


@pytest.fixture
def drive(lab: LabPage, folder: Path) -> Locator:
    """The drive's file browser, in the folder of the newest version of ``viewed``."""
    write_notebook(folder / "run.ipynb", "x = 6 * 7", "#md # A heading")
    keep(
        folder,
        "viewed",
        {
            "t.csv": "a,b\n1,217\n",
            "p.png": png(12, 34),
            "m.json": '{"rmse": 0.25}',
            "n.md": "# Good morning",
            "plain.txt": "just words",
            "page.html": "<h1 id=evil>Hi</h1><script>parent.evil = 1</script>",
            "draw.svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>parent.evil = 1</script></svg>",
            "run.ipynb": (folder / "run.ipynb").read_bytes(),
        },
    )
    lab.open()
    lab.command("nbcellar:show-drive")
    browser = lab.page.get_by_role("region", name="Cellar drive")
    for name in ("survey", "viewed", f"@{Cellar.open(folder).find('viewed').number}"):
        item(browser, name).dblclick()
    expect(item(browser, "t.csv")).to_be_visible()
    return browser


def item(browser: Locator, name: str) -> Locator:
    return browser.locator(".jp-DirListing-item").filter(has=browser.page.get_by_text(name, exact=True))


def test_drive_opens_every_kind_of_file_with_its_viewer(lab: LabPage, drive: Locator) -> None:
    page = lab.page
    item(drive, "t.csv").dblclick()
    expect(page.locator(".jp-CSVViewer")).to_be_visible()
    grid = "() => window.jupyterapp.shell.currentWidget.content._grid?.dataModel?.data('body', 0, 1)"
    page.wait_for_function(f"{grid.replace('() => ', '() => (')}) === '217'")
    item(drive, "p.png").dblclick()
    picture = page.locator(".jp-ImageViewer img")
    expect(picture).to_be_visible()
    expect_size(picture, 12, 34)
    item(drive, "m.json").dblclick()
    expect(page.locator(".jp-RenderedJSON")).to_contain_text("0.25")
    item(drive, "n.md").dblclick()
    expect(page.locator(".jp-FileEditor:visible, .jp-MarkdownViewer:visible")).to_contain_text("Good morning")
    item(drive, "plain.txt").dblclick()
    expect(page.locator(".jp-FileEditor:visible")).to_contain_text("just words")
    context = "window.jupyterapp.shell.currentWidget?.context"
    page.wait_for_function(f"() => {context}?.path.endsWith('/plain.txt')")
    page.wait_for_function(f"() => {context}.contentsModel?.writable === false")


def test_drive_opens_foreign_markup_as_text(lab: LabPage, drive: Locator) -> None:
    for name in ("page.html", "draw.svg"):
        item(drive, name).dblclick()
        expect(lab.page.locator(".jp-FileEditor:visible")).to_contain_text("<script>parent.evil = 1</script>")
    assert lab.page.evaluate("() => window.evil") is None
    expect(lab.page.locator("iframe")).to_have_count(0)


def test_drive_opens_a_notebook_to_be_read_without_a_kernel(lab: LabPage, drive: Locator) -> None:
    # what ipywidgets' manager reports of every notebook that has no kernel
    lab.expect_errors("Cannot read properties of null (reading 'kernel')")
    item(drive, "run.ipynb").dblclick()
    expect(lab.page.locator(".jp-Notebook .jp-CodeCell .cm-content").first).to_contain_text("x = 6 * 7")
    expect(lab.page.locator(".jp-Notebook").get_by_role("heading", name="A heading")).to_be_visible()
    expect(lab.page.locator(".jp-NotebookPanel-toolbar")).to_contain_text("No Kernel")
    session = "window.jupyterapp.shell.currentWidget.sessionContext"
    lab.page.evaluate(f"() => {session}.ready.then(() => true)")
    assert lab.page.evaluate(f"() => {session}.session === null")


def test_drive_has_a_menu_of_its_own(lab: LabPage, drive: Locator) -> None:
    item(drive, "plain.txt").click(button="right")
    menu = lab.page.locator(".lm-Menu .lm-Menu-itemLabel")
    expect(menu).to_have_text(["Open", "Open as Text", "Copy Code", "Read Again"])
    menu.filter(has_text="Copy Code").click()
    expect(lab.page.locator(".Toastify")).to_contain_text("Copied")
    code = lab.page.evaluate("() => navigator.clipboard.readText()")
    assert code.startswith('cellar["viewed@')
    assert code.endswith('"]["plain.txt"]')


def test_drive_opens_a_pdf_in_the_viewer_of_the_browser(lab: LabPage, folder: Path) -> None:
    keep(folder, "paper", {"paper.pdf": pdf()})
    lab.open()
    lab.command("docmanager:open", path="cellar:survey/paper/@1/paper.pdf")
    shown = lab.page.locator("#jp-main-dock-panel .jp-Document:visible")
    # JupyterLab hands it to the browser's own viewer, inside a frame
    drawn = shown.frame_locator("iframe").locator("object[type='application/pdf']")
    expect(drawn).to_have_attribute("data", re.compile("^blob:"))
    address = drawn.get_attribute("data")
    read = "async url => new TextDecoder().decode(await (await fetch(url)).arrayBuffer())"
    assert lab.page.evaluate(read, address).encode() == pdf()
    assert lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path").endswith("@1/paper.pdf")


def pdf() -> bytes:
    """One empty page, whole enough for any viewer."""
    parts = [
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 100]>>",
    ]
    made = b"%PDF-1.4\n"
    offsets = []
    for number, part in enumerate(parts, 1):
        offsets.append(len(made))
        made += b"%d 0 obj %s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 4\n0000000000 65535 f \n"
    return made + head + table + b"trailer <</Size 4 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(made)


def test_panel_and_an_opened_document_of_the_drive_come_back_with_the_page(lab: LabPage, folder: Path) -> None:
    keep(folder, "comes_back", {"t.csv": "a,b\n1,217\n"})
    path = "cellar:survey/comes_back/@1/t.csv"
    lab.open()
    lab.command("nbcellar:show-panel")
    region = lab.page.get_by_role("region", name="Cellar panel")
    expect(region.get_by_role("treeitem").first).to_be_visible()
    lab.command("docmanager:open", path=path)
    expect(lab.page.locator(".jp-CSVViewer")).to_be_visible()
    # JupyterLab saves the layout some time after it changed
    with lab.page.expect_response(lambda answer: "/api/workspaces/" in answer.url and holds(answer, path)):
        lab.command("filebrowser:activate")
        lab.command("nbcellar:show-panel")
    lab.page.goto(lab.page.url.split("?")[0])  # without "reset", which forgets the layout
    lab.wait_until_started()
    expect(region).to_be_visible()
    expect(region.get_by_role("treeitem").first).to_be_visible()
    expect(lab.page.locator(".jp-CSVViewer")).to_be_visible()
    grid = "window.jupyterapp.shell.currentWidget?.content._grid?.dataModel?.data('body', 0, 1)"
    lab.page.wait_for_function(f"() => {grid} === '217'")
    assert lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path") == path


def holds(answer: Response, path: str) -> bool:
    return answer.request.method == "PUT" and path in (answer.request.post_data or "")


def test_drive_pages_a_folder_of_many_files(lab: LabPage, folder: Path) -> None:
    (folder / "one.txt").write_text("found")
    many = {f"big/f{number:05}.txt": folder / "one.txt" for number in range(4_321)}
    asset(many, name="paged", cellar=Cellar.open(folder))
    lab.open()
    lab.command("nbcellar:show-drive")
    browser = lab.page.get_by_role("region", name="Cellar drive")
    for name in ("survey", "paged", "@1", "big"):
        item(browser, name).dblclick()
    expect(browser.locator(".jp-DirListing-itemText")).to_have_text(["000001-002000", "002001-004000", "004001-004321"])
    item(browser, "004001-004321").dblclick()
    item(browser, "f04000.txt").dblclick()
    expect(lab.page.locator(".jp-FileEditor:visible")).to_contain_text("found")
