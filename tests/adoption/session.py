"""Runs a notebook of the collection cell by cell in a real kernel, and looks at the project after each."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.adoption.collection import Notebook, lay_out, with_line
from tests.adoption.observed import Seen, look, written
from tests.frontends.magics.kernels import Kernel, Said

FORGET = """
import logging, os, sys
if "matplotlib.pyplot" in sys.modules:
    sys.modules["matplotlib.pyplot"].close("all")
for name, module in list(sys.modules.items()):
    if name != "__main__" and str(getattr(module, "__file__", "")).startswith({base!r}):
        del sys.modules[name]
sys.path[:] = [path for path in sys.path if path and not path.startswith({base!r})]
sys.argv[1:] = []
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One cell that ran.

    Attributes:
        inside: The folder that was current before, as bytes relative to the project; empty for the project's.
        after: The project's files then.
        written: Names of those that this cell wrote.
    """

    said: Said
    inside: bytes
    after: dict[bytes, Seen]
    written: frozenset[bytes]


def run(kernel: Kernel, notebook: Notebook, project: Path, line: Callable[[int], str]) -> list[Step]:
    """Run every cell, one more line above each, in a project laid out anew.

    Args:
        line: What stands above a cell, by its number.
    """
    place = lay_out(project, notebook)
    kernel.run("%reset -f")
    kernel.run(FORGET.format(base=str(project)) + f"os.chdir({str(place)!r})")
    kernel.run("%reset -f")
    steps: list[Step] = []
    base = os.fsencode(project)
    before = look(base)
    for number, cell in enumerate(notebook.cells):
        current = os.path.relpath(os.readlink(f"/proc/{kernel.pid}/cwd"), project)
        said = kernel.run(with_line(line(number), cell))
        after = look(base)
        inside = b"" if current == "." else os.fsencode(current) + b"/"
        steps.append(Step(said, inside, after, frozenset(written(before, after))))
        before = after
    return steps
