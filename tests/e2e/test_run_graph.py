"""The graph of a run, in JupyterLab's light and dark themes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from nbcellar.model import RunStatus
from nbcellar.workflow.views.events import StepFinished, StepStarted, WorkflowStarted
from nbcellar.workflow.views.rungraph import COLOURS, DARK_COLOURS
from nbcellar.workflow.views.runpage import bundle
from nbcellar.workflow.views.runview import RunView

STYLE = Path(__file__).parents[2] / "labextension" / "style" / "base.css"


@pytest.mark.parametrize(("light", "colours"), [("true", COLOURS), ("false", DARK_COLOURS)])
@pytest.mark.parametrize("desktop", ["light", "dark"])
def test_boxes_are_those_of_the_theme_whatever_the_desktop_prefers(
    browser: Browser, light: str, colours: dict[RunStatus | None, tuple[str, str]], desktop: str
) -> None:
    view = RunView("", {})
    view.hear(WorkflowStarted("id", "study@1", ("fit",)))
    view.hear(StepStarted("fit", "it never ran", 1))
    view.hear(StepFinished("fit", RunStatus.SUCCEEDED, 1.0))
    context = browser.new_context(color_scheme="dark" if desktop == "dark" else "light")
    page = context.new_page()
    page.set_content(f'<style>{STYLE.read_text()}</style><body data-jp-theme-light="{light}">')
    page.evaluate("html => document.body.innerHTML = html", bundle(view)["text/html"])
    image = page.locator("img")
    image.evaluate("image => image.decode()")
    picture = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
    context.close()
    fill, _line = colours[RunStatus.SUCCEEDED]
    assert "#{:02x}{:02x}{:02x}".format(*picture.getpixel((14, 14))) == fill  # inside of its one box, beside the text
