"""Workflows that contain each other, wait for each other or are too many."""

# ruff: noqa: E501 (a table of one line each)

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.workflow.composition.conftest import problems

Write = Callable[..., Path]


def test_a_ring_of_three_documents_is_named(project: Path, write_workflow: Write) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        path = write_workflow(f"cellar: 1\nname: {name}\nsteps:\n  s: {{workflow: {other}.yaml}}\n", f"{name}.yaml")
    assert problems(path) == (
        "b.yaml:4: steps.s.workflow: these workflows contain each other: c.yaml → a.yaml → b.yaml → c.yaml. Take one out.",
    )


def test_a_ring_of_steps_through_three_documents_is_named(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("n.ipynb", "#parameters\nx = 1", "%%task t\n1")
    step = "{notebook: n.ipynb, parameters: {x: '${parameters.x}'}}"
    write_workflow(f"cellar: 1\nname: c\nparameters: {{x: 1}}\nsteps: {{n: {step}}}\n", "c.yaml")
    write_workflow(
        "cellar: 1\nname: b\nparameters: {x: 1}\nsteps: {c: {workflow: c.yaml, parameters: {x: '${parameters.x}'}}}\n",
        "b.yaml",
    )
    path = write_workflow(
        """
        cellar: 1
        name: a
        steps:
          one: {workflow: b.yaml, mapped_parameters: {x: {from: two.t}}}
          two: {workflow: b.yaml, mapped_parameters: {x: {from: one.t}}}
        """,
        "a.yaml",
    )
    (said,) = problems(path)
    assert "these steps wait for each other:" in said
    assert "one.c.n" in said and "two.c.n" in said


def test_a_tree_of_documents_that_doubles_is_cut(project: Path, write_workflow: Write) -> None:
    for level in range(30):
        steps = f"a: {{workflow: l{level + 1}.yaml}}, b: {{workflow: l{level + 1}.yaml}}"
        write_workflow(f"cellar: 1\nname: l{level}\nsteps: {{{steps}}}\n", f"l{level}.yaml")
    write_workflow("cellar: 1\nname: l30\nsteps: {n: {notebook: n.ipynb}}\n", "l30.yaml")
    assert "more than 200 workflows lie in each other." in "\n".join(problems(project / "l0.yaml"))


def test_a_pipe_is_not_waited_for(project: Path, write_workflow: Write) -> None:
    os.mkfifo(project / "pipe.yaml")
    os.mkfifo(project / "pipe.ipynb")
    path = write_workflow("cellar: 1\nname: f\nsteps: {a: {workflow: pipe.yaml}, b: {notebook: pipe.ipynb}}\n")
    said = "\n".join(problems(path))
    assert "'pipe.yaml' is a pipe or a device, and a workflow is a file." in said
    assert "'pipe.ipynb' is not a file." in said
