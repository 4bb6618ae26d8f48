"""Each bad document, and what is said of it before anything starts."""

# ruff: noqa: E501 (a table of one line each)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import read_document
from tests.workflow.checks.conftest import problems

Write = Callable[..., Path]

BAD_DOCUMENTS = [
    ("cellar: 1\nname: flow\n", "the workflow has no steps."),
    ("name: flow\nsteps: {a: {notebook: plain.ipynb}}\n", "the version of the format is missing. Add the line `cellar: 1`."),
    ("cellar: 2\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\n", "this nbcellar reads version 1, not 2."),
    ("cellar: 1\nsteps: {a: {notebook: plain.ipynb}}\n", "the workflow has no name."),
    ("cellar: 1\nname: a b\nsteps: {a: {notebook: plain.ipynb}}\n", "'a b' is not a usable name."),
    ("cellar: 1\nname: flow\nstep: {a: {notebook: plain.ipynb}}\n", "unknown key 'step'. Did you mean 'steps'?"),
    ("", "it is empty."),
    ("- 1\n", "it must be a mapping of keys to values, and is a list of 1."),
    ("hello\n", "flow.yaml:1: document: it must be a mapping of keys to values, and is 'hello'."),
    ('{"cells": [], "nbformat": 4}', "it is a notebook, and no workflow. Name it in a workflow file, under `steps:`: {STEP: {notebook: FILE.ipynb}}."),
    ("cellar: 1\nname: f\nsteps: {a: {<<: {notebook: plain.ipynb}}}\n", ":3: document: merging (<<) is not allowed; write the keys out."),
    ("cellar: 1\nname: f\ndescription: 'a\x07'\n", ":3: document: it is not readable as YAML: control characters are not allowed."),
    ("cellar: 1\nname: 2024\nsteps: {a: {notebook: plain.ipynb}}\n", ":2: name: it must be text, and is 2024. Put it in quotes."),
    ("cellar: 1\nname: f\nparameters: {x: {a: 1}}\nsteps: {a: {notebook: plain.ipynb}}\n", "parameters.x: a mapping says what the parameter is, with type, default, description, required. Write `default:` before a default that is a mapping itself."),
    ("cellar: 1\nname: f\nst\u0435ps: {a: {notebook: plain.ipynb}}\n", "Did you mean 'steps'? What is written holds U+0435."),
    ("cellar: 1\n\ufeffname: f\n", ":2: document: it is not readable as YAML: a byte order mark (U+FEFF) stands there, which only a file may begin with."),
    ("\ufeffcellar: [1\n", "it is not readable as YAML: did not find expected"),
    ("cellar: [1\n", "it is not readable as YAML"),
    ("cellar: 1\n---\ncellar: 1\n", "one file holds one workflow"),
    ("cellar: 1\ncellar: 1\n", "the key 'cellar' stands twice (first in line 1)."),
    ("cellar: 1\nname: !!python/object/apply:os.system ['true']\n", "is not allowed; write a plain value."),
    ("a: &a [x]\nb: *a\n", "anchors and aliases (& and *) are not allowed"),
    ("? [a]\n: 1\n", "a key must be text."),
    ("cellar: 1\nname: flow\nparameters: {x: {type: 'in t'}}\nsteps: {a: {notebook: plain.ipynb}}\n", "'in t' is not a type."),
    ("cellar: 1\nname: flow\nparameters: {x: {type: int}}\nsteps: {a: {notebook: plain.ipynb}}\n", "it has no default and no value was given. Give it one: `-p x=VALUE`, or x=VALUE in Python."),
    ("cellar: 1\nname: flow\nparameters: {x: {type: int, default: a}}\nsteps: {a: {notebook: plain.ipynb}}\n", "it expects int, and 'a' is str."),
    ("cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\npublish: {b/x: y}\n", "there is no step or task 'b'."),
    ("cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\npublish: {a: y}\n", "'a' names no file of a step."),
    ("cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\npublish: {a/x: ../../y}\n", "leads out of the project"),
    ("cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\npublish: {a.tidy/x: y}\n", "step 'a' has no task 'tidy'."),
    ("cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\npublish: {a/x: [1]}\n", "the target must be a path, and is a list of 1."),
    ("cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\nnotebooks_to: '/tmp'\n", "leads out of the project"),
    ("cellar: 1\nname: flow\nsteps: {a-b: {notebook: plain.ipynb}, a: {workflow: {name: c, steps: {b: {notebook: plain.ipynb}}}}}\n", "its runs would be counted with those of step 'a-b'"),
]  # fmt: skip


@pytest.mark.parametrize(("length", "refused"), [(58, False), (59, True)])
def test_steps_whose_runs_would_be_counted_together_are_named(
    write_workflow: Write, notebooks: None, length: int, refused: bool
) -> None:
    names = [f"{'s' * length}{last}" for last in "xy"]
    steps = "".join(f"  {name}: {{notebook: plain.ipynb}}\n" for name in names)
    path = write_workflow(f"cellar: 1\nname: {'f' * 68}\nsteps:\n{steps}")
    if not refused:
        assert list(validate(read_document(path)).notebooks) == names
        return
    (problem,) = problems(path)
    assert f"steps.{names[1]}: its runs would be counted with those of step {names[0]!r}" in problem
    assert "Rename one: 128 characters" in problem


@pytest.mark.parametrize(("text", "message"), BAD_DOCUMENTS)
def test_a_bad_document_is_named(write_workflow: Write, notebooks: None, text: str, message: str) -> None:
    assert message in "\n".join(problems(write_workflow(text)))
