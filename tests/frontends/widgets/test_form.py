"""The form of a workflow: its controls, what they give, and the run below."""

from __future__ import annotations

import os
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ipywidgets import HTML, Button, Checkbox, Dropdown, FloatText, IntText, Text, Textarea, Widget

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow, NotFoundError, UsageError
from nbcellar.frontends.widgets.workflowform import WorkflowForm
from nbcellar.model import RunStatus

FLOW = """
    cellar: 1
    name: survey
    description: Penguins & <b>others</b>
    parameters:
      year: {type: int, default: 2024, description: of the survey <i>}
      share: 0.5
      mode: {type: 'Literal["fast", "slow"]', default: slow}
      deep: false
      name: {type: str, default: "5"}
      text: {default: "two\\nlines"}
      sizes: {type: list, default: [1, 2]}
      limit: {type: int | None, default: null}
      large: {type: int, default: 9007199254740993}
      token: {secret: "env:FORM_TOKEN"}
      wanted: {type: str, required: true}
    steps:
      one: {function: forms.one, parameters: {year: "${parameters.year}"}}
"""
MODULE = """
    def one(year):
        if year < 0:
            raise ValueError("before <Christ>")
        return year
"""
SET = {
    "year": 2024, "share": 0.5, "mode": "slow", "deep": False, "name": "5", "text": "two\nlines", "sizes": [1, 2],
    "limit": None, "large": 2**53 + 1,
}  # fmt: skip


def module_of(project: Path) -> str:
    """A name that no other test's module has, since where one was found is looked again."""
    return f"{project.parent.name}_forms"


@pytest.fixture
def form(project: Path, monkeypatch: pytest.MonkeyPatch) -> WorkflowForm:
    (project / f"{module_of(project)}.py").write_text(textwrap.dedent(MODULE))
    (project / "survey.yaml").write_text(textwrap.dedent(FLOW).replace("forms.one", f"{module_of(project)}.one"))
    monkeypatch.chdir(project)
    monkeypatch.setenv("FORM_TOKEN", "hush")
    return cellar.form("survey.yaml")


def ended(form: WorkflowForm) -> None:
    """Wait until the form can be used again."""
    assert form.run is not None
    form.run.wait(60)
    until = time.monotonic() + 60
    while button(form, "Run").disabled:
        assert time.monotonic() < until
        time.sleep(0.01)


def within(widget: Widget) -> list[Widget]:
    return [widget, *(each for child in getattr(widget, "children", ()) for each in within(child))]


def button(form: WorkflowForm, name: str) -> Button:
    (found,) = [one for one in within(form) if isinstance(one, Button) and one.description == name]
    return found


def below(form: WorkflowForm) -> str:
    shown = form.children[-1]
    assert isinstance(shown, HTML)
    return str(shown.value)


def test_each_type_has_its_control_and_gives_its_default(form: WorkflowForm) -> None:
    kinds = {
        "year": IntText, "share": FloatText, "mode": Dropdown, "deep": Checkbox, "name": Text, "text": Textarea,
        "sizes": Text, "limit": Text, "large": Text, "token": Text, "wanted": Text,
    }  # fmt: skip
    assert {name: type(one) for name, one in form.controls.items()} == kinds
    assert form.value == SET


def test_what_is_set_is_read_as_on_the_command_line_and_told(form: WorkflowForm) -> None:
    seen: list[object] = []
    form.observe(lambda change: seen.append(change["new"]), "value")
    written = {"year": 2025, "mode": "fast", "name": "6", "sizes": "[3]", "limit": "7", "wanted": "x", "deep": True}
    for name, value in written.items():
        form.controls[name].value = value
    changed = {**SET, **written, "sizes": [3], "limit": 7}
    assert form.value == seen[-1] == changed
    form.controls["sizes"].value = "[3"
    assert form.value["sizes"] == "[3"  # the run says what is wrong with it


def test_a_run_is_shown_below_and_can_be_started_again(form: WorkflowForm) -> None:
    form.controls["wanted"].value = "x"
    button(form, "Run").click()
    assert form.run is not None
    ended(form)
    assert form.run.status is RunStatus.SUCCEEDED
    assert "survey@1 succeeded" in below(form)
    assert (button(form, "Run").disabled, button(form, "Cancel").disabled) == (False, True)
    form.controls["year"].value = -1
    button(form, "Run").click()
    ended(form)
    assert form.run.status is RunStatus.FAILED
    assert "before &lt;Christ&gt;" in below(form)
    assert form.run.run.params["year"] == -1


def test_what_is_wrong_is_told_below_and_nothing_runs(form: WorkflowForm) -> None:
    button(form, "Run").click()
    assert form.run is None
    assert below(form) == '<div role="alert">Without a value: wanted. Nothing was run. Set it above.</div>'
    form.controls["wanted"].value = "x"
    form.controls["sizes"].value = "<script>"
    button(form, "Run").click()
    assert form.run is None
    assert "sizes" in below(form) and "<script>" not in below(form)
    assert not button(form, "Run").disabled
    os.remove("survey.yaml")
    button(form, "Run").click()
    assert "survey.yaml" in below(form)


def test_a_parameter_that_the_file_has_since_is_told(form: WorkflowForm, project: Path) -> None:
    form.controls["wanted"].value = "x"
    path = project / "survey.yaml"
    path.write_text(path.read_text().replace("  share: 0.5", "  share: 0.5\n  more: {type: str}"))
    button(form, "Run").click()
    assert form.run is None
    assert "The file has new parameters: more. Nothing was run. Make the form anew" in below(form)


@pytest.mark.parametrize("said", ["", ", default: medium", ", default: 1"])
def test_one_of_several_values_is_chosen_by_nobody_else(project: Path, said: str) -> None:
    (project / "f.yaml").write_text(
        "cellar: 1\nname: f\n"
        f'parameters: {{mode: {{type: \'Literal["fast", "slow", True]\'{said}}}}}\n'
        "steps: {one: {function: forms.one}}\n"
    )
    form = cellar.form(project / "f.yaml")
    assert form.value == {}
    form.start()
    assert form.run is None
    assert "mode" in below(form)
    form.controls["mode"].value = "slow"
    assert form.value == {"mode": "slow"}


def test_the_file_is_read_anew_for_each_run(form: WorkflowForm, project: Path) -> None:
    form.controls["wanted"].value = "x"
    path = project / "survey.yaml"
    path.write_text(path.read_text().replace("name: survey", "name: renamed"))
    button(form, "Run").click()
    assert form.run is not None
    ended(form)
    assert form.run.ref == "renamed@1"


def test_words_of_the_document_are_text(form: WorkflowForm) -> None:
    words = "".join(str(one.value) for one in within(form) if isinstance(one, HTML))
    assert "Penguins &amp; &lt;b&gt;others&lt;/b&gt;" in words
    assert "of the survey &lt;i&gt;" in words
    assert "hush" not in str([one.get_state() for one in within(form)])


def test_a_run_under_way_is_cancelled(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    name = module_of(project)
    (project / f"{name}.py").write_text("import time\ndef one():\n    while True: time.sleep(0.01)\n")
    (project / "f.yaml").write_text(f"cellar: 1\nname: endless\nsteps: {{one: {{function: {name}.one}}}}\n")
    form = cellar.form("f.yaml")
    button(form, "Run").click()
    assert form.run is not None
    assert button(form, "Run").disabled
    button(form, "Cancel").click()
    ended(form)
    assert form.run.status is RunStatus.INTERRUPTED
    assert (button(form, "Run").disabled, button(form, "Cancel").disabled) == (False, True)


@pytest.mark.parametrize("given", [5, None, b"survey.yaml", ["survey.yaml"]])
@pytest.mark.parametrize("use", [cellar.form, cellar.run, cellar.Workflow.from_yaml, cellar.Runner])
def test_what_can_be_no_workflow_is_refused_with_what_to_give(use: Callable[[object], object], given: object) -> None:
    with pytest.raises(UsageError, match=r"is no workflow file\. Give its path\."):
        use(given)


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda path: None, NotFoundError),
        (lambda path: path.write_text("steps: 5"), InvalidWorkflow),
        (lambda path: path.write_bytes(b"\xff"), InvalidWorkflow),
    ],
)
def test_what_is_no_workflow_has_no_form(
    project: Path, write: Callable[[Path], object], error: type[Exception]
) -> None:
    write(project / "w.yaml")
    with pytest.raises(error):
        cellar.form(project / "w.yaml")
