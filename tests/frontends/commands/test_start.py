"""What a verb loads: starting is most of what a quick verb takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = """
import json, sys
before = set(sys.modules)
from nbcellar.frontends.cli import main
main(sys.argv[1:])
print(json.dumps(sorted(set(sys.modules) - before)))
"""

HEAVY = {"typing", "dataclasses", "inspect", "argparse", "logging", "shutil", "asyncio"}


@pytest.mark.parametrize("line", [["--version"], ["save", "data"], ["ls"]], ids=" ".join)
def test_a_verb_loads_nothing_that_only_others_need(tmp_path: Path, line: list[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").write_text("content")
    for _ in range(2):  # the first save makes the store, and compresses
        command = [sys.executable, "-c", LOADED, *line]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert HEAVY.isdisjoint(json.loads(ended.stdout.splitlines()[-1]))
