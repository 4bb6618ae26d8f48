"""A run that the last one decides: recorded as if it had been planned, and none where anything at all has changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow
from nbcellar.frontends.commands.running import Ran, run
from nbcellar.lightclasses import replace
from nbcellar.model import JSON, LabelKind, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.repetition import Repetition, repeat_workflow
from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.views.events import Event, ignore
from tests.workflow.conftest import notebook_json

TRIES = 200
FLOW = """
    cellar: 1
    name: flow
    parameters: {year: 2024, word: abc}
    steps:
      scan: {notebook: scan.ipynb}
      fit:
        notebook: fit.ipynb
        parameters: {year: "${parameters.year}", token: {secret: "env:FLOW_TOKEN"}}
        mapped_parameters: {table: {map_type: file, from: scan.tidy, path: tidy.csv}}
        depends_on_env: [FLOW_MODE]
        inputs: ["extra/*.txt"]
      each: {notebook: each.ipynb, for_each: {n: [1, 2]}, needs: [fit]}
      late: {notebook: each.ipynb, when: parameters.year > 3000}
      inner: {workflow: inner/inner.yaml}
    publish: {scan.tidy/tidy.csv: out/tidy.csv}
    notebooks_to: runs/
"""
NOTEBOOKS = {
    "scan.ipynb": (
        "import os\nimport reading\nnames = os.listdir('data')\ntext = open('data/birds.csv').read()",
        "%%task tidy\nopen('tidy.csv', 'w').write(text.upper())\nNone",
    ),
    "fit.ipynb": ("#parameters\nyear = 1\ntoken = ''\ntable = ''", "print(open(table).read(), year)"),
    "each.ipynb": ("#parameters\nn = 0", "print(n)"),
    "inner/deep.ipynb": ("print('deep', file=open('deep.txt', 'w'))",),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which everything has run once."""
    home = tmp_path_factory.mktemp("finished") / "project"
    for name, cells in NOTEBOOKS.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(notebook_json("import nbcellar as cellar\n%load_ext nbcellar", *cells))
    (home / "pyproject.toml").write_text('[tool.nbcellar]\nproject = "study"\n')
    (home / "flow.yaml").write_text(textwrap.dedent(FLOW))
    (home / "inner" / "inner.yaml").write_text("cellar: 1\nname: inner\nsteps: {deep: {notebook: deep.ipynb}}\n")
    (home / "reading.py").write_text("SEPARATOR = ','\n")
    for name, text in (("data/birds.csv", "tit,9\n"), ("extra/one.txt", "1")):
        (home / name).parent.mkdir()
        (home / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLOW_MODE", "fast")
        patch.setenv("FLOW_TOKEN", "hushhush")
        ran = run(home / "flow.yaml", quiet=True)
    assert isinstance(ran, Ran)
    assert ran.run.status is RunStatus.SUCCEEDED, ran.run.error
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which a run has been decided by the one before."""
    monkeypatch.setenv("FLOW_MODE", "fast")
    monkeypatch.setenv("FLOW_TOKEN", "hushhush")
    home = tmp_path / "project"
    shutil.copytree(finished, home, symlinks=True)
    settle(home)
    return home


def settle(home: Path) -> Run:
    """Run until the last run decides the next one: files are trusted a moment after they changed."""
    for _ in range(TRIES):
        ran = run(home / "flow.yaml", quiet=True)
        assert isinstance(ran, Ran)
        outcomes = {one.outcome.status for one in ran.status.steps}
        assert outcomes <= {RunStatus.CACHED, RunStatus.SKIPPED}, [one.outcome for one in ran.status.steps]
        if "repeats" in ran.run.detail:
            return ran.run
    raise AssertionError(f"no run was decided by the one before in {TRIES} tries")


def repeat(
    home: Path, parameters: dict[str, JSON] | None = None, listen: list[Event] | None = None
) -> Repetition | None:
    """Run it if the last run decides it."""
    listener = ignore if listen is None else listen.append
    return repeat_workflow(Cellar.open(home), home / "flow.yaml", parameters or {}, RunOptions(1), listener)


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a file so that only its inode's time of change tells: as long as before, its time put back."""
    before = path.stat()
    text = path.read_text()
    assert old in text and len(old) == len(new)
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


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
def test_a_decided_run_is_recorded_and_told_as_a_planned_one(home: Path) -> None:
    told: list[Event] = []
    repetition = repeat(home, listen=told)
    assert repetition is not None
    planned: list[Event] = []
    other = run_workflow(home / "flow.yaml", cellar=Cellar.open(home), listener=planned.append)
    assert plain(told) == plain(planned)
    cellar = Cellar.open(home)
    one, two = (cellar.run(each.id) for each in (repetition.run, other.run))
    assert "repeats" in one.detail
    assert plain([without(one)]) == plain([without(two)])
    assert plain([dict(repetition.steps)]) == plain([dict(other.steps)])


def plain(what: list[object] | list[Event]) -> list[str]:
    """As text, without what each run has of its own: ids, numbers, times, an order of steps."""
    texts = [re.sub(r"[0-9A-Z]{26}|flow@\d+|\([^()]* ago\)|seconds=[\d.e-]+", "…", repr(each)) for each in what]
    return sorted(re.sub(r"steps=\([^)]*\)", "", text) for text in texts)


def without(run: Run) -> object:
    """A run without what it alone has."""
    detail = {name: value for name, value in sorted(run.detail.items()) if name != "repeats"}
    origin = {name: value for name, value in run.origin.items() if name != "packages"}
    fields = (run.kind, run.project, run.name, run.status, run.params, run.code, run.error, run.parent, run.asset)
    return [*fields, sorted(origin.items()), {name: _sorted(value) for name, value in detail.items()}]


def _sorted(value: JSON) -> JSON:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


@pytest.mark.slow
def test_one_decided_run_after_the_other(home: Path) -> None:
    first, second = repeat(home), repeat(home)
    assert first is not None
    assert second is not None
    assert second.run.number == first.run.number + 1
    assert second.run.detail["repeats"] == first.run.detail["repeats"]


@pytest.mark.slow
def test_what_else_is_saved_meanwhile_changes_nothing(home: Path) -> None:
    cellar = Cellar.open(home)
    cellar.publish(replace(cellar.open_run(RunKind.TASK, "notes"), status=RunStatus.SUCCEEDED))
    assert repeat(home) is not None


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


@pytest.mark.slow
def test_parameters_and_options_that_are_others(home: Path) -> None:
    assert repeat(home, {"year": 2024}) is None
    assert repeat(home, {"nope": 1}) is None
    cellar, path = Cellar.open(home), home / "flow.yaml"
    assert repeat_workflow(cellar, path, {}, RunOptions(1, force=True), ignore) is None
    assert repeat_workflow(cellar, path, {}, RunOptions(1, start_from="fit"), ignore) is None
    assert repeat_workflow(cellar, home / "none.yaml", {}, RunOptions(1), ignore) is None
    assert repeat(home) is not None


@pytest.mark.slow
def test_another_program_decides_for_itself(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "4.0")
        assert repeat(home) is None
    assert repeat(home) is not None


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "a folder"])
def test_a_damaged_precedent_is_none(home: Path, damage: str) -> None:
    (path,) = (home / ".cellar" / "cache" / "precedents").iterdir()
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "empty":
            path.touch()
        case "cut":
            path.write_bytes(content[:-3])
        case "flipped":
            path.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
        case _:
            path.mkdir()
    assert repeat(home) is None


@pytest.mark.slow
def test_a_run_that_something_forced_leaves_no_precedent(home: Path) -> None:
    (path,) = (home / ".cellar" / "cache" / "precedents").iterdir()
    path.unlink()
    rewrite(home / "data" / "birds.csv", "tit", "owl")
    assert isinstance(ran := run(home / "flow.yaml", quiet=True), Ran)
    assert ran.run.status is RunStatus.SUCCEEDED
    assert not path.exists()


@pytest.mark.slow
def test_a_kernel_that_is_gone_is_missed_and_one_that_came_back_is_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, away = home / "share" / "kernels" / "own", home / "away"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "own", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(home / "share"))
    (home / "flow.yaml").write_text("cellar: 1\nname: own\nsteps: {deep: {notebook: inner/deep.ipynb, kernel: own}}\n")
    assert isinstance(run(home / "flow.yaml", quiet=True), Ran)
    settle(home)
    spec.rename(away)
    assert repeat(home) is None
    with pytest.raises(InvalidWorkflow, match=r"flow.yaml:3: steps.deep.kernel: there is no kernel 'own'"):
        run(home / "flow.yaml", quiet=True)
    away.rename(spec)
    assert repeat(home) is not None


NEVER = {
    "functions": "steps: {add: {function: mine.add}}",
    "ages": "steps: {deep: {notebook: inner/deep.ipynb, cache: 7d}}",
    "no cache": "steps: {deep: {notebook: inner/deep.ipynb, cache: false}}",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", NEVER)
def test_what_files_cannot_tell_is_always_planned(home: Path, kind: str) -> None:
    (home / "mine.py").write_text("def add():\n    return 1\n")
    (home / "flow.yaml").write_text(f"cellar: 1\nname: other\n{NEVER[kind]}\n")
    for _ in range(3):
        assert isinstance(ran := run(home / "flow.yaml", quiet=True), Ran)
        assert ran.run.status is RunStatus.SUCCEEDED
        assert "repeats" not in ran.run.detail
        assert repeat(home) is None


@pytest.mark.slow
def test_a_decided_run_loads_neither_checks_nor_yaml(home: Path) -> None:
    code = """
        import sys
        from nbcellar.frontends.commands.running import run
        ran = run("flow.yaml", quiet=True)
        heavy = ("checks.validation", "loading", "runs.execution", "kernels", "documents.document")
        print("repeats" in ran.run.detail, [name for name in heavy if f"nbcellar.workflow.{name}" in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    assert subprocess.check_output(command, cwd=home, text=True).split() == ["True", "[]"]
