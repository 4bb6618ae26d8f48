"""Each bad document, and what is said of it before anything starts."""

# ruff: noqa: E501 (a table of one line each)

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow
from nbcellar.workflow.checks.validation import Checked, validate
from nbcellar.workflow.documents.document import document_json
from nbcellar.workflow.loading.document import load_document, parse_document, read_document

Write = Callable[..., Path]


@pytest.fixture
def notebooks(write_notebook: Write) -> None:
    write_notebook(
        "clean.ipynb",
        "#parameters\nyear = 2024  # the season\nname: str = 'a'\nmode: Literal['fast', 'slow'] = 'fast'",
        "%%task tidy -> cleaned\nopen('clean.csv', 'w').write('x')\n1",
        "import nbcellar as cellar\ncellar.result('n', 3)\ncellar.record(name='score', inputs={}, outputs={'val': {'rmse': 1, 'all': list('ab')}, **{}})\ncellar.record('plain', outputs={'val': {'rmse': 1, 'all': list('ab')}})\nmore = {}\ncellar.record('more', outputs=more)",
    )
    write_notebook("fit.ipynb", "#parameters\ntable = 'clean.csv'\nn: int = 1\nbase = None", "print(n)")
    write_notebook("plain.ipynb", "print('no parameters here')")


def problems(path: Path, **given: object) -> tuple[str, ...]:
    with pytest.raises(InvalidWorkflow) as caught:
        validate(read_document(path), given)  # type: ignore[arg-type]
    assert "no step was run" in str(caught.value)
    return caught.value.problems


GOOD = """
    cellar: 1
    name: flow
    parameters:
      year: {type: int, default: 2024}
    steps:
      clean:
        notebook: clean.ipynb
        parameters: {year: "${parameters.year}"}
      fit:
        notebook: fit.ipynb
        mapped_parameters:
          table: {map_type: file, from: clean.tidy, path: clean.csv}
          n: {map_type: raw, from: clean.n}
          base: {map_type: db, from: clean.score, attribute: outputs, attribute_index: [val, rmse]}
    publish: {clean/clean.csv: "out/${parameters.year}.csv"}
    notebooks_to: "runs/${parameters.year}/"
"""


def test_a_good_document_is_checked_and_survives_json(write_workflow: Write, notebooks: None) -> None:
    source = load_document(write_workflow(GOOD))
    checked = validate(source, {"year": 2025})
    assert isinstance(checked, Checked)
    assert checked.values == {"year": 2025}
    again = parse_document(json.dumps(document_json(source.document)), source.document.folder)
    assert again.document == source.document
    assert not again.problems


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
    ("clean: clean.ipynb", "steps.clean: it must be a mapping of keys to values, and is 'clean.ipynb'."),
]  # fmt: skip

BAD_MAPPINGS = [
    ("{map_type: raw, from: claen.n}", "there is no step 'claen'. Did you mean 'clean'?"),
    ("{map_type: raw, from: clean.m}", "clean.ipynb has no task, result or record 'm'."),
    ("{map_type: raw, from: clean}", "'clean' is not STEP.NAME."),
    ("{map_type: raw}", "it says not where the value comes from."),
    ("{map_type: rwa, from: clean.n}", "unknown map_type 'rwa'. Did you mean 'raw'?"),
    ("{map_type: raw, from: clean.n, path: x}", "unknown key 'path'."),
    ("{map_type: file, from: clean.tidyy, path: x}", "clean.ipynb has no task 'tidyy'. Did you mean 'tidy'?"),
    ("{map_type: file, from: clean.n, path: x}", "clean.ipynb has no task 'n'. It has tidy."),
    ("{map_type: file, from: clean.tidy, path: ../x}", "'../x' is not a path inside an asset."),
    ("{map_type: file, from: clean.tidy, as: link}", "'link' is not known. Write path or asset."),
    ("{map_type: db, from: clean.tidy}", "clean.ipynb has no record 'tidy'."),
    ("{map_type: db}", "it names no record and no step."),
    ("{map_type: db, from: clean.score, record: x}", "it names both a record of the project and a step."),
    ("{map_type: db, from: clean.score, attribute: output}", "a record has no attribute 'output'. Did you mean 'outputs'?"),
    ("{map_type: db, from: clean.score, attribute: outputs, attribute_index: [[1]]}", "each item must be a key or a position"),
    ("{map_type: db, from: clean.plain, attribute_index: [outputs, val, rmes]}", "record 'plain': outputs.val has no 'rmes'. Did you mean 'rmse'?"),
    ("{map_type: db, from: clean.plain, attribute_index: [inputs, val]}", "record 'plain': inputs has no 'val'. It has nothing."),
    ("{map_type: db, record: a b}", "no record can be called 'a b'."),
    ("5", "it must be a mapping of keys to values, and is 5."),
    ("{map_type: raw, from: fit.n}", "the step 'fit' would wait for itself."),
]  # fmt: skip

GOOD_MAPPINGS = [
    "{map_type: db, from: clean.plain, attribute_index: [outputs, val, all, 0, x]}",
    "{map_type: db, from: clean.score, attribute_index: [outputs, other]}",
    "{map_type: db, from: clean.more, attribute_index: [outputs, other, 3]}",
    "{map_type: db, from: clean.plain}",
]

BAD_DOCUMENTS = [
    ("cellar: 1\nname: flow\n", "the workflow has no steps."),
    ("name: flow\nsteps: {a: {notebook: plain.ipynb}}\n", "the version of the format is missing. Add the line `cellar: 1`."),
    ("cellar: 2\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\n", "this nbcellar reads version 1, not 2."),
    ("cellar: 1\nsteps: {a: {notebook: plain.ipynb}}\n", "the workflow has no name."),
    ("cellar: 1\nname: a b\nsteps: {a: {notebook: plain.ipynb}}\n", "'a b' is not a usable name."),
    ("cellar: 1\nname: flow\nstep: {a: {notebook: plain.ipynb}}\n", "unknown key 'step'. Did you mean 'steps'?"),
    ("", "it is empty."),
    ("- 1\n", "it must be a mapping of keys to values, and is a list of 1."),
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
]  # fmt: skip


@pytest.mark.parametrize(("step", "message"), BAD_STEPS)
def test_a_bad_step_is_named(write_workflow: Write, notebooks: None, step: str, message: str) -> None:
    path = write_workflow(f"cellar: 1\nname: flow\nparameters: {{year: 2024}}\nsteps:\n  {step}\n")
    assert message in "\n".join(problems(path))


def test_a_step_that_waits_for_itself_is_said_once(write_workflow: Write, notebooks: None) -> None:
    said = problems(write_workflow("cellar: 1\nname: f\nsteps: {clean: {notebook: clean.ipynb, needs: [clean]}}\n"))
    assert said == ("flow.yaml:3: steps.clean.needs: the step 'clean' would wait for itself.",)


@pytest.mark.parametrize(("mapping", "message"), BAD_MAPPINGS)
def test_a_bad_mapping_is_named(write_workflow: Write, notebooks: None, mapping: str, message: str) -> None:
    step = f"fit: {{notebook: fit.ipynb, mapped_parameters: {{n: {mapping}}}}}"
    path = write_workflow(f"cellar: 1\nname: flow\nsteps:\n  clean: {{notebook: clean.ipynb}}\n  {step}\n")
    said = problems(path)
    assert message in "\n".join(said)
    assert said[0].startswith("flow.yaml:5: steps.fit.mapped_parameters.n")


@pytest.mark.parametrize("mapping", GOOD_MAPPINGS)
def test_what_only_running_tells_of_a_record_is_let_through(
    write_workflow: Write, notebooks: None, mapping: str
) -> None:
    step = f"fit: {{notebook: fit.ipynb, mapped_parameters: {{n: {mapping}}}}}"
    validate(
        read_document(write_workflow(f"cellar: 1\nname: f\nsteps:\n  clean: {{notebook: clean.ipynb}}\n  {step}\n"))
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((1, 2), "it is a tuple, which JSON does not have."),
        ([1, math.nan], "[1] is nan, which JSON does not have."),
        ({"a": b"x"}, "['a'] is a bytes, which JSON does not have."),
        ({1: 2}, "it has the key 1, and JSON's keys are text."),
        ("half \ud800", "it is a text with half a character in it."),
        (functools.reduce(lambda inner, _: [inner], range(100_000), 1), "it is nested deeper than 100 levels."),
        ("x" * 10 * 2**20, "its value takes 10.0 MiB, and at most 1 MiB is passed as a parameter."),
        (Path("x"), "it is a PosixPath, which JSON does not have."),
    ],
    ids=["tuple", "nan", "bytes", "key", "half", "deep", "large", "path"],
)
def test_a_given_value_that_no_notebook_can_get_is_named(
    write_workflow: Write, notebooks: None, value: object, message: str
) -> None:
    text = "cellar: 1\nname: f\nparameters: {x: null}\nsteps: {fit: {notebook: fit.ipynb, parameters: {base: '${parameters.x}'}}}\n"
    assert message in "\n".join(problems(write_workflow(text), x=value))


@pytest.mark.parametrize(
    ("where", "given", "message"),
    [
        ("publish: {a/x: '${parameters.p}/x'}", "../..", "leads out of the project"),
        ("publish: {a/x: 'out/${parameters.p}'}", "../../../x", "leads out of the project"),
        ("publish: {a/x: '${parameters.p}'}", "/etc/passwd", "leads out of the project"),
        ("publish: {a/x: '${parameters.p}'}", "http://x", "is not a path in the project"),
        (
            "publish: {a/x: '${parameters.p}'}",
            ".cellar/format.json",
            "is in the store, which nobody writes into by hand.",
        ),
        ("notebooks_to: '${parameters.p}'", "out/../..", "leads out of the project"),
        ("notebooks_to: 'a/${parameters.p}'", "../.cellar/x", "is in the store"),
    ],
)
def test_a_parameter_leads_no_copy_out_of_the_project(
    write_workflow: Write, notebooks: None, where: str, given: str, message: str
) -> None:
    path = write_workflow(
        f"cellar: 1\nname: f\nparameters: {{p: out}}\nsteps: {{a: {{notebook: plain.ipynb}}}}\n{where}\n"
    )
    validate(read_document(path))
    assert message in problems(path, p=given)[0]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("publish: {a/x: plain.ipynb}", "plain.ipynb is the notebook of step 'a', and would be overwritten."),
        ("publish: {a/x: '${parameters.p}.ipynb'}", "plain.ipynb is the notebook of step 'a', and would be"),
        ("publish: {a/plain.ipynb: .}", "plain.ipynb is the notebook of step 'a', and would be overwritten."),
        ("publish: {a/plain.ipynb: sub/}", "sub/plain.ipynb is the notebook of step 'a', and would be overwritten."),
        ("publish: {a/x: flow.yaml}", "flow.yaml is a file of this workflow, and would be overwritten."),
        ("publish: {a/x: link}", "link is the notebook of step 'b', and would be overwritten."),
        ("notebooks_to: .", "the executed notebook of step 'a' would overwrite plain.ipynb of step 'a'."),
        ("notebooks_to: sub/..", "the executed notebook of step 'b' would overwrite fit-1.ipynb of step 'c'."),
    ],
)
def test_no_copy_lands_on_what_the_workflow_is_made_of(
    project: Path, write_workflow: Write, notebooks: None, write_notebook: Write, where: str, message: str
) -> None:
    write_notebook("fit-1.ipynb", "1")
    (project / "sub").mkdir()
    (project / "sub" / "plain.ipynb").symlink_to("../plain.ipynb")
    (project / "link").symlink_to("fit.ipynb")
    path = write_workflow(
        f"""
        cellar: 1
        name: flow
        parameters: {{p: plain}}
        steps:
          a: {{notebook: plain.ipynb}}
          b: {{notebook: fit.ipynb, for_each: {{n: [1, 2]}}}}
          c: {{notebook: fit-1.ipynb}}
        {where}
        """
    )
    assert message in "\n".join(problems(path))


def test_copies_beside_what_the_workflow_is_made_of_are_let_through(
    project: Path, write_workflow: Write, notebooks: None
) -> None:
    (project / "out").mkdir()
    text = "cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\nnotebooks_to: out\npublish: {a/x: out/, a/plain.ipynb: out}\n"
    validate(read_document(write_workflow(text)))


@pytest.mark.parametrize(("text", "message"), BAD_DOCUMENTS)
def test_a_bad_document_is_named(write_workflow: Write, notebooks: None, text: str, message: str) -> None:
    assert message in "\n".join(problems(write_workflow(text)))


def test_all_problems_are_said_at_once_in_the_order_of_lines(write_workflow: Write, notebooks: None) -> None:
    text = (
        GOOD.replace("clean.csv}", "clean.csv, pth: x}")
        .replace("from: clean.n}", "from: claen.n}")
        .replace("2024}", "abc}")
    )
    said = problems(write_workflow(text), colour="red")
    assert [line.split(":")[1] for line in said] == ["3", "4", "8", "12", "13"]
    assert "'colour'" in said[0] and "'pth'" in said[3] and "'claen'" in said[4]


def test_a_name_that_no_parameter_can_have_is_said_once(write_workflow: Write, notebooks: None) -> None:
    text = "cellar: 1\nname: f\nsteps: {clean: {notebook: clean.ipynb, parameters: {'x=1;import os': 1}}}\n"
    (said,) = problems(write_workflow(text))
    assert said.endswith("'x=1;import os' is not usable as a parameter's name.")


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


def test_a_given_parameter_is_checked(write_workflow: Write, notebooks: None) -> None:
    assert "it expects int, and 'soon' is str." in problems(write_workflow(GOOD), year="soon")[0]
    assert "which JSON does not have" in problems(write_workflow(GOOD), year=math.inf)[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is broken: it is not JSON (line 1). Restore the notebook."),
        ("[]", "is not a notebook of format 4."),
        ('{"worksheets": []}', "Open it in JupyterLab and save it."),
    ],
)
def test_a_broken_notebook_is_named(project: Path, write_workflow: Write, content: str, message: str) -> None:
    (project / "bad.ipynb").write_text(content)
    path = write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: bad.ipynb}}\n")
    assert message in problems(path)[0]


def test_a_parameters_cell_that_is_no_python_is_named(write_workflow: Write, write_notebook: Write) -> None:
    write_notebook("odd.ipynb", "print(1)", "#parameters\nx = = 1")
    path = write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: odd.ipynb, parameters: {x: 1}}}\n")
    assert "the parameters cell (cell 2) is not plain Python." in problems(path)[0]


def test_a_large_value_is_refused(write_workflow: Write, notebooks: None) -> None:
    text = f"cellar: 1\nname: f\nsteps: {{clean: {{notebook: clean.ipynb, parameters: {{name: {'x' * 10**6}}}}}}}\n"
    assert not validate(read_document(write_workflow(text))).source.problems
    source = read_document(write_workflow(text))
    step = source.document.steps["clean"]
    step.parameters["name"] = "x" * (10 * 2**20)  # type: ignore[index]
    with pytest.raises(InvalidWorkflow, match=r"its value takes 10\.0 MiB, and at most 1 MiB is passed"):
        validate(source)


def test_names_that_only_running_tells_are_let_through(write_notebook: Write, write_workflow: Write) -> None:
    write_notebook("clean.ipynb", "%%task $name\n1", "for n in names:\n    cellar.result(n, 1)")
    write_notebook("fit.ipynb", "#parameters\nn = 1")
    path = write_workflow(
        """
        cellar: 1
        name: flow
        steps:
          clean: {notebook: clean.ipynb}
          fit: {notebook: fit.ipynb, mapped_parameters: {n: {from: clean.anything}}}
        """
    )
    validate(read_document(path))


def test_validation_imports_neither_papermill_nor_nbformat(
    write_workflow: Write, notebooks: None, python: Callable[..., str]
) -> None:
    code = """
        import sys
        from nbcellar.workflow.loading.document import read_document
        from nbcellar.workflow.checks.validation import validate
        validate(read_document(sys.argv[1]))
        print(sorted({"papermill", "nbformat", "nbclient", "jupyter_client", "IPython"} & set(sys.modules)))
    """
    assert python(code, write_workflow(GOOD)) == "[]\n"
