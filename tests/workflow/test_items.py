"""The items of a ``for_each``, which run side by side and write the same names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.workflow.runs.runner import run_workflow

pytestmark = pytest.mark.slow

Write = Callable[..., Path]

MEETING = """%%task plot
import pathlib, time
pathlib.Path("plot.txt").write_text(item)
pathlib.Path(place, item).touch()
until = time.monotonic() + 60
while len(list(pathlib.Path(place).iterdir())) < 2 and time.monotonic() < until:
    time.sleep(0.05)
from marks import mark
mark(item)
"""
"""Ends only when the other item has written its file too."""


def test_each_item_keeps_its_own_file_and_finds_the_modules_beside_its_notebook(
    project: Path, tmp_path: Path, write_notebook: Write, write_workflow: Write
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (project / "sub").mkdir()
    (project / "sub/marks.py").write_text("def mark(text):\n    return text + '!'\n")
    write_notebook("sub/one.ipynb", f"#parameters\nitem = ''\nplace = {str(place)!r}", MEETING)
    path = write_workflow(
        "cellar: 1\nname: f\nsteps: {one: {notebook: sub/one.ipynb, for_each: {item: [a, b]}}}\n"
        "publish: {one/plot.txt: out/}\n"
    )
    run = run_workflow(path, jobs=2)
    assert run.succeeded, run.run.error
    assert run["one"].results == {"plot": ["a!", "b!"]}
    assert {path.name: path.read_text() for path in (project / "out").iterdir()} == {
        "plot-0.txt": "a",
        "plot-1.txt": "b",
    }
    assert not (project / "sub/plot.txt").exists()

    (project / "sub/marks.py").write_text("def mark(text):\n    return text + '?'\n")
    again = run_workflow(path, jobs=2)
    assert "sub/marks.py changed" in again.steps["one"].reason


def test_what_lies_beside_the_notebook_is_named_or_the_task_runs_there(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    (project / "d.txt").write_text("d")
    write_notebook("named.ipynb", "#parameters\nitem = ''", "%%task t --in d.txt\nopen('d.txt').read() + item")
    write_notebook("there.ipynb", "#parameters\nitem = ''", "%%task t --at .\nopen('d.txt').read() + item")
    write_notebook("lost.ipynb", "#parameters\nitem = ''", "%%task t\nopen('d.txt').read() + item")
    steps = "".join(
        f"  {name}: {{notebook: {name}.ipynb, for_each: {{item: [a, b]}}}}\n" for name in ("named", "there", "lost")
    )
    run = run_workflow(write_workflow(f"cellar: 1\nname: f\nsteps:\n{steps}"))
    assert run["named"].result == run["there"].result == ["da", "db"]
    assert "No such file or directory: 'd.txt'" in run.steps["lost"].error
    (text, *_) = run["lost"].notebook.read().split(b"FileNotFoundError: ")[1:]
    assert b"Add `--in d.txt`, or let the task run where you are: `--at .`" in run["lost"].notebook.read(), text


def test_a_file_that_one_item_alone_made_is_copied_under_its_name(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("one.ipynb", "#parameters\nitem = ''", "%%task t\nopen(f'{item}.txt', 'w').write(item)")
    path = write_workflow(
        "cellar: 1\nname: f\nsteps: {one: {notebook: one.ipynb, for_each: {item: [a, b]}}}\n"
        "publish: {one/b.txt: out/}\n"
    )
    run = run_workflow(path)
    assert run.succeeded, run.run.error
    assert [path.name for path in (project / "out").iterdir()] == ["b.txt"]
