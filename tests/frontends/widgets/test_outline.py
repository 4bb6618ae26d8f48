from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from nbcellar.assets.creation import asset
from nbcellar.frontends.widgets import browse
from nbcellar.frontends.widgets.deskwidget import VIEW_TYPE, WIDGET_TYPE
from nbcellar.frontends.widgets.outline import FILES, branches, outline_html, outline_text
from nbcellar.store import current


class Tags(HTMLParser):
    """Every tag and text of a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_an_empty_cellar_says_so_and_is_not_made(project: Path) -> None:
    shown = branches(current())
    assert "nothing is saved" in outline_text(shown)
    assert "Nothing is saved" in outline_html(shown)
    assert not (project / ".cellar").exists()


def test_names_versions_and_files_stand_in_plain_html(project: Path) -> None:
    (project / "model.npz").write_bytes(b"1" * 1234)
    asset("model.npz", name="train")
    found = Tags(outline_html(branches(current())))
    assert {"ul", "li", "details", "summary", "b"} >= set(found.tags) - {"p"}
    text = "".join(found.texts)
    assert "train, 1 version" in text
    assert "model.npz (1 kB)" in text


def test_a_name_that_is_markup_stays_text(project: Path) -> None:
    name = "<img src=x onerror=alert(1)>.txt"
    (project / name).write_text("1")
    asset(name, name="odd")
    found = Tags(outline_html(branches(current())))
    assert "img" not in found.tags
    assert any(name in text for text in found.texts)


def test_a_large_version_shows_its_first_files_and_counts_the_rest(project: Path) -> None:
    for number in range(FILES + 5):
        (project / f"f{number:03}").write_text("1")
    asset(match="f*", name="many")
    text = "".join(Tags(outline_html(branches(current()))).texts)
    assert "f000" in text
    assert "and 5 more files" in text


def test_only_the_asked_for_name_is_shown(project: Path) -> None:
    (project / "a.txt").write_text("1")
    asset("a.txt", name="train")
    asset("a.txt", name="clean")
    assert "clean" not in outline_text(branches(current(), "train"))


@pytest.mark.parametrize("kind", ["text/plain", "text/html", WIDGET_TYPE, VIEW_TYPE])
def test_the_widget_brings_a_form_for_every_front_end(project: Path, kind: str) -> None:
    bundle, _ = browse()._repr_mimebundle_()
    assert bundle[kind]


def test_the_widget_state_holds_no_data(project: Path) -> None:
    (project / "secret-name.txt").write_text("secret-text")
    asset("secret-name.txt", name="train")
    state = browse().get_state()
    del state["_esm"], state["_css"]
    assert "secret" not in str(state)
    assert str(project) not in str(state)
