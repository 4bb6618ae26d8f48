"""Writes the table of ``docs/adoption.md`` from a run: ``python -m tests.adoption.page``.

The tests hold the table to what they find.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.adoption.collection import NOTEBOOKS, read
from tests.adoption.pairs import Pair, run_both
from tests.frontends.magics.kernels import Kernel

PAGE = Path(__file__).parents[2] / "docs" / "adoption.md"
HEAD = "| notebook | what it does | cells | with `%%task` | files saved |\n|---|---|---|---|---|\n"


def row(name: str, pair: Pair) -> str:
    """One notebook's line."""
    saved = sum(len(pair.with_markers[number].written) for number in pair.tasks)
    about = read(name).about.partition("\n")[0].replace("|", "\\|")
    return f"| `{name}` | {about} | {len(pair.alone)} | {len(pair.tasks)} | {saved} |"


def main() -> None:
    """Run everything, and put the table where the old one stands."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    after = rest[rest.index("\n\n") :]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bare, marked = Kernel.start(Path(folder), load=False), Kernel.start(Path(folder))
        try:
            for name in NOTEBOOKS:
                place = Path(folder, name)
                place.mkdir()
                rows.append(row(name, run_both(bare, marked, name, place)))
        finally:
            bare.stop()
            marked.stop()
    PAGE.write_text(before + HEAD + "\n".join(rows) + after, encoding="utf-8")
    sys.stdout.write(f"{len(rows)} rows in {PAGE}\n")


if __name__ == "__main__":
    main()
