"""JupyterLab's own viewers on the drive: they show a file, and load nothing from elsewhere until somebody lets them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from nbcellar.assets.asset import Asset

from ..frontends.browsing.conftest import png
from .browserpart import keep
from .hostile import VEGA_LITE, Listener
from .labpage import LabPage, expect_size


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def near() -> str:
    """A picture that a file brings with it."""
    return f"data:image/png;base64,{base64.b64encode(png(12, 34)).decode()}"


def opened(lab: LabPage, made: Asset, name: str, factory: str = "default") -> Locator:
    """Open a file of the drive, and return the document in front."""
    lab.open()
    lab.command("docmanager:open", path=f"cellar:survey/{made.run.name}/@{made.run.number}/{name}", factory=factory)
    shown = lab.page.locator("#jp-main-dock-panel .jp-Document:visible")
    expect(shown).to_be_visible()
    return shown


def expect_picture(picture: Locator) -> None:
    expect(picture).to_be_visible()
    expect_size(picture, 12, 34)


def notebook(near: str, listener: Listener) -> str:
    """Markdown and outputs, each with something of its own and something from elsewhere."""
    words = f"# Results ![]({listener.url}/heading)\n\n![near]({near})\n![]({listener.url}/words)\n\n**bold words**"
    html = f"<b>bold output</b><img src='{listener.url}/output'><img alt=near src='{near}'>"
    outputs: list[dict[str, object]] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}},
        {"output_type": "display_data", "metadata": {}, "data": {VEGA_LITE: chart(listener), "text/plain": "chart"}},
    ]
    code = {"cell_type": "code", "id": "b", "source": "1", "metadata": {}, "execution_count": 1, "outputs": outputs}
    text = {"cell_type": "markdown", "id": "a", "source": words, "metadata": {}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [text, code]})


def chart(listener: Listener) -> dict[str, object]:
    encoding = {"x": {"field": "x", "type": "quantitative"}}
    return {"data": {"url": f"{listener.url}/data.csv"}, "mark": "point", "encoding": encoding}


def test_a_notebook_shows_what_it_holds_and_loads_nothing(
    lab: LabPage, folder: Path, listener: Listener, near: str
) -> None:
    # what ipywidgets' manager reports of every notebook that has no kernel
    lab.expect_errors("Cannot read properties of null (reading 'kernel')")
    made = keep(folder, "foreign_notebook", {"n.ipynb": notebook(near, listener)})
    shown = opened(lab, made, "n.ipynb")
    lab.command("toc:show-panel")  # which draws headings by itself
    expect(shown.locator(".jp-MarkdownCell strong")).to_have_text("bold words")
    expect(shown.locator(".jp-MarkdownCell em").last).to_have_text(f"Not loaded: {listener.url}/words")
    expect_picture(shown.locator(".jp-MarkdownCell img"))
    expect(shown.locator(".jp-OutputArea b")).to_have_text("bold output")
    expect(shown.locator(".jp-OutputArea em")).to_have_text(f"Not loaded: {listener.url}/output")
    expect_picture(shown.locator(".jp-OutputArea img"))
    expect(lab.page.locator(".jp-TableOfContents-tree")).to_contain_text("Results")
    expect(shown.get_by_role("button", name="Draw it")).to_be_visible()
    assert listener.visits == []


def test_a_page_is_drawn_without_what_it_would_load(lab: LabPage, folder: Path, listener: Listener, near: str) -> None:
    lab.expect_errors("Content Security Policy")  # the browser tells of what it did not load
    sheet = f"<style>h1 {{ color: rgb(1, 2, 3); background: url({listener.url}/css) }}</style>"
    text = f"<!doctype html>{sheet}<h1>Report</h1><img src='{listener.url}/img'><img alt=near src='{near}'>"
    made = keep(folder, "foreign_page", {"p.html": text})
    frame = opened(lab, made, "p.html", "HTML Viewer").frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Report")).to_have_css("color", "rgb(1, 2, 3)")
    expect_picture(frame.get_by_alt_text("near"))
    assert listener.visits == []


def test_a_markdown_preview_shows_notes_for_pictures_from_elsewhere(
    lab: LabPage, folder: Path, listener: Listener, near: str
) -> None:
    text = f"# Report\n\n![near]({near})\n\n![]({listener.url}/md)\n\n<img src='{listener.url}/tag'>\n"
    made = keep(folder, "foreign_markdown", {"r.md": text})
    shown = opened(lab, made, "r.md", "Markdown Preview")
    expect(shown.locator("em")).to_have_text([f"Not loaded: {listener.url}/{name}" for name in ("md", "tag")])
    expect_picture(shown.locator("img"))
    assert listener.visits == []


def headings(url: str, near: str) -> str:
    """Every way in which a heading can hold a picture or mathematics, each far below the one before."""
    written = [
        f"# One ![]({url}/a)",
        f"## Two <img src='{url}/b'> <img src='{url}/bb'>",
        f"Three ![]({url}/c)\n=====",
        f"<h2 style='color: red'>Four<img src={url}/d></h2>",
        f"# Five \\![]({url}/e)",
        f"# Six [![]({url}/f)](https://x.invalid)",
        f"# Seven ![of its own]({near})",
        f"# Eight ![by name][far]\n\n[far]: {url}/g",
        "# Nine & `<img src=x>`",
        "## Ten, $x^2$ & *more*",
    ]
    return "".join(f"{heading}\n\n{'words  ' * 10}{'<br>' * 60}\n\n" for heading in written)


CONTENTS = ["One", "Two", "Three", "Four", "Five !", "Six", "Seven", "Eight", "Nine & <img src=x>", "Ten, $x^2$ & more"]


def test_a_table_of_contents_of_a_markdown_preview_leads_to_headings_and_loads_none_of_their_pictures(
    lab: LabPage, folder: Path, listener: Listener, near: str
) -> None:
    made = keep(folder, "foreign_headings", {"h.md": headings(listener.url, near)})
    shown = opened(lab, made, "h.md", "Markdown Preview")
    expect(shown.get_by_role("heading", name="Three")).to_be_visible()
    lab.command("toc:show-panel")
    entries = lab.page.locator(".jp-TableOfContents-tree .jp-tocItem-content")
    expect(entries).to_have_text(CONTENTS)
    drawn = shown.locator("h1, h2")
    for at in (9, 0, 8, 1, 7, 2, 6, 3, 5, 4):
        entries.nth(at).click()
        expect(drawn.nth(at)).to_be_in_viewport()
    expect(shown.locator("h2 + em, h2 + em + em")).to_have_text(
        [f"Not loaded: {listener.url}/{name}" for name in ("b", "bb", "d")]
    )
    assert lab.page.locator(".jp-TableOfContents-tree img").count() == 0
    assert listener.visits == []


def test_a_drawing_is_drawn_when_somebody_lets_it(lab: LabPage, folder: Path, listener: Listener) -> None:
    lab.expect_errors("")  # the listener has no data for it
    made = keep(folder, "foreign_drawing", {"c.vl.json": json.dumps(chart(listener))})
    shown = opened(lab, made, "c.vl.json")
    allow = shown.get_by_role("button", name="Draw it")
    expect(allow).to_be_visible()
    assert listener.visits == []
    with lab.page.expect_request(f"{listener.url}/data.csv"):
        allow.click()
    expect(shown.locator(".vega-embed")).to_be_visible()
