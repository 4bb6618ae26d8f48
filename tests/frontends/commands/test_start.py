"""What a verb loads: starting is most of what a quick verb takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = """
import atexit, json, sys
before = set(sys.modules)
atexit.register(lambda: print(json.dumps(sorted(set(sys.modules) - before))))
from nbcellar.frontends.program import run
run()
"""

HEAVY = {"typing", "dataclasses", "inspect", "argparse", "logging", "shutil", "asyncio", "platform", "urllib.parse"}
HEAVY |= {"nbcellar.workflow.checks", "nbcellar.workflow.loading", "nbcellar.workflow.runs.execution"}
RESTORED = ["restore", "data/data/file", "--to", "out"]


@pytest.mark.parametrize("line", [["--version"], ["save", "data"], ["ls"], ["runs"], RESTORED], ids=" ".join)
def test_a_verb_loads_nothing_that_only_others_need(tmp_path: Path, line: list[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").write_text("content")
    for words in (["save", "data"], line):  # the first save makes the store, and compresses
        command = [sys.executable, "-c", LOADED, *words]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert HEAVY.isdisjoint(json.loads(ended.stdout.splitlines()[-1]))


ADDRESSES = """
from nbcellar.frontends.program import import_paths
import_paths()
from pathlib import Path
assert Path("/a b/ü").as_uri() == "file:///a%20b/%C3%BC"
import urllib.parse
assert urllib.parse.urlsplit("s3://bucket/key").netloc == "bucket"
"""


def test_paths_have_their_addresses_where_the_reader_of_addresses_comes_late() -> None:
    subprocess.run([sys.executable, "-c", ADDRESSES], check=True, timeout=60)
