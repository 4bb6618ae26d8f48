"""Each bad step, and what is said of it before anything starts."""

# ruff: noqa: E501 (a table of one line each)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.checks.conftest import problems

Write = Callable[..., Path]

# What stands after `steps:` in a document that is good else, and what must be said of it.
BAD_STEPS = [
    ("clean: {notebook: claen.ipynb}", "flow.yaml:5: steps.clean.notebook: there is no notebook 'claen.ipynb'. Did you mean 'clean.ipynb'?"),
    ("clean: {notebook: clean.py}", "steps.clean.notebook: 'clean.py' is not a notebook: its name does not end in .ipynb."),
    ("clean: {notebook: clean.ipynb, kernel: pyhton3}", "steps.clean.kernel: there is no kernel 'pyhton3'. Did you mean 'python3'?"),
    ("clean: {notbook: clean.ipynb}", "flow.yaml:5: steps.clean.notbook: unknown key 'notbook'. Did you mean 'notebook'?"),
    ("clean: {}", "flow.yaml:5: steps.clean: the step says nothing to run. Give it `notebook: FILE.ipynb`, `function: package.module.name` or `workflow: FILE.yaml`."),
    ("9x: {notebook: clean.ipynb}", "flow.yaml:5: steps.9x: '9x' is not a usable step name. Use letters, digits, _ and -."),
    ("clean: {notebook: ../other.ipynb}", "leads out of the project"),
    ("clean: {notebook: 's3://b/x.ipynb'}", "is not a path in the project"),
    ("clean: {notebook: clean.ipynb, parameters: {yaer: 1}}", "steps.clean.parameters.yaer: clean.ipynb has no parameter 'yaer'. Did you mean 'year'?"),
    ("clean: {notebook: clean.ipynb, parameters: {year: abc}}", "'year' expects number, as its default 2024 (clean.ipynb, cell 1, line 1), and 'abc' is str."),
    ("clean: {notebook: clean.ipynb, parameters: {name: 3}}", "'name' expects str (clean.ipynb, cell 1, line 2), and 3 is int."),
    ("clean: {notebook: clean.ipynb, parameters: {mode: medium}}", "'mode' expects Literal['fast', 'slow']"),
    ("clean: {notebook: clean.ipynb, parameters: {year: '${parameters.yaer}'}}", "the workflow has no parameter 'yaer'. Did you mean 'year'?"),
    ("clean: {notebook: clean.ipynb, parameters: {name: '${os.environ}'}}", "${os.environ} is not known. Write ${parameters.NAME}, or $${ for a plain ${."),
    ("clean: {notebook: clean.ipynb, parameters: {year: '${year}'}}", "${year} is not known. Did you mean ${parameters.year}?"),
    ("clean: {notebook: clean.ipynb, publish: {a: b}}", "steps.clean.publish: unknown key 'publish'. `publish:` stands at the top of the file, beside `steps:`."),
    ("clean: {notebook: clean.ipynb, parameters: {year: .nan}}", "it is nan, which JSON does not have."),
    ("clean: {notebook: clean.ipynb, parameters: {'x=1;import os': 1}}", "'x=1;import os' is not usable as a parameter's name."),
    ("clean: {notebook: clean.ipynb, parameters: {class: 1}}", "'class' is a word of Python"),
    ("clean: {notebook: clean.ipynb, parameters: {__name__: 1}}", "begins with two underscores"),
    ("plain: {notebook: plain.ipynb, parameters: {year: 1}}", "plain.ipynb gets parameters and has no parameters cell. Tag the cell that sets them with `parameters`."),
    ("clean: {notebook: clean.ipynb, needs: [clena]}", "there is no step 'clena'. Did you mean 'clean'?"),
    ("clean: {notebook: clean.ipynb, needs: [clean]}", "the step 'clean' would wait for itself."),
    ("clean: {notebook: clean.ipynb, needs: {a: 1}}", "steps.clean.needs: each item must be text, and this is a mapping."),
    ("clean: {notebook: clean.ipynb, retries: -1}", "it must be a number from 0 to 1000, and is -1."),
    ("clean: {notebook: clean.ipynb, retries: true}", "it must be a number from 0 to 1000, and is True."),
    ("clean: {notebook: clean.ipynb, timeout: soon}", "'soon' is not a duration. Write 90, 10s, 30m, 2h or 7d."),
    ("clean: {notebook: clean.ipynb, cache: maybe}", "'maybe' is not a duration."),
    ("clean: {notebook: clean.ipynb, inputs: ['../../etc/*']}", "leads out of the project"),
    ("clean: {notebook: clean.ipynb, folder: lib}", "only a function has a folder for its module."),
    ("clean: {function: a.b, folder: ../../lib}", "leads out of the project"),
    ("clean: {notebook: clean.ipynb, cell_timeout: 0}", "steps.clean.cell_timeout: it must be more than 0."),
    ("clean: {function: a.b, cell_timeout: 1}", "steps.clean.cell_timeout: a function has no cells. Give it a `timeout`."),
    ("clean: {notebook: clean.ipynb, timeout: 0}", "steps.clean.timeout: it must be more than 0."),
    ("clean: {notebook: clean.ipynb, depends_on_env: ['A=B']}", "depends_on_env: 'A=B' cannot be the name of a variable."),
    ("clean: {notebook: clean.ipynb, parameters: {year: " + "9" * 5000 + "}}", "flow.yaml:5: document: a number has 5,000 digits."),
    ("clean: {notebook: clean.ipynb, for_each: {}}", "flow.yaml:5: steps.clean.for_each: it names no parameter to go through. Write {PARAMETER: LIST}."),
    ("clean: {notebook: clean.ipynb, inputs: [a, b, a]}", "flow.yaml:5: steps.clean.inputs: 'a' stands twice."),
    ("clean: {notebook: clean.ipynb, inputs: ['']}", "flow.yaml:5: steps.clean.inputs: an item is empty, and stands for no file."),
    ("clean: {notebook: clean.ipynb, depends_on_env: [A, A]}", "steps.clean.depends_on_env: 'A' stands twice."),
    ("clean: {notebook: clean.ipynb, needs: [a, a]}", "steps.clean.needs: 'a' stands twice."),
    ("clean: {notebook: clean.ipynb, cache: 0}", "steps.clean.cache: an age must be more than 0; `false` is what never takes an earlier run."),
    ("clean: {notebook: clean.ipynb, cache: ''}", "steps.clean.cache: '' is not a duration."),
    ("clean: {notebook: clean.ipynb, timeout: " + "9" * 400 + "}", "steps.clean.timeout: " + "9" * 57 + "... is not a duration."),
    ("clean: {notebook: clean.ipynb, retries: " + "9" * 400 + "}", "it must be a number from 0 to 1000, and is " + "9" * 57 + "...."),
    ("clean: {notebook: clean.ipynb, when: parameters.year > 'a'}", "flow.yaml:5: steps.clean.when: parameters.year > 'a': 2024 and 'a' have no order."),
    ("clean: {notebook: clean.ipynb, when: [true, parameters.year.x]}", "steps.clean.when: parameters.year.x: the value is 2024, which has no 'x'."),
    ("clean: {notebook: clean.ipynb, cache: no}", "steps.clean.cache: 'no' is not a duration. Write auto, false, or an age such as 7d."),
    ("clean: {notebook: clean.ipynb, parameters: {year: {map_type: raw, from: a.b}}}", "steps.clean.parameters.year: it says where a value comes from, and is passed as it is. Write it under `mapped_parameters:`."),
    ("clean: {notebook: cle\u0430n.ipynb}", "Did you mean 'clean.ipynb'? What is written holds U+0430."),
    ("clean: {notebook: clean.ipynb, inputs: ['data/${parameters.yaer}.csv']}", "steps.clean.inputs: the workflow has no parameter 'yaer'. Did you mean 'year'?"),
    ("clean: {notebook: clean.ipynb, inputs: ['../../${parameters.year}']}", "steps.clean.inputs: '../../2024' leads out of the project"),
    ("clean: {notebook: clean.ipynb, for_each: {name: [{secret: 'env:NOT_SET_HERE'}]}}", "steps.clean.for_each.name: the environment variable 'NOT_SET_HERE' is not set."),
    ("clean: clean.ipynb", "steps.clean: it must be a mapping of keys to values, and is 'clean.ipynb'."),
]  # fmt: skip


@pytest.mark.parametrize(("step", "message"), BAD_STEPS)
def test_a_bad_step_is_named(write_workflow: Write, notebooks: None, step: str, message: str) -> None:
    path = write_workflow(f"cellar: 1\nname: flow\nparameters: {{year: 2024}}\nsteps:\n  {step}\n")
    assert message in "\n".join(problems(path))


def test_a_step_that_waits_for_itself_is_said_once(write_workflow: Write, notebooks: None) -> None:
    said = problems(write_workflow("cellar: 1\nname: f\nsteps: {clean: {notebook: clean.ipynb, needs: [clean]}}\n"))
    assert said == ("flow.yaml:3: steps.clean.needs: the step 'clean' would wait for itself.",)


def test_a_ring_of_steps_is_named(write_workflow: Write, notebooks: None) -> None:
    path = write_workflow(
        """
        cellar: 1
        name: flow
        steps:
          a: {notebook: plain.ipynb, needs: [c]}
          b: {notebook: plain.ipynb, needs: [a]}
          c: {notebook: plain.ipynb, needs: [b]}
        """
    )
    (said,) = problems(path)
    assert "these steps wait for each other:" in said
    ring = said.split(": ")[-1].rstrip(".").split(" → ")
    assert len(ring) == 4 and ring[0] == ring[-1]


def test_a_name_that_no_parameter_can_have_is_said_once(write_workflow: Write, notebooks: None) -> None:
    text = "cellar: 1\nname: f\nsteps: {clean: {notebook: clean.ipynb, parameters: {'x=1;import os': 1}}}\n"
    (said,) = problems(write_workflow(text))
    assert said.endswith("'x=1;import os' is not usable as a parameter's name.")
