"""Where copies for people may go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import read_document
from tests.workflow.checks.conftest import problems

Write = Callable[..., Path]


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
    head = "cellar: 1\nname: flow\nsteps: {a: {notebook: plain.ipynb}}\n"
    text = f"{head}notebooks_to: out\npublish: {{a/x: out/, a/plain.ipynb: out}}\n"
    validate(read_document(write_workflow(text)))


def test_a_task_that_two_steps_have_and_a_file_where_a_folder_is_meant_are_named(
    project: Path, write_workflow: Write, notebooks: None
) -> None:
    steps = "{a: {notebook: clean.ipynb}, b: {notebook: clean.ipynb}}"
    head = f"cellar: 1\nname: flow\nsteps: {steps}\n"
    (said,) = problems(write_workflow(f"{head}publish: {{tidy/x: out}}\n"))
    assert "publish.tidy/x: 2 steps have a task 'tidy'. Write a.tidy or b.tidy." in said
    for inner in ("out/", "out/x", "out/x/y"):
        (said,) = problems(write_workflow(f"{head}publish: {{a/x: out, b/x: {inner}}}\n"))
        assert "publish.b/x: 'a/x' is copied to 'out', which is a folder here." in said
    validate(read_document(write_workflow(f"{head}publish: {{a/x: out/, b/x: out/x/}}\n")))
