"""The page of figures: one section a suite, each written by a run of it and by nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

HEAD = """# Benchmarks

This page is written by `make bench OPTIONS="--page docs/benchmarks.md"`, which installs what we are compared with. Each
section is one run. Every figure is a whole command, the start of Python included. Contenders take turns, in an order
that rotates from round to round; what one left to be written is on the disk before the next one starts; nothing is
deleted between rounds. A ratio is the median of the ratios of the two runs of one round, ours over theirs: below 1 we
are faster; the range over the rounds stands behind it. CPU is user and system time of all processes of a command,
memory the most that one of them had resident.
"""


def cells(*values: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(values)} |"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; all columns but the first two are figures."""
    rule = ["---" if at < 2 else "---:" for at in range(len(heads))]
    return "\n".join([cells(*heads), cells(*rule), *(cells(*row) for row in rows)])


def put_section(page: Path, name: str, text: str) -> None:
    """Write the section of a suite, instead of the one that an earlier run wrote; the others stay."""
    old = page.read_text(encoding="utf-8") if page.exists() else HEAD
    marked = f"<!-- {name} -->\n{text.strip()}\n<!-- end of {name} -->\n"
    pattern = re.compile(rf"<!-- {name} -->\n.*?<!-- end of {name} -->\n", re.DOTALL)
    new = pattern.sub(lambda _: marked, old) if pattern.search(old) else f"{old.rstrip()}\n\n{marked}"
    page.write_text(HEAD + new[new.index("\n<!-- ") :], encoding="utf-8")
