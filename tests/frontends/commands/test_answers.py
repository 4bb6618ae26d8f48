"""Answers in Python and in a kernel, and a store that two processes use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbcellar as cellar
from nbcellar.frontends.commands.registry import VERBS
from nbcellar.store import RunQuery, current
from tests.frontends.commands.conftest import Say


def test_each_verb_is_a_function_of_the_module() -> None:
    for verb in VERBS:
        assert callable(getattr(cellar, {"import": "import_", "open": "open_"}.get(verb, verb))), verb


def test_answers_read_well_as_text_html_and_json(kept: Path) -> None:
    for answer in (
        cellar.ls(),
        cellar.ls("results"),
        cellar.ls("results@1"),
        cellar.show("results"),
        cellar.log(),
        cellar.diff("results"),
        cellar.trash(),
        cellar.du(),
        cellar.graph("results"),
        cellar.cat("results/results/a.txt"),
        cellar.check(),
        cellar.config(),
    ):
        assert "\n" not in repr(answer)
        bundle = answer._repr_mimebundle_()
        assert str(answer) == bundle["text/plain"]
        assert bundle["text/plain"]
        assert str(bundle["text/html"]).startswith("<div")
        assert "<script" not in str(bundle["text/html"])
        ours = bundle[f"application/vnd.nbcellar.{answer.verb}+json"]
        assert isinstance(ours, dict)
        assert ours["schema"] == f"nbcellar/{answer.verb}/1"
        json.dumps(ours)


def test_python_answers_hold_records(kept: Path) -> None:
    assert [one.name for one in cellar.ls()] == ["results"]
    assert [run.number for run in cellar.log("results")] == [2, 1]
    assert next(iter(cellar.ls("results@1"))).name == b"results/a.txt"
    assert cellar.restore("results@1", "out").paths["results/a.txt"].read_text() == "one\n"
    assert [run.ref for run in current().runs(RunQuery(limit=1))] == ["results@2"]


def test_a_new_process_sees_what_another_saved(kept: Path, say: Say) -> None:
    (kept / "b.txt").write_text("b")
    subprocess.run([sys.executable, "-m", "nbcellar", "save", "b.txt"], cwd=kept, check=True, capture_output=True)
    assert say("cat", "b/b.txt").out == "b"
