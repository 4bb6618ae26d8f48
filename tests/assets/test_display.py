"""How sizes, times, names and tables are shown."""

from __future__ import annotations

import html.parser

import pytest

from nbcellar.assets.display import (
    Table,
    Tone,
    all_visible,
    count_text,
    json_path,
    seconds_text,
    size_text,
    visible,
    visible_lines,
)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (24_000, "24 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (18_200_000, "18.2 MB"),
        (123_000_000, "123 MB"),
        (92 * 10**9, "92.0 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes_have_three_digits(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (12.44, "12.4 s"), (99.99, "1 min 40 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_counts_agree_with_their_noun() -> None:
    assert [count_text(n, "file") for n in (0, 1, 10_000)] == ["0 files", "1 file", "10,000 files"]
    assert count_text(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"plain.txt", "plain.txt"),
        ("grün 文".encode(), "grün 文"),
        (b"caf\xe9", "caf\\xe9"),
        (b"a\x1b[31mred", "a\\x1b[31mred"),
        (b"a\nb\tc", "a\\nb\\tc"),
        ("‮gpj.exe".encode(), "\\u202egpj.exe"),
        (b"\x9b31m", "\\x9b31m"),
        ("\x9b31m".encode(), "\\x9b31m"),
    ],
)
def test_names_cannot_steer_a_terminal(name: bytes, shown: str) -> None:
    assert visible(name) == shown


def test_lines_stay_lines_and_their_control_characters_do_not() -> None:
    assert visible_lines("a\tb\n\x1b]0;x\x07c") == "a       b\n\\x1b]0;x\\x07c"


def test_names_that_are_no_utf8_have_their_bytes_in_json() -> None:
    assert json_path(b"a/b") == {"path": "a/b"}
    assert json_path(b"caf\xe9") == {"path": "caf�", "path_b64": "Y2Fm6Q=="}


def test_a_table_sets_its_columns_by_their_width() -> None:
    table = Table(("Name", "Size"), [("a", "1 B"), ("文文文", "1000 B")], frozenset({"Size"}))
    assert table.text().split("\n") == ["Name      Size", "a          1 B", "文文文  1000 B"]


def test_colour_is_only_where_it_is_asked_for() -> None:
    table = Table(("Name",), [("a",)], tones=[Tone.BAD])
    assert "\x1b" not in table.text()
    assert table.text(colour=True) == "\x1b[1mName\x1b[0m\n\x1b[31ma\x1b[0m"


def test_html_of_hostile_cells_is_inert() -> None:
    tags: list[str] = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

    Reader().feed(Table(("<b>",), [("<script>alert(1)</script>\"'",)]).html())
    assert tags == ["table", "thead", "tr", "th", "tbody", "tr", "td"]


@pytest.mark.parametrize(
    "names",
    [[], [b""], [b"a", b"b/c"], ["é".encode(), b"a b"], [b"a", b"\xff", b"\n"], [b"\x1b[31m", b"a"], ["‮".encode()]],
)
def test_many_names_are_shown_as_each_of_them(names: list[bytes]) -> None:
    assert all_visible(names) == [visible(name) for name in names]
