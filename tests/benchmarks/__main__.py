"""``make bench``: run the benchmarks and print their tables, beside programs that do the like.

Usage: ``python -m tests.benchmarks [--quick | --tight] [--only SUITE[:PART]] [--rounds N] [--scratch DIR]
[--page FILE]``
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import limits, running, storing, tasking
from tests.benchmarks.page import put_section

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("store", "limits", "workflows", "tasks")


def options(words: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, in some minutes")
    parser.add_argument(
        "--tight", action="store_true", help="fewer rounds of the same, within 30 GB of disk: about 40 minutes"
    )
    parser.add_argument("--only", action="append", default=[], help="a suite, or a part of it: store:W1")
    parser.add_argument("--rounds", type=int, help="instead of 5")
    parser.add_argument(
        "--scratch", type=Path, help="a folder on the disk to measure; it needs 250 GB, 30 with --tight"
    )
    parser.add_argument("--page", type=Path, help="the page that the tables are written to")
    parser.add_argument(
        "--dvc", type=Path, default=ROOT / ".venv-peers" / "bin" / "dvc", help="the dvc to compare with"
    )
    return parser.parse_args(words)


def say(line: str) -> None:
    """Progress, beside the table."""
    print(line, file=sys.stderr, flush=True)


def main(words: list[str]) -> int:
    """Run what was asked for; 0 whether goals are met or not, because the machine may be busy."""
    given = options(words)
    if given.scratch:
        given.scratch.mkdir(parents=True, exist_ok=True)
    for suite in SUITES:
        parts = [one.partition(":") for one in given.only]
        if given.only and suite not in (name for name, _, _ in parts):
            continue
        only = [part for name, _, part in parts if name == suite and part]
        scratch = Path(tempfile.mkdtemp(prefix="nbcellar-bench-", dir=given.scratch))
        text = ""
        try:
            for text in sections(suite, given, scratch, only):
                if given.page:  # after each round, so that a run that is cut short was not in vain
                    put_section(given.page, suite, text)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        print(text)
    return 0


def sections(suite: str, given: argparse.Namespace, scratch: Path, only: list[str]) -> Iterator[str]:
    """Run a suite; its section of the page, whole or of the rounds so far."""
    if suite == "store":
        size = storing.QUICK if given.quick else storing.TIGHT if given.tight else storing.FULL
        size = replace(size, rounds=given.rounds or size.rounds)
        yield from storing.bench(size, storing.contenders(given.dvc, scratch), scratch, say, only)
    elif suite == "limits":
        yield from limits.bench(limits.QUICK if given.quick else limits.FULL, given.dvc, scratch, say, only)
    elif suite == "tasks":
        yield tasking.bench(given.rounds or (2 if given.quick else 5), given.dvc.parent, scratch, say, only)
    else:
        run_size = running.QUICK if given.quick else running.TIGHT if given.tight else running.FULL
        run_size = replace(run_size, rounds=given.rounds or run_size.rounds)
        yield running.bench(run_size, given.dvc.parent, scratch, say, only)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
