"""What changed within a file, by its kind."""

from __future__ import annotations

import io
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nbcellar.assets.comparing.changes import MOST_BYTES, MOST_LINES, detail, image_size


def test_text_is_compared_line_by_line() -> None:
    found = detail(b"a.txt", b"one\ntwo\nthree\n", b"one\n2\nthree\nfour\n")
    assert (found.kind, found.summary) == ("text", "+2 -1 lines")
    assert found.lines == ("@@ -1,3 +1,4 @@", " one", "-two", "+2", " three", "+four")


def test_a_long_difference_is_cut_and_says_so() -> None:
    found = detail(b"a.txt", b"a\n" * 1000, b"b\n" * 1000)
    assert found.summary == f"+1,000 -1,000 lines, the first {MOST_LINES} shown"
    assert len(found.lines) == MOST_LINES


def test_a_table_names_its_columns_and_rows() -> None:
    found = detail(b"t.csv", b'a,b\n1,"x, y"\n2,z\n', b'a,c\n1,"x, y"\n2,z\n3,w\n')
    assert found.kind == "table"
    assert found.summary == "columns +c, -b; 2 → 3 rows; +2 -1 rows"
    assert "+3,w" in found.lines


def test_json_names_each_value() -> None:
    old = {"a": {"b": [1, 2, 3]}, "gone": 1, "same": None, "kind": 1}
    new = {"a": {"b": [1, 5]}, "new": "x" * 200, "same": None, "kind": True}
    found = detail(b"m.json", json.dumps(old).encode(), json.dumps(new).encode())
    assert found.kind == "json"
    assert found.lines[:4] == ("~ a.b[1]: 2 → 5", "- a.b[2]: 3", "- gone: 1", "~ kind: 1 → true")
    assert found.lines[4].startswith("+ new: ")
    assert found.lines[4].endswith("…")
    assert found.summary == "5 values changed"
    assert detail(b"m.json", b'{"a": 1}', b'{"a":1}').summary == "the same values, written otherwise"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_images_tell_their_size(form: str) -> None:
    contents = []
    for size in ((30, 20), (40, 20)):
        out = io.BytesIO()
        Image.new("RGBA" if form == "WEBP" else "RGB", size, (1, 2, 3)).save(out, form, lossless=True)
        contents.append(out.getvalue())
    name = f"x.{form.lower()}".encode()
    if form != "WEBP" or contents[0][12:16] == b"VP8X":
        assert [image_size(content) for content in contents] == [(30, 20), (40, 20)]
        found = detail(name, *contents)
        assert found.kind == "image"
        assert found.summary.startswith("30×20 → 40×20 pixels")
    assert image_size(contents[0][:8]) is None


def test_notebooks_are_compared_by_their_sources_alone() -> None:
    def notebook(source: str | list[str], count: int) -> bytes:
        cells = [{"cell_type": "code", "source": source, "outputs": [{"n": count}], "execution_count": count}]
        return json.dumps({"cells": cells}).encode()

    assert detail(b"a.ipynb", notebook("x = 1", 1), notebook(["x = 1"], 2)).summary == (
        "the same cells; outputs or metadata differ"
    )
    found = detail(b"a.ipynb", notebook("x = 1\ny", 1), notebook("x = 2\ny", 2))
    assert found.kind == "notebook"
    assert found.lines == ("@@ -1,3 +1,3 @@", " # ── code", "-x = 1", "+x = 2", " y")


@pytest.mark.parametrize(
    ("name", "before", "after", "kind"),
    [
        (b"m.json", b"{", b"{}", "text"),
        (b"a.ipynb", b"[]", b"{}", "text"),
        (b"x.png", b"no", b"image", "text"),
        (b"x.png", b"\xff\x00", b"\xff\x01", "binary"),
        (b"x.dat", b"a\0b", b"a\0c", "binary"),
        (b"t.csv", b"", b"a,b\n", "text"),
        (b"deep.json", b"[" * 100_000, b"[]", "text"),
        (b"deep.ipynb", b"[" * 100_000, b"[]", "text"),
        (b"big.txt", b"a" * (MOST_BYTES + 1), b"b", "binary"),
    ],
)
def test_what_is_not_what_its_ending_says_is_compared_as_text_or_only_by_size(
    name: bytes, before: bytes, after: bytes, kind: str
) -> None:
    assert detail(name, before, after).kind == kind


NAMES = st.sampled_from([b"a.txt", b"a.csv", b"a.json", b"a.ipynb", b"a.png", b"a.jpg", b"a.gif", b"a.webp", b"a"])
HEADS = st.sampled_from(
    [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF0000WEBPVP8X", b'{"cells": [', b"{"]
)


@given(NAMES, HEADS, st.binary(max_size=40), HEADS, st.binary(max_size=40))
def test_no_content_makes_it_fail(name: bytes, head: bytes, before: bytes, other: bytes, after: bytes) -> None:
    assert detail(name, head + before, other + after).summary


def test_a_jpeg_with_odd_segments_ends() -> None:
    assert image_size(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 50) is None
    assert image_size(b"\xff\xd8\xff\xc0" + struct.pack(">HBHH", 8, 8, 2, 3)) == (3, 2)
