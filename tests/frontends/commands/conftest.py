"""A command line in a project with a few assets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbcellar.frontends.cli import main
from nbcellar.model import JSON


@dataclass(frozen=True)
class Said:
    """What a line wrote, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, JSON]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Say = Callable[..., Said]


@pytest.fixture
def say(project: Path, capfd: pytest.CaptureFixture[str]) -> Say:
    """Run a line in this process."""

    def run(*words: str) -> Said:
        capfd.readouterr()
        code = main(list(words))
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return run


@pytest.fixture
def kept(project: Path, say: Say) -> Path:
    """The project with `results@1` and `results@2`, which differ in one file of three."""
    (project / "results" / "plots").mkdir(parents=True)
    (project / "results" / "a.txt").write_text("one\n")
    (project / "results" / "m.json").write_text('{"rmse": 1}')
    (project / "results" / "plots" / "x.png").write_bytes(b"\x89PNG")
    assert say("save", "results").code == 0
    (project / "results" / "a.txt").write_text("two\n")
    assert say("save", "results").code == 0
    return project
