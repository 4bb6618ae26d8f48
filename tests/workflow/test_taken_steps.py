"""What a run shows of steps that it took from earlier runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbcellar.frontends.commands.running import run
from nbcellar.store import Cellar
from nbcellar.workflow.runs.repetition import repeat_workflow
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.views.runpage import text
from nbcellar.workflow.views.runview import RunView
from tests.workflow.precedents.precedentkit import settle

FLOW = "cellar: 1\nname: flow\nsteps: {clean: {notebook: clean.ipynb}}\n"


def test_a_taken_step_shows_what_the_earlier_run_made(
    write_notebook: Callable[..., Path], write_workflow: Callable[..., Path]
) -> None:
    write_notebook("clean.ipynb", "%load_ext nbcellar", "%%task tidy\nopen('tidy.csv', 'w').write('x')\nNone")
    path = write_workflow(FLOW)
    cellar = Cellar.open(path.parent)
    first = run_workflow(path, cellar=cellar)
    assert first.view.steps["clean"].made == ("tidy@1",)
    again = run_workflow(path, cellar=cellar)
    assert again.view.steps["clean"].word == "cached"
    assert again.view.steps["clean"].made == ("tidy@1",)
    assert "tidy@1" in text(again.view)


def test_so_does_a_run_that_is_not_planned(
    write_notebook: Callable[..., Path], write_workflow: Callable[..., Path]
) -> None:
    write_notebook("clean.ipynb", "%load_ext nbcellar", "%%task tidy\nopen('tidy.csv', 'w').write('x')\nNone")
    path = write_workflow(FLOW)
    run(path, quiet=True)
    settle(path.parent)
    view = RunView("", {})
    assert repeat_workflow(Cellar.open(path.parent), path, {}, RunOptions(1), view.hear)
    assert view.steps["clean"].made == ("tidy@1",)
