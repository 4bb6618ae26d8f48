"""What a line says by mistake: told for what it is, and nothing is done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbcellar.store import Cellar, RunQuery
from tests.frontends.commands.conftest import Say


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--store", "~nobody-at-all/cellar", "ls"), "~nobody-at-all is not known here"),
        (("restore", "results", "--to", "~nobody-at-all/out"), "~nobody-at-all is not known here"),
        (("--store", "nbcellar.toml", "ls"), "A store is a folder, and a file stands in its place"),
        (("restore", "results", "--match", ""), "was given an empty text for --match"),
        (("save", "results", "--name", ""), "was given an empty text for --name"),
        (("gc", "", "--keep-last", "1"), "was given an empty text for NAME"),
        (("gc", "--keep-last=", "--older-than", "1d"), "was given an empty text for --keep-last"),
        (("--store", "", "gc", "--keep-last", "1"), "was given an empty text for --store"),
        (("diff", "results", ""), "was given an empty text for B"),
        (("export", "results", "out/"), "out/ means a folder"),
        (("import", "results"), "results is no file"),
        (("import", "pipe"), "pipe is no file"),
        (("backup", "nbcellar.toml"), "nbcellar.toml is no folder"),
        (("save", "two\nlines"), r"There is no file 'two\nlines' in"),
        (("tag", "results", "stage=\udcff"), "The value of the tag stage is no Unicode text"),
        (("note", "results", "\udcff"), "The note is no Unicode text"),
    ],
)
def test_a_slip_is_told_and_nothing_is_done(kept: Path, say: Say, words: tuple[str, ...], told: str) -> None:
    os.mkfifo(kept / "pipe")
    before = sorted(kept.iterdir()), len(Cellar.open(kept).runs(RunQuery()))
    said = say(*words)
    assert told in said.err and "Traceback" not in said.err, said
    assert said.code in (2, 3, 4, 5)
    assert (sorted(kept.iterdir()), len(Cellar.open(kept).runs(RunQuery()))) == before
    assert say("check").code == 0
