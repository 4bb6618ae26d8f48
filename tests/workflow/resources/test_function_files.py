"""Functions and files: what they read is known, what they leave is an asset."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.model import RunKind
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.history import workflow_status
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.views.events import Event, StepFinished, StepTaken
from tests.workflow.resources.functionkit import HELP, Write, again


def test_a_file_or_module_that_it_reads_is_known(kit: Path, project: Path, write_workflow: Write) -> None:
    path = write_workflow(
        "cellar: 1\nname: one\nsteps:\n  read: {function: loopkit.read, parameters: {name: number.txt}}\n"
    )
    (project / "number.txt").write_text("4")
    assert again(path)[0]["read"].result == 8
    assert again(path)[1] == {"read": "cached"}
    (project / "number.txt").write_text("5")
    run, _ = again(path)
    assert (run["read"].result, run["read"].reason) == (10, "number.txt changed")
    (project / "helpkit.py").write_text(HELP.replace("2", "3"))
    stamp = (project / "helpkit.py").stat().st_mtime_ns + 2 * 10**9
    os.utime(project / "helpkit.py", ns=(stamp, stamp))
    run, _ = again(path)
    assert (run["read"].result, run["read"].reason) == (15, "helpkit.py changed")


def test_a_folder_that_it_depends_on_is_without_the_store_and_what_running_makes(
    kit: Path, project: Path, write_workflow: Write
) -> None:
    path = write_workflow(
        "cellar: 1\nname: all\nsteps:\n  all: {function: loopkit.shout, inputs: [.], parameters: {table: text}}\n"
    )
    (project / "text").write_text("a")
    assert again(path)[1] == {"all": "succeeded"}
    (project / ".ipynb_checkpoints").mkdir()
    (project / ".ipynb_checkpoints" / "a.ipynb").touch()
    assert again(path)[1] == {"all": "cached"}
    (project / ".zgroup").touch()
    run, _ = again(path)
    assert run["all"].reason == ".zgroup is new"


def test_it_runs_again_where_a_file_is_gone_that_it_wrote_beside_its_folder(
    project: Path, write_module: Write, write_workflow: Write
) -> None:
    write_module(
        """
        from pathlib import Path
        import nbcellar as cellar

        def export():
            (cellar.current.dir / "own.txt").write_text("its own")
            Path("scratch.txt").write_text("removed again")
            Path("scratch.txt").unlink()
            Path("table.txt").write_text("for others")
        """
    )
    path = write_workflow("cellar: 1\nname: one\nsteps: {export: {function: loopkit.export}}\n")
    run, _ = again(path)
    assert run["export"].runs[0].detail["writes"] == ["table.txt"]
    (project / "table.txt").write_text("appended to by somebody")
    assert again(path)[1] == {"export": "cached"}
    (project / "table.txt").unlink()
    run, _ = again(path)
    assert run["export"].reason == "table.txt, which it wrote, is gone"
    assert (project / "table.txt").read_text() == "for others"
    assert again(path)[1] == {"export": "cached"}


FILES = """
    cellar: 1
    name: files
    steps:
      write: {function: loopkit.write, parameters: {text: hello}}
      shout:
        function: loopkit.shout
        mapped_parameters: {table: {map_type: file, from: write.value}}
      named:
        function: loopkit.shout
        mapped_parameters: {table: {map_type: file, from: write.write, path: "out/*.txt"}}
    publish: {write/out/text.txt: public/}
"""


def test_files_that_it_leaves_are_an_asset_that_others_take(kit: Path, project: Path, write_workflow: Write) -> None:
    events: list[Event] = []
    run = run_workflow(write_workflow(FILES), listener=events.append)
    assert run.succeeded, run.run.error
    assert run["shout"].result == "HELLO"
    assert run["named"].result == "HELLO"
    assert (project / "public/text.txt").read_text() == "hello"
    products = [event.products for event in events if isinstance(event, StepFinished) and event.step == "write"]
    assert [(each.ref, each.file_count) for each in products[0]] == [("files-write@1", 1)]
    assert not list((project / ".cellar/work").glob("*"))
    (reader,) = Cellar.open(project).runs(RunQuery(name="files-shout"))
    assert "files-write@1/out/text.txt" in [each.path for each in reader.inputs]
    (made,) = workflow_status(Cellar.open(project), run.run).steps[0].products
    assert made.ref == "files-write@1"
    assert os.getcwd() == str(project)


def test_a_taken_function_gives_its_files_too(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(FILES)
    again(path)
    events: list[Event] = []
    for name in ("loopkit", "helpkit"):
        sys.modules.pop(name, None)
    run = run_workflow(path, listener=events.append)
    assert [event.step for event in events if isinstance(event, StepTaken)] == ["write", "shout", "named"]
    assert run.succeeded


def test_a_failed_function_keeps_what_it_said(kit: Path, project: Path, write_workflow: Write) -> None:
    path = write_workflow(
        """
        cellar: 1
        name: bad
        steps:
          fail: {function: loopkit.fail, parameters: {n: 3}, retries: 1}
          load: {function: loopkit.load, parameters: {n: 1}}
          behind: {function: loopkit.load, parameters: {n: 1}, needs: [fail]}
        """
    )
    run, statuses = again(path)
    assert statuses == {"fail": "failed", "load": "succeeded", "behind": "skipped"}
    assert run["fail"].outcome.error == "ValueError: no 3"
    with pytest.raises(cellar.RunError, match="fail: ValueError: no 3") as raised:
        run.check()
    assert isinstance(raised.value.__cause__, ValueError)
    logged = cellar.logs("latest", "fail")
    assert "loopkit.py" in logged.parts[0][1]
    assert "functions.py" not in logged.parts[0][1]
    attempts = Cellar.open(project).runs(RunQuery(kinds=(RunKind.FUNCTION,), name="bad-fail"))
    assert sorted(each.detail["attempt"] for each in attempts) == [1, 2]  # type: ignore[type-var]
