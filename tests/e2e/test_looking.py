"""Looking closer in the panel: sizes, full size, digests, what was made from what, and an address for all of it."""

from __future__ import annotations

from pathlib import Path

from blake3 import blake3
from playwright.sync_api import Locator, expect

from nbcellar.assets.creation import asset
from nbcellar.store import Cellar

from ..frontends.browsing.conftest import png
from .browserpart import BrowserPart, keep, panel_of
from .labpage import LabPage

WIDTH, HEIGHT = 1700, 1200
CSV = "a,b\n1,217\n"


def clipboard(lab: LabPage) -> str:
    return str(lab.page.evaluate("() => navigator.clipboard.readText()"))


def full_size(lab: LabPage) -> Locator:
    return lab.page.get_by_role("dialog").filter(has=lab.page.get_by_role("button", name="Close"))


def shown_width(picture: Locator) -> float:
    expect(picture).to_be_visible()
    return float(picture.evaluate("one => one.getBoundingClientRect().width"))


def opened(lab: LabPage, folder: Path, name: str) -> BrowserPart:
    keep(folder, name, {"plots/loss.png": png(WIDTH, HEIGHT), "plots/more/b.txt": "12345", "t.csv": CSV})
    lab.open()
    return panel_of(lab)


def test_folders_tell_what_they_hold(lab: LabPage, folder: Path) -> None:
    keep(folder, "look_sizes", {"held/a.bin": b"1" * 2500, "held/deep/b.bin": b"2" * 600, "c.txt": "1"})
    lab.open()
    panel = panel_of(lab)
    panel.choose("look_sizes", "@1", "held")
    expect(panel.row("held")).to_contain_text("2 files · 3 kB")
    expect(panel.title).to_contain_text("2 files · 3 kB")
    expect(panel.row("deep")).to_contain_text("1 file · 600 B")


def test_a_preview_is_shown_as_large_as_the_page_by_keyboard(lab: LabPage, folder: Path) -> None:
    panel = opened(lab, folder, "look_full")
    keys = lab.page.keyboard
    panel.choose("look_full", "@1", "t.csv")
    panel.tree.press("f")
    full = full_size(lab)
    expect(full).to_be_visible()
    expect(full.get_by_role("cell", name="217")).to_be_visible()
    expect(full.get_by_role("button", name="Pixel by pixel")).to_be_hidden()
    box = full.bounding_box()
    assert box is not None
    assert box["width"] > 1300
    keys.press("r")  # the keys of the tree are not meant here
    expect(panel.dialog).to_have_count(1)
    keys.press("Escape")
    expect(full).to_be_hidden()
    expect(panel.tree).to_be_focused()
    expect(panel.pane.get_by_role("cell", name="217")).to_be_visible()
    # what has no preview has no full size
    panel.row("@1").click()
    expect(panel.title).to_contain_text("3 files")
    expect(panel.button("Full size")).to_be_hidden()


def test_a_picture_that_is_clicked_is_shown_large_and_then_pixel_by_pixel(lab: LabPage, folder: Path) -> None:
    panel = opened(lab, folder, "look_zoom")
    panel.choose("look_zoom", "@1", "plots", "loss.png")
    picture = panel.pane.get_by_role("img", name="loss.png")
    small = shown_width(picture)
    picture.click()
    full = full_size(lab)
    expect(full).to_be_visible()
    picture = full.get_by_role("img", name="loss.png")
    fitting = shown_width(picture)
    assert small < fitting < WIDTH
    pixels = full.get_by_role("button", name="Pixel by pixel")
    expect(pixels).to_have_attribute("aria-pressed", "false")
    picture.click()
    expect(pixels).to_have_attribute("aria-pressed", "true")
    assert shown_width(picture) == WIDTH + 2  # its border
    pixels.click()
    expect(pixels).to_have_attribute("aria-pressed", "false")
    assert shown_width(picture) == fitting
    full.get_by_role("button", name="Close").click()
    expect(full).to_be_hidden()
    assert shown_width(panel.pane.get_by_role("img", name="loss.png")) == small


def test_digests_of_files_and_versions_are_copied_whole(lab: LabPage, folder: Path) -> None:
    panel = opened(lab, folder, "look_digest")
    panel.choose("look_digest", "@1", "t.csv")
    digest = blake3(CSV.encode()).hexdigest()
    panel.pane.get_by_role("button", name=f"Digest {digest[:12]}").click()
    expect(panel.status).to_contain_text(f"Copied: {digest}")
    assert clipboard(lab) == digest
    panel.row("@1").click()
    summary = Cellar.open(folder).find("look_digest@1").asset
    assert summary is not None
    panel.pane.get_by_role("button", name=f"Digest {summary.digest.hex()[:12]}").click()
    expect(panel.status).to_contain_text(f"Copied: {summary.digest.hex()}")
    assert clipboard(lab) == summary.digest.hex()


def test_a_version_leads_to_what_it_was_made_from_and_used_by(lab: LabPage, folder: Path) -> None:
    cellar = Cellar.open(folder)
    raw = keep(folder, "look_raw", {"a.txt": "1"})
    asset({"b.txt": raw["a.txt"]}, name="look_fit", cellar=cellar)
    lab.open()
    panel = panel_of(lab)
    panel.choose("look_raw", "@1")
    panel.pane.get_by_role("list", name="Used by").get_by_role("button", name="look_fit@1").click()
    expect(panel.title).to_contain_text("look_fit@1")
    expect(panel.tree).to_be_focused()
    panel.pane.get_by_role("list", name="Made from").get_by_role("button", name="look_raw@1").click()
    expect(panel.title).to_contain_text("look_raw@1")
    expect(panel.pane.get_by_role("list", name="Made from")).to_have_count(0)


def test_a_copied_address_opens_jupyterlab_with_that_file_shown(lab: LabPage, folder: Path) -> None:
    name = "look_address"
    for number in range(3):  # what is named is not what comes first
        keep(folder, name, {f"plots/f{place:03}.txt": f"{number} {place}" for place in range(230)})
    lab.open()
    panel = panel_of(lab)
    panel.root.get_by_role("searchbox").fill(name)  # so that the end of the tree is near
    expect(panel.tree.get_by_role("treeitem", level=1)).to_have_count(1)
    panel.choose(name, "@2", "plots")
    panel.tree.press("ArrowRight")
    panel.tree.press("End")
    panel.row("f229.txt").click()
    expect(panel.pane.get_by_label("Contents")).to_have_text("1 229")
    panel.tree.press("u")
    expect(panel.status).to_contain_text("Copied")
    address = clipboard(lab)
    assert address.startswith(f"{lab.server.url}/lab?cellar=")
    assert "token" not in address
    lab.page.goto(address)
    lab.wait_until_started()
    panel = BrowserPart(lab.page.get_by_role("region", name="Cellar panel"))
    expect(panel.title).to_contain_text(f"{name}@2")
    expect(panel.pane.get_by_label("Contents")).to_have_text("1 229")
    expect(panel.row("f229.txt")).to_be_visible()
    assert "cellar=" not in lab.page.url


def test_an_address_of_what_is_not_there_is_told(lab: LabPage, folder: Path) -> None:
    lab.expect_errors("404")
    made = keep(folder, "look_gone", {"a.txt": "1"})
    lab.open()
    panel_of(lab).choose("look_gone", "@1")
    panel_of(lab).tree.press("u")
    expect(panel_of(lab).status).to_contain_text("Copied")
    address = clipboard(lab)
    Cellar.open(folder).remove(made.run)
    lab.page.goto(address)
    lab.wait_until_started()
    expect(lab.page.locator(".Toastify")).to_contain_text("What this address names is not here.")


def test_the_buttons_of_a_restore_stay_in_view_in_a_low_window(lab: LabPage, folder: Path) -> None:
    keep(folder, "look_low", {f"long/name/of/file/{number:02}.txt": str(number) for number in range(40)})
    lab.page.set_viewport_size({"width": 1000, "height": 640})
    lab.open()
    panel = panel_of(lab)
    panel.choose("look_low", "@1")
    panel.tool("Restore").click()
    restore = panel.dialog.get_by_role("button", name="Restore 40 files")
    expect(restore).to_be_enabled()
    expect(restore).to_be_in_viewport(ratio=1)
    expect(panel.dialog.get_by_role("button", name="Cancel")).to_be_in_viewport(ratio=1)
    listed = panel.dialog.get_by_role("list", name="What happens to each file")
    listed.get_by_role("listitem").last.scroll_into_view_if_needed()
    expect(listed.get_by_role("listitem").last).to_be_in_viewport()
    expect(restore).to_be_in_viewport(ratio=1)
