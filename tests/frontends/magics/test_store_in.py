"""``--store-in``: the bytes of inputs are kept too."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from tests.frontends.magics.conftest import Shell, names

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_store_in_keeps_the_bytes_of_inputs_that_no_asset_holds(shell: Shell) -> None:
    Path("s.csv").write_text("survey")
    shell.ok("%%task made\nopen('m.csv', 'w').write('made')")
    cell = "%%task a --store-in\nopen('s.csv').read() + open('m.csv').read()"
    assert "inputs are stored as a-inputs@1 (1 file, 6 B)" in shell.ok(cell)
    stored = shell.cellar.find("a-inputs")
    assert [(one.path, one.run) for one in shell.cellar.find("a").inputs] == [
        ("m.csv", shell.cellar.find("made").id),
        ("s.csv", stored.id),
    ]
    Path("s.csv").unlink()
    shell.ok("%cellar restore a-inputs")
    assert Path("s.csv").read_text() == "survey"
    assert "a-inputs@2" not in shell.ok(cell)
    Path("s.csv").write_text("another")
    assert "inputs are stored as a-inputs@2 (1 file, 7 B)" in shell.ok(cell)
    assert "inputs are stored" not in shell.ok("%%task b\nopen('s.csv').read()")


def test_store_in_keeps_what_was_read_and_then_overwritten(shell: Shell) -> None:
    Path("s.csv").write_text("before")
    shell.ok("%%task a --store-in\nread = open('s.csv').read()\nopen('s.csv', 'w').write('after')")
    assert Asset(shell.cellar, shell.cellar.find("a-inputs"))["s.csv"].read() == b"before"
    assert Asset(shell.cellar, shell.cellar.find("a"))["s.csv"].read() == b"after"
    assert [path.name for path in Path(".cellar/work").iterdir()] == ["claims"]


def test_store_in_keeps_a_database_as_it_was_before_the_cell_changed_it(shell: Shell) -> None:
    with closing(sqlite3.connect("s.db")) as made:
        made.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
    before = Path("s.db").read_bytes()
    body = """import sqlite3
from contextlib import closing
for number in range(2):  # the second time it has changed
    with closing(sqlite3.connect("s.db")) as c, c:
        c.execute("INSERT INTO t SELECT count(*) + 1 FROM t")
with closing(sqlite3.connect("new.db")) as c, c:
    c.execute("CREATE TABLE t (x)")
"""
    text = shell.ok(f"%%task a --store-in\n{body}")
    assert "inputs are stored as a-inputs@1 (1 file" in text
    assert "not stored" not in text
    assert Asset(shell.cellar, shell.cellar.find("a-inputs"))["s.db"].read() == before
    assert Asset(shell.cellar, shell.cellar.find("a"))["s.db"].read() == Path("s.db").read_bytes() != before
    assert names(shell, "a") == ["new.db", "s.db"]
    assert [path.name for path in Path(".cellar/work").iterdir()] == ["claims"]


def test_store_in_keeps_a_declared_database_that_is_changed_and_then_replaced(shell: Shell) -> None:
    with closing(sqlite3.connect("s.db")) as made:
        made.executescript("CREATE TABLE t (x)")
    before = Path("s.db").read_bytes()
    body = """import os, sqlite3
from contextlib import closing
with closing(sqlite3.connect("s.db")) as c, c:
    c.execute("INSERT INTO t VALUES (1)")
open("s.db", "w").write("no database")
"""
    assert "inputs are stored as a-inputs@1" in shell.ok(f"%%task a --store-in --in s.db\n{body}")
    assert Asset(shell.cellar, shell.cellar.find("a-inputs"))["s.db"].read() == before
    assert Asset(shell.cellar, shell.cellar.find("a"))["s.db"].read() == b"no database"


def test_store_in_keeps_folders_patterns_modules_and_files_from_elsewhere(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(shell.folder))
    Path("data").mkdir()
    for name in ("b.txt", "c.txt", "d.bin"):
        Path("data", name).write_text(name)
    Path("stored_helper.py").write_text("one = 1")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "x.csv").write_text("x")
    line = f"%%task a --store-in --in data --in t=data/*.txt --in {tmp_path}/far/x.csv"
    text = shell.ok(f"{line}\nimport stored_helper\nopen('data/new.txt', 'w').close()")
    elsewhere = f"elsewhere{tmp_path}/far/x.csv"
    assert names(shell, "a-inputs") == ["data/b.txt", "data/c.txt", "data/d.bin", elsewhere, "stored_helper.py"]
    assert "not stored" not in text
    Path("data/new.txt").unlink()
    assert "inputs are stored as a-inputs@1" in shell.ok(f"{line}\nopen('data/new.txt', 'w').close()")
    monkeypatch.delitem(sys.modules, "stored_helper")


def test_store_in_names_what_it_leaves_out(shell: Shell) -> None:
    Path(".env").write_text("TOKEN=1")
    Path("s.csv").write_text("1")
    text = shell.ok(
        "%%task a --store-in\nopen('.env').read()\nopen('s.csv').read()\nimport os\nos.system('echo 22 > s.csv')"
    )
    assert "not stored, since it looks like a credential: .env" in text
    assert "not stored, since the bytes that were read are gone: s.csv" in text
    _, text = shell.run("%%task b --store-in\nopen('s.csv').read()\n1/0")
    assert "inputs are stored" not in text


def test_store_in_makes_a_cached_cell_run_that_ran_without(shell: Shell) -> None:
    Path("s.csv").write_text("1")
    shell.ok("%%task a --cache\nopen('s.csv').read()")
    assert "store-in" in shell.ok("%%task a --cache --store-in\nopen('s.csv').read()")
    assert "↺ a" in shell.ok("%%task a --cache --store-in\nopen('s.csv').read()")
