"""Functions as steps: what they get, what they give, when they run again, and what is refused before."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.model import RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.events import Event, StepFinished, StepTaken
from nbcellar.workflow.history import workflow_status
from nbcellar.workflow.planning import plan_workflow
from nbcellar.workflow.runner import run_workflow
from nbcellar.workflow.workflowrun import WorkflowRun

Write = Callable[..., Path]

KIT = """
    from pathlib import Path
    import nbcellar as cellar
    from helpkit import double

    def load(n: int) -> list:
        return list(range(n))

    def score(data, scale: float = 1.0):
        return {"total": sum(data) * scale, "count": len(data)}

    def read(name):
        return double(int(Path(__file__).with_name(name).read_text()))

    def write(text):
        target = cellar.current.dir / "out" / "text.txt"
        target.parent.mkdir()
        target.write_text(text)
        return target

    def shout(table):
        return Path(table).read_text().upper()

    def strange(x, /, y):
        return x

    async def later():
        return 1

    def fail(n):
        raise ValueError(f"no {n}")
"""
HELP = "def double(n):\n    return 2 * n\n"
CHAIN = """
    cellar: 1
    name: chain
    parameters: {n: 3}
    steps:
      load: {function: loopkit.load, parameters: {n: "${parameters.n}"}}
      score:
        function: loopkit.score
        emits: [total, count]
        mapped_parameters: {data: {map_type: raw, from: load.value}}
"""


@pytest.fixture
def kit(project: Path, write_module: Callable[[str], Path]) -> Path:
    (project / "helpkit.py").write_text(HELP)
    sys.modules.pop("helpkit", None)
    yield write_module(KIT)  # type: ignore[misc]
    sys.modules.pop("helpkit", None)


def again(path: Path, **values: object) -> tuple[WorkflowRun, dict[str, str]]:
    """Run in what could be another process: nothing of the project is imported."""
    for name in ("loopkit", "helpkit"):
        sys.modules.pop(name, None)
    run = run_workflow(path, values)  # type: ignore[arg-type]
    return run, {name: result.status.value for name, result in run.steps.items()}


def test_functions_pass_json_on(kit: Path, write_workflow: Write) -> None:
    run, statuses = again(write_workflow(CHAIN))
    assert statuses == {"load": "succeeded", "score": "succeeded"}
    assert run["load"].result == [0, 1, 2]
    assert run["score"].results == {"total": 3.0, "count": 3}


def test_each_has_a_run_with_its_code_and_parameters(kit: Path, write_workflow: Write, project: Path) -> None:
    again(write_workflow(CHAIN))
    (recorded,) = Cellar.open(project).runs(RunQuery(kinds=(RunKind.FUNCTION,), name="chain-score"))
    assert recorded.params == {"data": [0, 1, 2]}
    assert recorded.code.startswith("def score(data, scale: float=1.0):")
    assert recorded.result == {"total": 3.0, "count": 3}
    assert recorded.status is RunStatus.SUCCEEDED


def test_an_unchanged_function_is_taken(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(CHAIN)
    again(path)
    run, statuses = again(path)
    assert statuses == {"load": "cached", "score": "cached"}
    assert run["score"].results == {"total": 3.0, "count": 3}
    assert "loopkit" not in sys.modules  # taking it imports nothing


def test_another_parameter_runs_it_and_what_is_behind_it(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(CHAIN)
    again(path)
    run, statuses = again(path, n=4)
    assert statuses == {"load": "succeeded", "score": "succeeded"}
    assert run["load"].reason == "n 3 → 4"


def test_changed_code_runs_it_and_a_comment_does_not(kit: Path, write_workflow: Write, write_module: Write) -> None:
    path = write_workflow(CHAIN)
    again(path)
    write_module(KIT.replace("* scale,", "* scale + 1,"))
    run, statuses = again(path)
    assert run["score"].reason == "the code of loopkit.score changed"
    assert run["score"].results["total"] == 4.0
    assert statuses["load"] == "succeeded"  # its module changed


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


def test_it_goes_through_a_list(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(
        """
        cellar: 1
        name: many
        steps:
          load: {function: loopkit.load, for_each: {n: [1, 2, 3]}}
          all: {function: loopkit.score, mapped_parameters: {data: {from: load.value}}}
        """
    )
    run = run_workflow(path)
    assert run["all"].outcome.error.startswith("TypeError")  # it got a list of lists
    assert [each.result for each in run["load"].runs] == [{"value": [0]}, {"value": [0, 1]}, {"value": [0, 1, 2]}]


def test_a_plan_says_what_would_run_and_imports_nothing(kit: Path, write_workflow: Write) -> None:
    path = write_workflow(CHAIN)
    sys.modules.pop("loopkit", None)
    plan = plan_workflow(path)
    assert [(each.step, each.action.value) for each in plan.steps] == [("load", "run"), ("score", "depends")]
    assert "loopkit" not in sys.modules


BAD = [
    ("function: loopkit.laod, parameters: {n: 1}", "loopkit.py has no 'laod'. Did you mean 'load'?"),
    ("function: lopkit.load", "there is no module 'lopkit'. Did you mean 'loopkit'?"),
    ("function: load", "'load' is no function's name."),
    ("function: os.system, parameters: {command: ls}", "'os.system' is not of this project, and nobody allowed it."),
    ("function: loopkit.load", "loopkit.load needs 'n'."),
    ("function: loopkit.load, parameters: {n: 1, m: 2}", "loopkit.load has no argument 'm'."),
    ("function: loopkit.load, parameters: {n: many}", "'n' of loopkit.load expects int, and 'many' is str."),
    ("function: loopkit.strange, parameters: {x: 1, y: 2}", "takes 'x' by position only"),
    ("function: loopkit.later", "'loopkit.later' is async"),
    ("function: loopkit.load, parameters: {n: 1}, emits: [a b]", "'a b' is not a Python identifier."),
    ("function: loopkit.load, parameters: {n: 1}, use: [hist]", "there is no resource 'hist'."),
    ("function: brokenkit.load", "brokenkit.py is no Python (line 1)"),
]


@pytest.mark.parametrize(("step", "message"), BAD)
def test_a_bad_function_step_is_refused_before_anything_is_imported(
    kit: Path, project: Path, write_workflow: Write, step: str, message: str
) -> None:
    (project / "brokenkit.py").write_text("def load(:\n")
    path = write_workflow(f"cellar: 1\nname: bad\nsteps:\n  one: {{{step}}}\n")
    sys.modules.pop("loopkit", None)
    with pytest.raises(InvalidWorkflow) as refused:
        run_workflow(path)
    assert message in str(refused.value)
    assert "flow.yaml:4" in str(refused.value)
    assert "loopkit" not in sys.modules


def test_a_mapping_of_what_no_function_emits_is_refused(kit: Path, write_workflow: Write) -> None:
    with pytest.raises(InvalidWorkflow, match=r"step 'load' emits no 'vlaue'.* Did you mean 'value'"):
        run_workflow(write_workflow(CHAIN.replace("load.value", "load.vlaue")))


def test_what_is_not_of_the_project_needs_leave(
    kit: Path, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_workflow("cellar: 1\nname: sep\nsteps:\n  one: {function: os.path.basename, parameters: {p: a/b}}\n")
    monkeypatch.setenv("NBCELLAR_ALLOWED_TYPES", "os.path.basename")
    assert run_workflow(path)["one"].result == "b"


def test_a_borrowed_function_is_not_of_the_project(kit: Path, write_module: Write, write_workflow: Write) -> None:
    write_module("from os.path import basename\n")
    path = write_workflow("cellar: 1\nname: sep\nsteps:\n  one: {function: loopkit.basename, parameters: {p: a/b}}\n")
    run = run_workflow(path)
    assert run["one"].status is RunStatus.FAILED
    assert "of somebody else" in run["one"].outcome.error


def test_a_type_of_the_project_needs_leave_too(
    kit: Path, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NBCELLAR_ALLOWED_TYPES")
    text = CHAIN + "    resources: [{id: hist, type: loopkit.Histogram, scope: runner}]\n"
    sys.modules.pop("loopkit", None)
    with pytest.raises(InvalidWorkflow, match=r"resources.hist.type: 'loopkit.Histogram' may not be imported"):
        run_workflow(write_workflow(text))
    assert "loopkit" not in sys.modules


def test_a_live_object_goes_from_function_to_function(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    lock = threading.Lock()
    workflow = cellar.Workflow("live")
    first = workflow.function(lambda: {"lock": lock, "n": 3}, id="first", emits=["lock", "n"])
    workflow.function(
        lambda lock, n: (lock is _of(lock), n)[1],
        id="second",
        lock=cellar.object(first, "lock"),
        n=cellar.raw(first, "n"),
    )
    for _ in range(2):
        run = workflow.run().wait().check()
        assert run["first"].emitted["lock"] is lock
        assert run["second"].result == 3
        assert run["first"].status is RunStatus.SUCCEEDED  # never taken
    assert run["first"].reason == "'second' takes a live object from it"


def _of(value: object) -> object:
    return value


@pytest.mark.parametrize(
    ("value", "message"), [(None, "returned nothing"), (5, "returned a int"), ({"a": 1}, "emits b, which is not in")]
)
def test_several_values_are_returned_as_a_dict(
    project: Path, monkeypatch: pytest.MonkeyPatch, value: object, message: str
) -> None:
    monkeypatch.chdir(project)
    workflow = cellar.Workflow("several")
    workflow.function(lambda: value, id="one", emits=["a", "b"], cache=False)
    assert message in workflow.run().wait()["one"].outcome.error


def test_what_is_no_json_cannot_be_mapped_as_such(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    workflow = cellar.Workflow("raw")
    first = workflow.function(lambda: {1, 2}, id="first")
    workflow.function(lambda x: x, id="second", x=cellar.raw(first, "value"))
    run = workflow.run().wait()
    assert "What step 'first' emits as 'value' is no JSON" in run["second"].outcome.error


def test_a_notebook_takes_no_live_object(kit: Path, write_notebook: Write, write_workflow: Write) -> None:
    write_notebook("use.ipynb", "#parameters\ndata = []", "len(data)")
    text = CHAIN + "      use: {notebook: use.ipynb, mapped_parameters: {data: {map_type: object, from: load.value}}}\n"
    with pytest.raises(InvalidWorkflow, match="a notebook runs in another process, where no live object can go"):
        run_workflow(write_workflow(text))


def test_a_function_that_takes_too_long_is_ended(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)

    def spin() -> None:
        while True:
            pass

    workflow = cellar.Workflow("slow")
    workflow.function(spin, timeout=0.2)
    run = workflow.run().wait()
    assert "took longer than 0.2 s" in run["spin"].outcome.error


def test_cancelling_interrupts_a_function(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    begun = threading.Event()

    def spin() -> None:
        begun.set()
        while True:
            pass

    workflow = cellar.Workflow("endless")
    workflow.function(spin)
    run = workflow.run()
    assert begun.wait(60)
    run.cancel()
    run.wait()
    assert run.status is RunStatus.INTERRUPTED
    assert run["spin"].status is RunStatus.INTERRUPTED


def test_a_secret_is_seen_by_the_function_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("LAB_TOKEN", "swordfish-77")
    workflow = cellar.Workflow("secret")
    workflow.function(lambda token: token, id="one", token={"secret": "env:LAB_TOKEN"})
    workflow.function(lambda token: token, id="two", token={"secret": "env:LAB_TOKEN"}, cache=False)
    run = workflow.run().wait().check()
    assert run["one"].emitted["value"] == "swordfish-77"
    for path in (project / ".cellar").rglob("*"):
        assert not path.is_file() or b"swordfish" not in path.read_bytes(), path


def test_a_module_that_was_edited_after_its_import_is_told_before_anything_runs(
    project: Path, write_module: Callable[[str], Path]
) -> None:
    (project / "helpkit_edited.py").write_text("def double(n):\n    return 2 * n\n")
    write_module("from helpkit_edited import double\n\ndef load(n: int = 1):\n    return double(n)\n")
    flow = cellar.Workflow("edited", folder=project)
    flow.function("loopkit.load", id="load")
    assert flow.run().wait()["load"].result == 2

    (project / "helpkit_edited.py").write_text("def double(n):\n    return 2 * n + 1\n")
    with pytest.raises(InvalidWorkflow, match=r"helpkit_edited was edited after this process imported it") as caught:
        flow.run()
    assert "importlib.reload(sys.modules['helpkit_edited'])" in "\n".join(caught.value.problems)

    for name in ("helpkit_edited", "loopkit"):
        importlib.reload(sys.modules[name])
    step = flow.run().wait()["load"]
    assert (step.result, step.reason) == (3, "helpkit_edited.py changed")
    sys.modules.pop("helpkit_edited")
