"""No run is decided by the one before where anything at all has changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.frontends.commands.running import Ran, run
from nbcellar.model import LabelKind, Run
from nbcellar.store import Cellar
from tests.workflow.precedents.precedentkit import repeat, rewrite, settle


def put_in_place(path: Path) -> None:
    """Another file of the same name, length, content and time."""
    other = path.with_name("other")
    shutil.copy2(path, other)
    other.replace(path)


def on(home: Path, act: Callable[[Cellar, Run], object]) -> None:
    """Do something with the run of the task."""
    cellar = Cellar.open(home)
    act(cellar, cellar.find("tidy"))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a notebook": lambda home: rewrite(home / "fit.ipynb", "year", "yeah"),
    "a notebook that was put in place of one": lambda home: put_in_place(home / "each.ipynb"),
    "the notebook of an inner workflow": lambda home: rewrite(home / "inner" / "deep.ipynb", "deep", "peed"),
    "a notebook that is gone": lambda home: (home / "each.ipynb").unlink(),
    "the workflow file": lambda home: rewrite(home / "flow.yaml", "word: abc", "word: abd"),
    "an inner workflow": lambda home: rewrite(home / "inner" / "inner.yaml", "deep:", "peed:"),
    "a file that was read": lambda home: rewrite(home / "data" / "birds.csv", "tit", "owl"),
    "a file that is gone": lambda home: (home / "data" / "birds.csv").unlink(),
    "a module that was imported": lambda home: rewrite(home / "reading.py", ",", ";"),
    "the names in a folder": lambda home: (home / "data" / "more.csv").touch(),
    "the files of a pattern": lambda home: (home / "extra" / "two.txt").touch(),
    "a file of a pattern": lambda home: rewrite(home / "extra" / "one.txt", "1", "2"),
    "a copy for people": lambda home: rewrite(home / "out" / "tidy.csv", "TIT", "OWL"),
    "a copy for people that is gone": lambda home: (home / "out" / "tidy.csv").unlink(),
    "a file that a notebook wrote": lambda home: (home / "inner" / "deep.txt").unlink(),
    "an executed notebook's copy": lambda home: (home / "runs" / "scan.ipynb").unlink(),
    "an asset in the trash": lambda home: on(home, lambda cellar, task: cellar.remove(task)),
    "an asset that was put back": lambda home: on(
        home, lambda cellar, task: (cellar.remove(task), cellar.put_back(task))
    ),
    "a label": lambda home: on(home, lambda cellar, task: cellar.label(task, LabelKind.TAG, "good", "")),
    "a record": lambda home: on(home, lambda cellar, _task: cellar.record("score", {}, {"n": 1})),
    "a run with other parameters": lambda home: run(home / "flow.yaml", {"word": "xyz"}, quiet=True),
    "a setting": lambda home: (home / "nbcellar.toml").write_text('kernels = "cold"\n'),
    "a variable": lambda _home: os.environ.__setitem__("FLOW_MODE", "slow"),
    "a secret that is not set": lambda _home: os.environ.__delitem__("FLOW_TOKEN"),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_decided_where_something_changed(home: Path, change: str) -> None:
    CHANGES[change](home)
    assert repeat(home) is None


@pytest.mark.slow
def test_a_notebook_runs_again_where_a_file_is_gone_that_it_alone_holds(home: Path) -> None:
    written = home / "inner" / "deep.txt"
    written.unlink()
    ran = run(home / "flow.yaml", quiet=True)
    assert isinstance(ran, Ran)
    reasons = {one.outcome.step: one.outcome.reason for one in ran.status.steps}
    assert reasons["inner.deep"] == "inner/deep.txt, which it wrote, is gone"
    assert written.read_text() == "deep\n"
    settle(home)


@pytest.mark.slow
def test_text_of_a_notebook_makes_a_plan_and_then_a_precedent_again(home: Path) -> None:
    path = home / "each.ipynb"
    path.write_text(
        path.read_text().replace(
            '"cells": [', '"cells": [{"cell_type": "markdown", "id": "m", "metadata": {}, "source": "Hm"}, ', 1
        )
    )
    assert repeat(home) is None
    settle(home)
