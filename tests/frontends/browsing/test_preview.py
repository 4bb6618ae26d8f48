from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.frontends.browsing.answers import Answer, sent
from nbcellar.frontends.browsing.keys import key_of
from nbcellar.frontends.browsing.previews.head import HEAD_BYTES
from nbcellar.frontends.browsing.previews.pictures import picture_of
from nbcellar.frontends.browsing.views import FactsView, MediaView, Preview, TableView, TextView, View

from .conftest import png

Show = Callable[[str, bytes], Preview]


@pytest.fixture
def show(keep: Callable[..., Asset], ask: Callable[..., Answer]) -> Show:
    """Keep one file and look at it."""

    def one(name: str, data: bytes) -> Preview:
        made = keep("train", {name: data})
        answer = ask("preview", run=made.run.id, key=key_of(name.encode()))
        assert isinstance(answer, Preview)
        return answer

    return one


def facts(view: View) -> dict[str, str]:
    assert isinstance(view, (MediaView, FactsView))
    return {fact.name: fact.value for fact in view.facts}


def test_a_csv_is_a_table_with_the_value_in_its_place(show: Show) -> None:
    shown = show("t.csv", b'name,flipper\n"Adelie, A",181\nGentoo,217\n')
    assert shown.type == "CSV table"
    assert shown.snippet == 'cellar["train@1"]["t.csv"]'
    assert isinstance(shown.shown, TableView)
    assert shown.shown.columns == ("name", "flipper")
    assert shown.shown.rows == (("Adelie, A", "181"), ("Gentoo", "217"))
    assert shown.shown.complete


@pytest.mark.parametrize(
    ("name", "text"), [("t.csv", "a;b\n1;2\n"), ("t.tsv", "a\tb\n1\t2\n"), ("t.csv", "a|b\n1|2\n")]
)
def test_a_table_is_cut_at_its_own_delimiter(show: Show, name: str, text: str) -> None:
    view = show(name, text.encode()).shown
    assert isinstance(view, TableView)
    assert (view.columns, view.rows) == (("a", "b"), (("1", "2"),))


def test_a_long_table_shows_whole_rows_of_its_head(show: Show) -> None:
    line = b"0123456789,abcdefghij\n"
    view = show("t.csv", b"number,letters\n" + line * 50_000).shown
    assert isinstance(view, TableView)
    assert (len(view.rows), view.total_rows, view.complete) == (1000, None, False)
    assert view.rows[-1] == ("0123456789", "abcdefghij")


def test_rows_of_unequal_length_keep_every_cell(show: Show) -> None:
    view = show("t.csv", b"a,b\n1\n1,2,3\n").shown
    assert isinstance(view, TableView)
    assert (view.columns, view.rows) == (("a", "b", ""), (("1", "", ""), ("1", "2", "3")))


def test_json_is_sent_as_it_is(show: Show) -> None:
    view = show("m.json", b'{"rmse": [1, null]}').shown
    assert isinstance(view, TextView)
    assert (view.view, json.loads(view.text), view.complete) == ("json", {"rmse": [1, None]}, True)


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "feed.xml", "readme.md"])
def test_markup_is_text(show: Show, name: str) -> None:
    markup = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    view = show(name, markup).shown
    assert isinstance(view, TextView)
    assert (view.view, view.text) == ("text", markup.decode())


def test_text_is_cut_at_a_whole_character(show: Show) -> None:
    shown = show("long.txt", ("ü" * HEAD_BYTES).encode())
    assert isinstance(shown.shown, TextView)
    assert (shown.shown.complete, set(shown.shown.text)) == (False, {"ü"})
    assert shown.size_bytes == 2 * HEAD_BYTES


def test_utf_16_and_marks_are_read(show: Show) -> None:
    for data in ("grün".encode("utf-16"), "grün".encode("utf-8-sig")):
        view = show("t.txt", data).shown
        assert isinstance(view, TextView)
        assert view.text == "grün"


def test_an_empty_file_is_empty_text(show: Show) -> None:
    for name in ("empty.txt", "empty.csv", "empty.json", "empty.png"):
        view = show(name, b"").shown
        assert isinstance(view, TextView)
        assert (view.text, view.complete) == ("", True)


def test_a_picture_comes_with_its_bytes_and_its_pixels(show: Show) -> None:
    data = png(64, 48)
    shown = show("loss.png", data)
    assert isinstance(shown.shown, MediaView)
    assert (shown.shown.mime, facts(shown.shown)["Pixels"], shown.shown.content) == ("image/png", "64 × 48", data)
    assert sent(shown).content == data


def test_a_picture_is_told_by_its_bytes_not_by_its_name(show: Show) -> None:
    assert isinstance(show("loss.txt", png(2, 2)).shown, MediaView)
    assert isinstance(show("text.png", b"no picture").shown, TextView)


def test_a_picture_bomb_is_not_drawn(show: Show) -> None:
    bomb = png(1, 1).replace((1).to_bytes(4) * 2, (50_000).to_bytes(4) * 2, 1)
    view = show("bomb.png", bomb).shown
    assert isinstance(view, FactsView)
    assert facts(view)["Pixels"] == "50000 × 50000"


def test_a_picture_over_5_mb_is_not_sent_unasked(show: Show) -> None:
    view = show("large.png", png(8, 8) + b"\0" * 5_000_001).shown
    assert isinstance(view, FactsView)
    assert "5.0 MB" in view.note


@pytest.mark.parametrize("cut", [8, 9, 15, 18, 23, 30])
def test_a_picture_that_is_cut_off_is_still_a_picture(show: Show, cut: int) -> None:
    assert isinstance(show("cut.png", png(64, 48)[:cut]).shown, MediaView)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GIF89a" + bytes([3, 0, 2, 0, 0, 0]), ("GIF", 3, 2)),
        (b"BM" + bytes(12) + b"\x28\0\0\0" + bytes([3, 0, 0, 0, 254, 255, 255, 255, 0, 0]), ("BMP", 3, 2)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x02\0\x03\x03", ("JPEG", 3, 2)),
        (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x02\0\0\x01\0\0", ("WebP", 3, 2)),
        (b"RIFF\0\0\0\0WEBPVP8L\x0a\0\0\0\x2f\x02\x40\0\0", ("WebP", 3, 2)),
    ],
)
def test_pixels_are_read_from_the_header(data: bytes, expected: tuple[str, int, int]) -> None:
    picture = picture_of(data)
    assert picture is not None
    assert (picture.format, picture.width, picture.height) == expected


def test_real_pictures_are_measured_as_pillow_measures_them() -> None:
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        out = io.BytesIO()
        Image.new("RGB", (37, 19), "teal").save(out, kind)
        picture = picture_of(out.getvalue())
        assert picture is not None
        assert (picture.width, picture.height) == (37, 19), kind


def test_other_bytes_say_how_they_begin(show: Show) -> None:
    shown = show("model.pkl", b"\x80\x04\x95\x00binary\x00")
    assert shown.type == "binary"
    assert facts(shown.shown)["Begins with"].startswith("80 04 95 00")


def test_a_link_says_where_it_points(keep: Callable[..., Asset], ask: Callable[..., Answer]) -> None:
    Path("a.txt").write_text("1")
    os.symlink("a.txt", "b.txt")
    made = asset(name="linked")
    answer = ask("preview", run=made.run.id, key=key_of(b"b.txt"))
    assert isinstance(answer, Preview)
    assert facts(answer.shown) == {"Points to": "a.txt"}


def test_every_answer_is_json(show: Show) -> None:
    for name, data in {"t.csv": b"a,b\n1,2\n", "p.png": png(2, 2), "m.json": b"{}", "x.bin": b"\0\1"}.items():
        value = json.loads(json.dumps(sent(show(name, data)).value))
        assert value["path"].endswith(f"/{name}")
        assert value["view"] in ("table", "media", "json", "facts")
