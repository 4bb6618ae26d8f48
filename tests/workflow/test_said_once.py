"""What is wrong with a workflow is said once and where it stands, also where it is only a slip of the pen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow, UsageError

Write = Callable[..., Path]


@pytest.fixture
def notebooks(write_notebook: Write) -> None:
    write_notebook("a.ipynb", "#parameters\nyear = 2024\nname = ''", "%%task tidy\n1")


def said(path: Path) -> list[str]:
    """What is wrong with it, without the file's name and line."""
    with pytest.raises(InvalidWorkflow) as caught:
        cellar.Workflow.from_yaml(path).validate()
    return [re.sub(r"^flow\.yaml:\d+: ", "", problem) for problem in caught.value.problems]


DURATION = "is not a duration. Write 90, 10s, 30m, 2h or 7d."
EXPRESSION = "Write ${parameters.NAME}, or $${ for a plain ${."


@pytest.mark.parametrize(
    ("rest", "messages"),
    [
        ("defaults: {timeout: 30x}", [f"defaults.timeout: '30x' {DURATION}"]),
        (
            "defaults: {cache: never}",
            ["defaults.cache: 'never' is not a duration. Write auto, false, or an age such as 7d."],
        ),
        ("defaults: {retries: many}", ["defaults.retries: it must be a number from 0 to 1000, and is 'many'."]),
        ("parameters: {n: {type: itn, default: x}}", ["parameters.n.type: 'itn' is not a type. Did you mean 'int'?"]),
        ("parameters: {n: {type: 'list[flaot]'}}", ["Did you mean 'float'?"]),
        ("parameters: {n: {type: Quux, default: 1}}", ["parameters.n.type: 'Quux' is not a type. Write int, float"]),
        ("parameters: {n: {type: 'dict[str, date]'}}", ["parameters.n.type: 'dict[str, date]' is not a type."]),
        ("parameters: {n: {type: int or str, default: 1}}", ["parameters.n.type: 'int or str' is not a type."]),
        ("parameters: {n: {type: 'Literal[fast]', default: fast}}", ["'Literal[fast]' is not a type."]),
        ("parameters: {n: {type: print, default: 1}}", ["parameters.n.type: 'print' is not a type."]),
        ("notebooks_to: a.ipynb", ["notebooks_to: 'a.ipynb' is a file, and notebooks are copied to a folder."]),
        ("publish: {a.tidy/x: out/y, b.tidy/x: out/y}", ["publish.b.tidy/x: 'a.tidy/x' is copied to 'out/y' too."]),
        ("defaults: {kernel: pyton3}", ["defaults.kernel: there is no kernel 'pyton3'. Did you mean 'python3'?"]),
        ("parameters: {k: {secret: 'file:x'}}", ["parameters.k: 'file:x' is no reference to a secret."]),
        ("publish: {a/../../x: out}", ["publish.a/../../x: 'a/../../x' is not a path inside an asset."]),
        (
            "resources: [{id: h, type: dict, depends: a.tidy}]",
            ["resources.0.scope: scope is missing."],
        ),
    ],
)
def test_a_slip_in_a_document_is_said_once(
    write_workflow: Write, notebooks: None, rest: str, messages: list[str]
) -> None:
    steps = "steps: {a: {notebook: a.ipynb}, b: {notebook: a.ipynb}}"
    found = said(write_workflow(f"cellar: 1\nname: f\n{steps}\n{rest}\n"))
    assert len(found) == len(messages)
    assert all(message in problem for message, problem in zip(messages, found, strict=True)), found


@pytest.mark.parametrize(
    ("step", "messages"),
    [
        ("for_each: {year: [1], name: [a]}", ["steps.b.for_each: it names 2 parameters, and may name one."]),
        ("for_each: {year: 3}", ["steps.b.for_each.year: 'year' must go through a list, and this is 3."]),
        ("for_each: {year: [1, x]}", ["steps.b.for_each.year: 'year' expects number, as its default 2024"]),
        ("for_each: {year: '${parameters.years}'}", ["steps.b.for_each.year: 'year' expects number"]),
        ("for_each: {year: '${parameters.one}'}", ["'year' must go through a list, and '${parameters.one}' is 1."]),
        (
            "for_each: {year: {map_type: file, from: a.tidy, path: '*.txt'}}",
            ["a file is passed as the text of its path."],
        ),
        (
            "mapped_parameters: {year: {map_type: file, from: a.tidy}}",
            ["steps.b.mapped_parameters.year: 'year' expects number, as its default 2024 (a.ipynb, cell 1, line 1)"],
        ),
        ("mapped_parameters: {name: {map_type: file, from: c.tidy}}", ["a file is passed as a list of texts"]),
        ("timeout: 0", ["steps.b.timeout: it must be more than 0."]),
        (
            "parameters: {name: 'a ${parameters.one b'}",
            [f"'a ${{parameters.one b' begins an expression and does not end it. {EXPRESSION}"],
        ),
        ("parameters: {name: '${HOME}'}", [f"steps.b.parameters.name: ${{HOME}} is not known. {EXPRESSION}"]),
        (
            "mapped_parameters: {year: {map_type: db, from: a.tidy, attribute: outpts}}",
            ["a record has no attribute 'outpts'. Did you mean 'outputs'?", "has no record 'tidy'"],
        ),
    ],
)
def test_a_slip_in_a_step_is_said_once(write_workflow: Write, notebooks: None, step: str, messages: list[str]) -> None:
    head = "cellar: 1\nname: f\nparameters: {one: 1, years: [2024, last]}"
    others = "a: {notebook: a.ipynb}\n  c: {notebook: a.ipynb, for_each: {year: [1]}}"
    found = said(write_workflow(f"{head}\nsteps:\n  {others}\n  b: {{notebook: a.ipynb, {step}}}\n"))
    assert len(found) == len(messages), found
    assert all(message in problem for message, problem in zip(messages, found, strict=True)), found


def test_a_file_fits_a_text(write_workflow: Write, notebooks: None) -> None:
    mapped = "mapped_parameters: {name: {map_type: file, from: a.tidy}}"
    text = f"cellar: 1\nname: f\nsteps: {{a: {{notebook: a.ipynb}}, b: {{notebook: a.ipynb, {mapped}}}}}\n"
    cellar.Workflow.from_yaml(write_workflow(text)).validate()


@pytest.mark.parametrize("resources", ["assets:\n  h:", "resources:\n-   id: h"])
def test_a_resource_that_may_not_be_imported_is_named_with_its_line(
    write_workflow: Write, notebooks: None, resources: str
) -> None:
    text = (
        f"cellar: 1\nname: f\nsteps: {{a: {{notebook: a.ipynb}}}}\n{resources}\n    scope: node\n    type: os.system\n"
    )
    with pytest.raises(InvalidWorkflow) as caught:
        cellar.Workflow.from_yaml(write_workflow(text)).validate()
    (problem,) = caught.value.problems
    assert problem.startswith("flow.yaml:7: resources.h.type: 'os.system' may not be imported")


def test_a_notebook_without_its_ending_is_guessed(write_workflow: Write, notebooks: None) -> None:
    (problem,) = said(write_workflow("cellar: 1\nname: f\nsteps: {a: {notebook: a.ipyn}}\n"))
    assert problem.endswith("Did you mean 'a.ipynb'?")


def test_a_file_that_is_no_document_is_checked_to_its_end(write_workflow: Write, notebooks: None) -> None:
    text = "cellar: 1\nnme: g\nname: f\nsteps: {a: {notebook: b.ipynb}, b: {notebook: a.ipynb, needs: [c]}}\n"
    with pytest.raises(InvalidWorkflow) as caught:
        cellar.Workflow.from_yaml(write_workflow(text))
    assert [each.split()[1] for each in caught.value.problems] == ["nme:", "steps.a.notebook:", "steps.b.needs:"]


def test_types_that_are_no_slip_are_let_through(write_workflow: Write, notebooks: None) -> None:
    kinds = (
        *(
            "datetime.date",
            "pathlib.Path",
            "Optional[int]",
            "string",
            "Annotated[int, Field]",
            "complex",
            "bytes",
            "Sequence",
        ),
        *("Any", "np.ndarray", "typing.Optional[int]", "tuple[int, ...]", "Literal[-1, None]"),
    )
    listed = ", ".join(f"p{number}: {{type: '{kind}', default: }}" for number, kind in enumerate(kinds))
    cellar.Workflow.from_yaml(
        write_workflow(f"cellar: 1\nname: f\nparameters: {{{listed}}}\nsteps: {{a: {{notebook: a.ipynb}}}}\n")
    )


def test_a_parameter_of_a_workflow_is_a_secret_by_reference(
    write_workflow: Write, write_notebook: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notebook("s.ipynb", "#parameters\ntoken = ''", "1")
    monkeypatch.setenv("SURVEY_TOKEN", "abcdefgh")
    path = write_workflow(
        "cellar: 1\nname: f\nparameters: {token: {secret: 'env:SURVEY_TOKEN'}}\n"
        "steps: {s: {notebook: s.ipynb, parameters: {token: '${parameters.token}'}}}\n"
    )
    wf = cellar.Workflow.from_yaml(path)
    wf.validate()
    assert cellar.Workflow.from_json(wf.to_json(), path.parent).document == wf.document


@pytest.mark.parametrize("jobs", [0, -1, "many", 1.5])
def test_jobs_that_are_no_number_of_steps_are_refused(write_workflow: Write, notebooks: None, jobs: int) -> None:
    wf = cellar.Workflow.from_yaml(write_workflow("cellar: 1\nname: f\nsteps: {a: {notebook: a.ipynb}}\n"))
    with pytest.raises(UsageError, match=f"{jobs!r} jobs cannot run anything"):
        wf.run(jobs=jobs)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("[{id: a, notebook: a.ipynb}]", "steps: it must be a mapping of keys to values, and is a list of 1."),
        ("{a: a.ipynb}", "steps.a: it must be a mapping of keys to values, and is 'a.ipynb'."),
        ("{a: {retries: 1}}", "steps.a: the step says nothing to run."),
        ("{a: }", "steps.a: the step says nothing to run."),
        ("{a: {notebook: folder.ipynb}}", "'folder.ipynb' cannot be read: Is a directory."),
    ],
)
def test_a_step_that_is_none_is_said_once(
    project: Path, write_workflow: Write, notebooks: None, steps: str, message: str
) -> None:
    (project / "folder.ipynb").mkdir()
    (found,) = said(write_workflow(f"cellar: 1\nname: f\nsteps: {steps}\n"))
    assert message in found and "'folder.ipynb'?" not in found
