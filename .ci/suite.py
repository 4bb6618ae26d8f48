"""Run the parts of the test suite one after another and close with one line of counts.

Usage: ``python .ci/suite.py check|test|test-all [PYTEST OPTION ...]``, by the interpreter that has nbcellar installed.
Every part runs even when an earlier one failed, so that one run tells everything.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "test-results"
BIN = Path(sys.executable).parent
VITEST_REPORTS = ("--reporter=default", "--reporter=junit", "--outputFile.junit=../test-results/vitest.xml")
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--ignore=tests/e2e")


@dataclass(frozen=True, slots=True)
class Part:
    """One command of the suite.

    Attributes:
        report: The JUnit file it writes; None where its exit code is all there is (it counts as one).
    """

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT
    report: Path | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """What passed and what did not."""

    passed: int = 0
    failed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed)


def static_parts() -> list[Part]:
    """Lint, types and the direction of imports."""
    labextension = ROOT / "labextension"
    return [
        Part("ruff check", (str(BIN / "ruff"), "check", ".")),
        Part("ruff format", (str(BIN / "ruff"), "format", "--check", ".")),
        Part("mypy", (str(BIN / "mypy"),)),
        Part("import contracts", (str(BIN / "lint-imports"),)),
        Part("typescript lint and types", ("npm", "run", "-s", "lint"), labextension),
        Part("typescript units", ("npx", "vitest", "run", *VITEST_REPORTS), labextension, RESULTS / "vitest.xml"),
    ]


def pytest_part(name: str, *options: str) -> Part:
    """A run of pytest on the installed wheel, with its own report."""
    report = RESULTS / f"{name.replace(' ', '-')}.xml"
    command = (sys.executable, "-m", "pytest", "-q", "--durations=8", f"--junitxml={report}", *options)
    return Part(name, command, report=report)


def parts(suite: str, options: list[str]) -> list[Part]:
    """What a suite is made of."""
    match suite:
        case "check":
            quick = ("-m", "not slow and not root and not long")
            return [*static_parts(), pytest_part("python", *SIDE_BY_SIDE, *quick, *options)]
        case "test":
            short = ("-m", "not long")
            return [
                *static_parts(),
                pytest_part("python", *SIDE_BY_SIDE, *short, *options),
                pytest_part("browser", "tests/e2e", *short, *options),
            ]
        case "test-all":
            return [
                *static_parts(),
                pytest_part("python", *SIDE_BY_SIDE, *options),
                pytest_part("browser", "tests/e2e", *options),
            ]
        case _:
            raise SystemExit(__doc__)


def run(part: Part) -> Count:
    """Run one part and count what it says."""
    if part.report:
        part.report.unlink(missing_ok=True)
    start = time.monotonic()
    print(f"\n== {part.name}", flush=True)
    # the tools of the environment first, so that tests that start `nbcellar` or `jupyter` get the installed ones
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    code = subprocess.run(part.command, cwd=part.folder, env=environment, check=False).returncode
    count = counted(part, code)
    print(f"== {part.name}: {count.passed} passed, {count.failed} failed, {time.monotonic() - start:.0f} s", flush=True)
    return count


def counted(part: Part, code: int) -> Count:
    """Passed and failed cases of a report; a part that failed without saying how counts as one failure."""
    if part.report is None:
        return Count(passed=1) if code == 0 else Count(failed=1)
    if not part.report.exists():
        return Count(failed=1)
    cases = list(ElementTree.parse(part.report).iter("testcase"))
    failed = sum(any(child.tag in ("failure", "error") for child in case) for case in cases)
    skipped = sum(any(child.tag == "skipped" for child in case) for case in cases)
    if skipped:
        print(f"{skipped} tests were skipped: a test bed that is missing counts as a failure.", flush=True)
    bad = failed + skipped
    if (code != 0 and bad == 0) or not cases:
        bad += 1
    return Count(passed=len(cases) - failed - skipped, failed=bad)


def main(arguments: list[str]) -> int:
    """Run a suite; 1 where anything failed."""
    suite = arguments[0] if arguments else ""
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell's background job ignores Ctrl-C, which tests send
    RESULTS.mkdir(exist_ok=True)
    start = time.monotonic()
    total = Count()
    bad: list[str] = []
    for part in parts(suite, arguments[1:]):
        count = run(part)
        total += count
        if count.failed:
            bad.append(part.name)
    print(f"\n{suite}: {time.monotonic() - start:.0f} s", flush=True)
    if bad:
        print(f"Failed: {', '.join(bad)}")
    print(f"Total: {total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
