"""Whole documents with functions and resources: noob's example, and workflows in workflows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.model import RunStatus
from nbcellar.workflow.runs.runner import run_workflow

Write = Callable[..., Path]

LOOP = """
    import contextlib
    from pathlib import Path

    class Histogram:
        def __init__(self, bins):
            self.counts = [0] * bins

    @contextlib.contextmanager
    def open_client():
        log = Path(__file__).with_name("client.txt")
        with log.open("a") as said:
            said.write("open ")
        yield {"scale": 10}
        with log.open("a") as said:
            said.write("close ")

    def load(path, client, rng):
        return [rng.random(), client["scale"], path]

    def update(hist, data):
        hist.counts[len(data) % len(hist.counts)] += 1
        return {"hist": hist, "mean": sum(hist.counts) / len(hist.counts)}

    def out(mean, hist):
        hist.counts.append("seen")
        return [mean, len(hist.counts)]
"""
TUBE = """
    cellar: 1
    name: fit-loop
    parameters:
      n_bins: {type: int, default: 2}
      path: {type: str}
    assets:
      hist: {type: loopkit.Histogram, scope: runner, params: {bins: "${parameters.n_bins}"}, depends: update.hist}
      client: {type: loopkit.open_client, scope: process}
      rng: {type: random.Random, scope: node, params: [7]}
    steps:
      load: {function: loopkit.load, use: [client, rng], parameters: {path: "${parameters.path}"}}
      update:
        function: loopkit.update
        use: [hist]
        emits: [hist, mean]
        mapped_parameters: {data: {map_type: object, from: load.value}}
      out:
        function: loopkit.out
        mapped_parameters: {mean: {from: update.mean}, hist: {map_type: object, from: update.hist}}
"""


def test_the_example_of_noobs_grammar_gives_noobs_values(
    project: Path, write_module: Callable[[str], Path], write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_module(LOOP)
    monkeypatch.setenv("NBCELLAR_ALLOWED_TYPES", "loopkit.*\nrandom.Random")
    with cellar.Runner(write_workflow(TUBE), {"n_bins": 2}) as runner:
        passes = [runner.process(path=path) for path in ("a", "b", "c")]
    assert [run["load"].emitted["value"] for run in passes] == [[0.32383276483316237, 10, path] for path in "abc"]
    # `out` changes its own object: what the next pass gets has no "seen" in it
    assert [run["out"].result for run in passes] == [[0.5, 3], [1.0, 3], [1.5, 3]]
    assert (project / "client.txt").read_text() == "open close " * 3


INNER = """
    cellar: 1
    name: inner
    resources: [{id: hist, type: list, scope: process}]
    steps:
      add: {function: innerkit.add, use: [hist], emits: [hist]}
      count: {function: innerkit.count, use: [hist], needs: [add]}
"""
OUTER = """
    cellar: 1
    name: outer
    steps:
      part: {workflow: sub/inner.yaml}
      after: {function: loopkit.double, mapped_parameters: {n: {from: part.value}}}
      live: {function: loopkit.length, mapped_parameters: {hist: {map_type: object, from: part.hist}}}
"""


def test_functions_and_resources_of_a_workflow_in_a_workflow(
    project: Path, write_module: Callable[[str], Path], write_workflow: Write
) -> None:
    write_module("def double(n):\n    return 2 * n\n\ndef length(hist):\n    return len(hist)\n")
    (project / "sub").mkdir()
    (project / "sub/innerkit.py").write_text(
        "def add(hist):\n    hist.append(1)\n    return hist\n\ndef count(hist):\n    return len(hist)\n"
    )
    write_workflow(INNER, "sub/inner.yaml")
    try:
        run = run_workflow(write_workflow(OUTER)).check()
    finally:
        sys.modules.pop("innerkit", None)
    assert run["part.count"].result == 1
    assert run["after"].result == 2
    assert run["live"].result == 1
    assert run["part.count"].reason == "it uses the live resource 'part_hist'"


def test_a_run_goes_on_after_a_failed_function(project: Path, write_module: Callable[[str], Path]) -> None:
    wf = cellar.Workflow("again", folder=project)
    fails = [True]

    def second(n: int) -> int:
        if fails[0]:
            raise ValueError("not yet")
        return n + 1

    first = wf.function(one, id="first")
    wf.function(second, id="second", n=cellar.raw(first, "value"), cache=False)
    run = wf.run().wait()
    assert run["second"].status is RunStatus.FAILED
    fails[0] = False
    again = run.retry().wait()
    assert (again["first"].status, again["second"].result) == (RunStatus.CACHED, 2)


def one() -> int:
    return 1


def test_a_run_of_functions_shows_itself(project: Path) -> None:
    wf = cellar.Workflow("shown", folder=project, resources=[cellar.Resource("hist", list, scope="process")])
    first = wf.function(one, id="first", use={}, for_each={})
    wf.function(lambda hist, n: hist, id="second", use=["hist"], n=cellar.raw(first, "value"))
    run = wf.run().wait().check()
    assert repr(run) == "<WorkflowRun shown@1 succeeded: 2 of 2 steps done>"
    shown = run._repr_mimebundle_()
    assert "second" in shown["text/plain"]
    assert "[0/0]" not in shown["text/html"]
