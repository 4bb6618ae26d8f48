"""What stays when a page draws anew: when it reads again, when its connection was cut, when it knows nothing yet."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, WebSocketRoute, expect

from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage
from .notebookfile import write_notebook

DRAW_AGAIN = """() => {
    // as when a notebook is trusted
    const cell = window.jupyterapp.shell.currentWidget.content.widgets[0].model;
    cell.trusted = false;
    cell.trusted = true;
}"""
CHANNELS = re.compile(r"/api/kernels/[^/]+/channels")


def run(lab: LabPage, folder: Path, code: str) -> Locator:
    """The output of a notebook's only cell."""
    write_notebook(folder / "work.ipynb", f"import nbcellar as cellar\n{code}")
    lab.open_notebook(f"{folder.name}/work.ipynb")
    lab.run_all()
    return lab.outputs().first


def test_a_row_that_stays_is_the_same_element_after_a_reading(lab: LabPage, folder: Path) -> None:
    keep(folder, "reread", {"a.txt": "1"})
    lab.open()
    panel = panel_of(lab)
    panel.choose("reread")
    row = panel.row("reread")
    expect(row).to_contain_text("1 version")
    row.evaluate("row => { row.seen = true; row.querySelector('.nbcellar-twisty').seen = true; }")
    keep(folder, "reread", {"a.txt": "2"})
    panel.button("Read again").click()
    expect(row).to_contain_text("2 versions")
    expect(row).to_have_js_property("seen", True)
    expect(row.locator(".nbcellar-twisty")).to_have_js_property("seen", True)
    expect(row).to_have_attribute("aria-selected", "true")


def restored(lab: LabPage, folder: Path, name: str) -> BrowserPart:
    """A browser widget in which the second of two versions was restored, and something in it is chosen."""
    for number in (1, 2):
        keep(folder, name, {"a.txt": str(number), "b.txt": "same"})
    (folder / "a.txt").unlink()
    output = run(lab, folder, f"browser = cellar.browse({name!r})\nbrowser")
    part = BrowserPart(output.get_by_role("region", name="Cellar"))
    part.choose(name, "@2", "a.txt")
    part.tool("Restore").click()
    part.dialog.get_by_role("button", name="Restore 1 file").click()
    expect(part.status).to_contain_text("Restored 1 file")
    assert (folder / "a.txt").read_text() == "2"
    return part


def expect_kept(lab: LabPage, folder: Path, part: BrowserPart, name: str) -> None:
    """The choice is shown and true in Python, and the restore can be taken back."""
    expect(part.title).to_contain_text(f"{name}@2")
    expect(part.title).to_contain_text("a.txt")
    lab.expect_in_kernel("browser.selected, browser.value.read()", f"('{name}@2/a.txt', b'2')")
    expect(part.status).to_contain_text("Restored 1 file")
    part.status.get_by_role("button", name="Undo").click()
    expect(part.status).to_contain_text("1 file removed")
    assert not (folder / "a.txt").exists()


def test_a_browser_that_is_drawn_anew_keeps_the_choice_and_the_way_back(lab: LabPage, folder: Path) -> None:
    part = restored(lab, folder, "anew")
    part.tree.evaluate("tree => { tree.seen = true; }")
    lab.page.evaluate(DRAW_AGAIN)
    expect(part.tree).not_to_have_js_property("seen", True)
    expect_kept(lab, folder, part, "anew")


def test_a_restore_panel_that_is_drawn_anew_keeps_the_way_back(lab: LabPage, folder: Path) -> None:
    keep(folder, "panel_anew", {"a.txt": "1"})
    panel = run(lab, folder, "cellar.RestorePanel('panel_anew', to='out')").get_by_role("region", name="Cellar")
    panel.get_by_role("button", name="Restore 1 file").click()
    expect(panel.get_by_role("status")).to_contain_text("Restored 1 file to ./out")
    panel.evaluate("panel => { panel.seen = true; }")
    lab.page.evaluate(DRAW_AGAIN)
    expect(panel).not_to_have_js_property("seen", True)
    expect(panel).to_contain_text("1 file is the same already")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("status")).to_contain_text("1 file removed")
    assert not (folder / "out" / "a.txt").exists()


def test_a_picker_that_is_drawn_anew_keeps_what_is_picked(lab: LabPage, folder: Path) -> None:
    for number in (1, 2):
        keep(folder, "pick_anew", {"a.txt": str(number)})
    output = run(lab, folder, "picker = cellar.picker('pick_anew')\npicker.selected = 'pick_anew@1'\npicker")
    opener = output.get_by_role("group", name="Asset", exact=True).get_by_role("button")
    expect(opener).to_contain_text("pick_anew@1")
    opener.evaluate("opener => { opener.seen = true; }")
    lab.page.evaluate(DRAW_AGAIN)
    expect(opener).not_to_have_js_property("seen", True)
    expect(opener).to_contain_text("pick_anew@1")
    lab.expect_in_kernel("picker.value.ref", "'pick_anew@1'")


def test_what_nobody_chose_is_told_to_nobody(lab: LabPage, folder: Path) -> None:
    keep(folder, "untold", {"a.txt": "1"})
    output = run(lab, folder, "browser = cellar.browse('untold')\nbrowser")
    part = BrowserPart(output.get_by_role("region", name="Cellar"))
    expect(part.title).to_contain_text("untold")  # the first name is shown until something is chosen
    lab.expect_in_kernel("browser.selected", "''")
    part.row("untold").click()
    lab.expect_in_kernel("browser.selected", "'untold'")


def test_a_widget_of_which_nothing_is_known_waits_and_one_of_another_kind_says_so(lab: LabPage, folder: Path) -> None:
    keep(folder, "unknown", {"a.txt": "1"})
    output = run(
        lab,
        folder,
        """import ipywidgets
picker = cellar.picker("unknown")
picker._kind = ""
picker.send_state = lambda key=None: None
box = ipywidgets.VBox([picker])
box""",
    )
    expect(output).to_contain_text("Waiting for the kernel to say what this widget shows.")
    expect(output.get_by_role("tree")).to_have_count(0)
    lab.expect_in_kernel("picker.value.ref", "'unknown@1'")
    lab.execute("del picker.send_state\npicker._kind = 'slide'")
    expect(output.get_by_role("alert")).to_contain_text("This page cannot show a widget of the kind slide.")
    lab.execute("picker._kind = 'picker'")
    expect(output.get_by_role("group", name="Asset", exact=True)).to_contain_text("unknown@1")
    lab.expect_in_kernel("picker.value.ref", "'unknown@1'")


def test_a_widget_works_on_when_its_connection_was_cut_and_is_back(lab: LabPage, folder: Path) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    lab.page.route_web_socket(CHANNELS, connect)
    part = restored(lab, folder, "cut")
    before = len(sockets)
    assert before > 0
    for socket in sockets[:]:
        socket.close(code=1012, reason="the server is restarted")
    while len(sockets) == before:
        lab.page.wait_for_timeout(50)
    status = "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.connectionStatus"
    lab.page.wait_for_function(f"() => {status} === 'connected'")
    expect_kept(lab, folder, part, "cut")


def test_a_widget_hears_its_kernel_where_its_script_came_late(lab: LabPage, folder: Path) -> None:
    # anywidget gives a script two seconds, and else lets the model hear nothing ever again
    lab.page.add_init_script(
        """const timeout = AbortSignal.timeout;
        AbortSignal.timeout = ms => timeout.call(AbortSignal, ms === 2000 ? 0 : ms);"""
    )
    lab.expect_errors("Failed to initialize model")
    keep(folder, "late", {"a.txt": "1"})
    output = run(lab, folder, "browser = cellar.browse('late')\nbrowser")
    part = BrowserPart(output.get_by_role("region", name="Cellar"))
    part.choose("late", "@1", "a.txt")
    lab.expect_in_kernel("browser.selected", "'late@1/a.txt'")


def test_a_widget_is_drawn_where_its_comm_was_listed_before_it_was_opened(lab: LabPage, folder: Path) -> None:
    # the list comes by another way than what opens: a page may make the model twice
    held: list[str | bytes] = []
    listed: list[bool] = []

    def is_about(message: str | bytes, kind: str) -> bool:
        text = message if isinstance(message, str) else message.decode(errors="replace")
        return f'"msg_type": "{kind}"' in text

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def hear(message: str | bytes) -> None:
            if is_about(message, "comm_info_reply") and held:
                socket.send(message)
                listed.append(True)
                for late in held:
                    socket.send(late)
                held.clear()
            elif held or (is_about(message, "comm_open") and not listed):
                held.append(message)
            else:
                socket.send(message)

        server.on_message(hear)

    lab.page.route_web_socket(CHANNELS, connect)
    keep(folder, "listed", {"a.txt": "1"})
    output = run(lab, folder, "cellar.browse('listed')")
    part = BrowserPart(output.get_by_role("region", name="Cellar"))
    part.choose("listed", "@1", "a.txt")
    assert listed
