"""A notebook that failed further down goes on: its finished task cells are taken where that is sound, and else run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.model import RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun

pytestmark = pytest.mark.slow
Write = Callable[..., Path]
FLOW = "cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb, parameters: {factor: 2}}}\n"
HEAD = ("#parameters\nfactor = 1", "import os, pathlib\nrows = [1, 2, 3]")
"""What every notebook begins with; ``ran`` is a file beside the project with the names of the bodies that ran."""
LOAD = """
    %%task load -> loaded
    with open(os.environ["RAN"], "a") as file: file.write("load ")
    table = [int(word) * factor for word in open("raw.txt").read().split()]
    pathlib.Path("table.txt").write_text(str(table))
    print("loaded")
    len(table)
"""
SCORE = """
    %%task score
    with open(os.environ["RAN"], "a") as file: file.write("score ")
    total = sum(table) + sum(rows)
    if os.path.exists("fail"): raise ValueError("not yet")
    total
"""


@pytest.fixture
def book(project: Path, write_notebook: Write, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Write ``a.ipynb`` of cells, run it once, and say which bodies ran."""
    (project / "raw.txt").write_text("1 2 3")
    (project / "flow.yaml").write_text(FLOW)
    ran = project.parent / "ran"
    monkeypatch.setenv("RAN", str(ran))

    def run(*cells: str, fails: bool = False, force: bool = False) -> list[str]:
        ran.write_text("")
        write_notebook("a.ipynb", *HEAD, *cells)
        (project / "fail").touch() if fails else (project / "fail").unlink(missing_ok=True)
        run.last = run_workflow(project / "flow.yaml", force=force)  # type: ignore[attr-defined]
        assert run.last.succeeded is not fails, run.last.run.error  # type: ignore[attr-defined]
        return ran.read_text().split()

    return run


def tasks(book: object) -> list[tuple[str, str]]:
    last: WorkflowRun = book.last  # type: ignore[attr-defined]
    return [(task.ref, task.status.value) for task in last["a"].tasks]


def why(book: object, project: Path) -> str:
    """Why the newest task ``load`` ran again."""
    (task, *_) = Cellar.open(project).runs(RunQuery(kinds=(RunKind.TASK,), name="load"))
    return str(task.detail.get("runs_again", ""))


def test_finished_tasks_are_taken_and_the_outcome_is_that_of_a_whole_run(
    book: Callable[..., list[str]], project: Path
) -> None:
    assert book(LOAD, "rows += [4]", SCORE, fails=True) == ["load", "score"]
    kept = project / ".cellar/cache/results"
    assert len(list(kept.iterdir())) == 1
    (project / "table.txt").unlink()
    assert book(LOAD, "rows += [4]", SCORE, fails=True) == ["score"]  # and again from there
    edited = SCORE.replace("not yet", "no")
    assert book(LOAD, "rows += [4]", edited, "print(table, loaded.ref)") == ["score"]
    assert tasks(book) == [("load@3", "cached"), ("score@3", "succeeded")]
    assert (project / "table.txt").read_text() == "[2, 4, 6]"
    run: WorkflowRun = book.last  # type: ignore[attr-defined]
    assert run["a"].results == {"load": 3, "score": 22}
    text = run["a"].notebook.read().decode()
    assert "loaded\\n" in text and "[2, 4, 6] load@1" in text
    assert "load@1 finished" in text and "before its notebook failed" in text
    assert list(kept.iterdir()) == []  # nobody goes on from here
    assert book(LOAD, "rows += [4]", edited, "print(table, loaded.ref)", force=True) == ["load", "score"]


def test_what_changed_runs_again_and_says_why(book: Callable[..., list[str]], project: Path) -> None:
    book(LOAD, SCORE, fails=True)
    (project / "raw.txt").write_text("1 2 4")
    assert book(LOAD, SCORE, fails=True) == ["load", "score"]
    assert why(book, project) == "input raw.txt changed"
    assert book(LOAD, SCORE, fails=True, force=True) == ["load", "score"]
    assert book(LOAD.replace("* factor", "* (factor + 1)"), SCORE, fails=True) == ["load", "score"]
    assert why(book, project) == "load@3 finished, and what it depends on changed"
    (project / "flow.yaml").write_text(FLOW.replace("a.ipynb,", "a.ipynb, cache: false,"))
    assert book(LOAD, SCORE) == ["load", "score"] and why(book, project) == ""


def task(name: str, *lines: str) -> str:
    """A cell that tells that its body ran."""
    head = f"%%task {name}\nwith open(os.environ['RAN'], 'a') as file: file.write('{name} ')"
    return "\n".join((head, *lines))


def test_a_task_runs_again_where_something_that_other_cells_read_could_not_be_kept(
    book: Callable[..., list[str]], project: Path
) -> None:
    cells = (
        "import threading",
        task("load", "guard = threading.Lock()"),
        task("large", "big = b'x' * 20_000_000"),
        task("inner", "mutex = threading.Lock()", "def held():\n    return mutex.locked()"),
        task("alone", "lock = threading.Lock()", "kept = 1"),
        "guard.locked(), len(big), held(), kept",
        task("score", "if os.path.exists('fail'): raise ValueError"),
    )
    book(*cells, fails=True)
    assert book(*cells) == ["load", "large", "inner", "score"]
    assert "guard" in why(book, project) and "lock" in why(book, project)


def test_a_body_that_does_what_no_hit_repeats_runs_again(book: Callable[..., list[str]]) -> None:
    start = "thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)\nthread.start()"
    cells = (
        "import threading, time",
        task("magic", "%matplotlib --list"),
        task("shell", "!true"),
        task("variable", "os.environ['A'] = 'b'"),
        task("patched", "import json", "json.loading = 1"),
        task("threaded", start),
        task("plain", "1 + 1"),
        task("score", "if os.path.exists('fail'): raise ValueError"),
    )
    book(*cells, fails=True)
    assert book(*cells) == ["magic", "shell", "variable", "patched", "threaded", "score"]


def test_a_killed_kernel_is_gone_on_from_too(book: Callable[..., list[str]], project: Path) -> None:
    dies = SCORE.replace('raise ValueError("not yet")', "os.kill(os.getpid(), 9)")
    assert book(LOAD, dies, fails=True) == ["load", "score"]
    assert book(LOAD, dies) == ["score"]
    assert os.path.exists(project / "table.txt")
    (run,) = Cellar.open(project).runs(RunQuery(kinds=(RunKind.NOTEBOOK,), statuses=(RunStatus.SUCCEEDED,)))
    assert run.name == "flow-a"
