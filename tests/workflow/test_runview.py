"""How a run is shown: text, HTML, JSON, Mermaid and picture, from its events."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.workflow.views.events import (
    CellStarted,
    Event,
    Published,
    StepFinished,
    StepProduct,
    StepSkipped,
    StepStarted,
    StepTaken,
    WorkflowFinished,
    WorkflowStarted,
)
from nbcellar.workflow.views.rungraph import COLOURS, DARK_COLOURS, DARK_TEXT, MOST_STEPS, TEXT, mermaid, svg
from nbcellar.workflow.views.runpage import bundle, facts, html, text
from nbcellar.workflow.views.runview import RunView

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"
NEEDS = {name: frozenset(needs) for name, needs in {"fit": {"clean"}, "report": {"fit", "extra"}}.items()}


def view_after(*events: Event) -> RunView:
    view = RunView("", {})
    view.hear(WorkflowStarted("id", "study@3", ("clean", "extra", "fit", "report"), NEEDS))
    for event in events:
        view.hear(event)
    return view


def under_way() -> RunView:
    return view_after(
        StepTaken("clean", "study-clean@1", "nothing it depends on changed"),
        StepStarted("extra", HOSTILE, 1),
        StepFinished("extra", RunStatus.FAILED, 1.5, notebook="study-extra@2", error=f"cell 1: {HOSTILE}"),
        StepStarted("fit", "it never ran", 9),
        CellStarted("fit", 3, 9, HOSTILE),
        StepSkipped("report", "extra failed"),
    )


def test_a_view_knows_how_far_each_step_is() -> None:
    view = under_way()
    assert {name: step.word for name, step in view.steps.items()} == {
        "clean": "cached",
        "extra": "failed",
        "fit": "running",
        "report": "skipped",
    }
    assert view.steps["fit"].share == 2 / 9 and view.done == 1 and view.status is RunStatus.RUNNING
    view.hear(StepFinished("fit", RunStatus.SUCCEEDED, 2.0, (StepProduct("model@4", 1, 10),), "study-fit@2"))
    view.hear(Published("fit/model.npz", Path("/out/model.npz")))
    view.hear(WorkflowFinished("id", "study@3", RunStatus.FAILED, 3.5, "extra: cell 1"))
    assert "✗ study@3 failed after 3.5 s · 2 of 4 steps done" in text(view)
    assert "model@4" in text(view) and "→ /out/model.npz" in text(view)


def test_several_calls_of_a_step_are_counted_and_the_worst_counts() -> None:
    view = view_after(*(StepStarted("fit", "it never ran", 2, item=f"n={n}") for n in range(3)))
    view.hear(StepFinished("fit", RunStatus.FAILED, 1.0, error="cell 1", item="n=0"))
    assert view.steps["fit"].status is RunStatus.RUNNING
    assert "1 of 3 calls" in text(view)
    for n in (1, 2):
        view.hear(StepFinished("fit", RunStatus.SUCCEEDED, 1.0, item=f"n={n}"))
    assert view.steps["fit"].status is RunStatus.FAILED


def test_every_form_is_inert_and_readable_without_styles() -> None:
    view = under_way()
    forms = bundle(view)
    assert set(forms) == {
        "text/plain",
        "text/html",
        "application/vnd.nbcellar.run+json",
        "text/vnd.mermaid",
        "image/svg+xml",
    }
    for name in ("text/html", "text/vnd.mermaid", "image/svg+xml"):
        assert "<script" not in str(forms[name])
    for name in ("text/html", "text/vnd.mermaid", "image/svg+xml", "text/plain"):
        assert "\x1b" not in str(forms[name]) and "\u202e" not in str(forms[name])
    assert "&lt;script&gt;" in html(view, svg(view)) and 'alt="clean cached, extra failed' in html(view, svg(view))
    assert facts(view)["schema"] == "nbcellar/run/1"


def test_the_picture_is_xml_with_a_title_and_mermaid_says_the_same() -> None:
    view = under_way()
    picture = ElementTree.fromstring(svg(view))
    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["↺ clean", "✗ extra", "▸ fit", "- report"]
    title = picture.find("{http://www.w3.org/2000/svg}title")
    assert title is not None and title.text == "study@3: clean cached, extra failed, fit running, report skipped"
    arrows = [line for line in mermaid(view).splitlines() if "-->" in line]
    assert arrows == ["  s0 --> s2", "  s1 --> s3", "  s2 --> s3"]
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) == 2 * len(arrows)


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("colours", "text"), [(COLOURS, TEXT), (DARK_COLOURS, DARK_TEXT)])
def test_what_boxes_say_can_be_read_on_light_and_dark_pages(
    colours: dict[RunStatus | None, tuple[str, str]], text: str
) -> None:
    assert colours.keys() == {None, *RunStatus}
    for fill, _line in colours.values():
        dark, light = sorted((luminance(fill), luminance(text)))
        assert (light + 0.05) / (dark + 0.05) >= 7


def test_names_that_are_markup_stay_names_in_the_graph() -> None:
    view = RunView("study@1", {})
    view.hear(WorkflowStarted("id", "study@1", ('a"]<b>&', "x" * 200)))
    ElementTree.fromstring(svg(view))
    assert '"· a&quot;&#93;&lt;b&gt;&amp;"' in mermaid(view)


def test_a_run_of_very_many_steps_has_no_picture() -> None:
    view = RunView("study@1", {})
    view.hear(WorkflowStarted("id", "study@1", tuple(f"s{n}" for n in range(MOST_STEPS + 1))))
    assert svg(view) == "" and "image/svg+xml" not in bundle(view)
    assert "<img" not in str(bundle(view)["text/html"])
