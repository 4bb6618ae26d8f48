"""The functions that tests make steps of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun

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


def again(path: Path, **values: object) -> tuple[WorkflowRun, dict[str, str]]:
    """Run in what could be another process: nothing of the project is imported."""
    for name in ("loopkit", "helpkit"):
        sys.modules.pop(name, None)
    run = run_workflow(path, values)  # type: ignore[arg-type]
    return run, {name: result.status.value for name, result in run.steps.items()}
