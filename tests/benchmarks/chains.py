"""Projects of trivial notebooks, as each program wants them described."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

IN_PROCESS = """
import sys, papermill
for number in range(int(sys.argv[1])):
    papermill.execute_notebook(f"n{number}.ipynb", f"out{number}.ipynb", progress_bar=False)
"""
IN_THREADS = """
import sys, papermill
from concurrent.futures import ThreadPoolExecutor
def run(number):
    papermill.execute_notebook(f"n{number}.ipynb", f"out{number}.ipynb", progress_bar=False)
with ThreadPoolExecutor(2) as pool:
    list(pool.map(run, range(int(sys.argv[1]))))
"""
FUNCTIONS = """
import sys, time
import nbcellar as cellar
wf = cellar.Workflow("steps")
def nothing():
    return None
for number in range(int(sys.argv[1])):
    wf.function(nothing, id=f"f{number}", cache=False)
run = wf.run().wait()
assert run.succeeded, run.run.error
"""
TOUCHING = """
from pathlib import Path


def touch(product):
    Path(product).touch()
"""


def notebook(cells: Sequence[str]) -> str:
    """A notebook with these code cells below a cell of parameters."""
    sources = [("upstream = None\nproduct = None", ["parameters"]), *((cell, []) for cell in cells)]
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"c{at}",
                    "metadata": {"tags": tags},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for at, (source, tags) in enumerate(sources)
            ],
            "metadata": {
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def write_project(folder: Path, count: int, *, chained: bool) -> None:
    """So many trivial notebooks, for everybody; with ``chained``, each waits for the one before."""
    folder.mkdir(parents=True)
    (folder / "nbcellar.toml").touch()
    for number in range(count):
        (folder / f"n{number}.ipynb").write_text(notebook([f"x = {number}\nprint(x)"]))
    needs = [[number - 1] if chained and number else [] for number in range(count)]
    (folder / "flow.yaml").write_text(_ours(needs))
    (folder / "pipeline.yaml").write_text(_ploomber(needs, parallel=not chained))
    (folder / "functions.yaml").write_text(_ploomber_functions(count))
    (folder / "touching.py").write_text(TOUCHING)
    (folder / "Snakefile").write_text(_snakemake(needs))
    (folder / "dvc.yaml").write_text(_dvc(needs))
    (folder / "one.py").write_text(IN_PROCESS)
    (folder / "threads.py").write_text(IN_THREADS)
    (folder / "functions.py").write_text(FUNCTIONS)


def _ours(needs: list[list[int]]) -> str:
    lines = ["cellar: 1", "name: flow", "steps:"]
    for number, before in enumerate(needs):
        waits = f", needs: [{', '.join(f's{each}' for each in before)}]" if before else ""
        lines.append(f"  s{number}: {{notebook: n{number}.ipynb{waits}}}")
    return "\n".join(lines) + "\n"


def _ploomber(needs: list[list[int]], *, parallel: bool) -> str:
    tasks = []
    for number, before in enumerate(needs):
        tasks.append(f"  - source: n{number}.ipynb\n    name: s{number}\n    product: {{nb: out/n{number}.ipynb}}")
        if before:
            tasks.append(f"    upstream: [{', '.join(f's{each}' for each in before)}]")
    head = "meta: {extract_upstream: false, extract_product: false}\n"
    executor = "executor: {dotted_path: ploomber.executors.Parallel, processes: 2}\n" if parallel else ""
    return f"{head}{executor}tasks:\n" + "\n".join(tasks) + "\n"


def _ploomber_functions(count: int) -> str:
    """The same number of steps that only touch a file: so many notebooks would take ploomber an hour."""
    tasks = (f"  - {{source: touching.touch, name: s{number}, product: out/n{number}.txt}}" for number in range(count))
    head = "meta: {extract_upstream: false, extract_product: false}\n"
    executor = "executor: {dotted_path: ploomber.executors.Serial, build_in_subprocess: false}\n"
    return f"{head}{executor}tasks:\n" + "\n".join(tasks) + "\n"


def _snakemake(needs: list[list[int]]) -> str:
    every = ", ".join(f'"snake/n{number}.ipynb"' for number in range(len(needs)))
    rules = [f"rule all:\n    input: {every}"]
    for number, before in enumerate(needs):
        given = [f'"n{number}.ipynb"', *(f'"snake/n{each}.ipynb"' for each in before)]
        rules.append(
            f'rule s{number}:\n    input: {", ".join(given)}\n    output: "snake/n{number}.ipynb"\n'
            '    shell: "cp {input[0]} {output}"'
        )
    return "\n".join(rules) + "\n"


def _dvc(needs: list[list[int]]) -> str:
    stages = ["stages:"]
    for number, before in enumerate(needs):
        deps = [f"n{number}.ipynb", *(f"dvc-out/n{each}.ipynb" for each in before)]
        stages += [
            f"  s{number}:",
            f"    cmd: mkdir -p dvc-out && cp n{number}.ipynb dvc-out/n{number}.ipynb",
            f"    deps: [{', '.join(deps)}]",
            f"    outs: [dvc-out/n{number}.ipynb]",
        ]
    return "\n".join(stages) + "\n"
