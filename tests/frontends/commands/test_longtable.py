"""A long table has the text of a plain one, part by part."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.assets.display import Table
from nbcellar.assets.facts import media_type, media_types
from nbcellar.frontends.commands.longtable import LongTable, Part

HEADINGS = ("Path", "Size", "Digest")
RIGHT = frozenset({"Size"})
PARTS = (
    (("a", "10 kB", "00ff"), ("bb", "1 B", "01ff")),
    (("\x1b[2Jred", "folder", "02ff"), ("日本/語", "3 B", "03ff"), ("e\u0301", "", "04ff")),
    (("a much longer name", "1 kB", "05ff"),),
)


def parts() -> Iterator[Part]:
    for rows in PARTS:
        *columns, last = zip(*rows, strict=True)
        yield tuple(columns), iter(last)


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("times", [1, 30])
def test_it_has_the_text_of_a_table_of_the_same_rows(colour: bool, times: int) -> None:
    rows = [row for some in PARTS * times for row in some]
    many = LongTable(HEADINGS, lambda: (part for _ in range(times) for part in parts()), RIGHT)
    texts = list(many.texts(colour=colour))
    assert len(texts) == 1 + times * len(PARTS)
    assert "".join(texts) == Table(HEADINGS, rows, RIGHT).text(colour=colour) + "\n"


def test_files_are_listed_as_the_answer_of_python_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [b"plain.csv", b"with space.txt", b"\xff\xfe.bin", "größer 日本.json".encode(), b"new\nline"]
    os.mkdir("data")
    for name in names:
        Path(os.fsdecode(b"data/" + name)).write_bytes(name * 300)
    os.symlink("plain.csv", "data/link")
    os.mkdir("data/empty")
    cellar.save("data")
    for match in ((), ("**/*.csv",), ("nothing\x1b[2J",)):
        answer = cellar.ls("data@1", match=match) if match else cellar.ls("data@1")
        out = io.StringIO()
        answer.write(out, io.BytesIO(), colour=False)
        assert out.getvalue() == answer.text() + "\n"
        assert "\x1b" not in out.getvalue()


def test_many_names_have_the_types_that_each_has() -> None:
    names = [
        b"a.b/c", b".x", b"d/.x", b"a.", b"a.csv", b"a/b.csv", b"x..", b"..csv", b"a/..csv", b"csv", b".a.csv",
        b"a/.csv.csv", b"\xff.\xfe", b"a.CSV", b"nb.ipynb", b"dir.csv/file",
    ]  # fmt: skip
    assert media_types(names) == [media_type(name) for name in names]
