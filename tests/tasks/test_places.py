"""What is a task's own, and what belongs to Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
from pathlib import Path
from nbcellar.tasks.files.places import Places
places = Places.of(Path("project"), Path("project"), Path("project/.cellar"))
print(*map(places.counts_as_output, ("/bytecode/project/survey/cleaning.cpython-311.pyc", "/else.csv")))
"""


def test_bytecode_in_a_folder_of_its_own_is_nothing_that_a_task_wrote(tmp_path: Path) -> None:
    line = [sys.executable, "-X", "pycache_prefix=/bytecode", "-B", "-c", CODE]
    said = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "False True\n"
