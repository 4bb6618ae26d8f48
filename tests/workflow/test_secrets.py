"""Secrets by reference: the notebook has them, and nothing that is written down does."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.store import Cellar, RecordQuery, RunQuery
from nbcellar.store.catalogue.redaction import MASK, Redaction
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.documents.document import ParameterDeclaration
from nbcellar.workflow.documents.secretreferences import assignments, variable_of
from nbcellar.workflow.loading.document import read_document
from nbcellar.workflow.loading.typedtext import parameters_from_text
from nbcellar.workflow.views.events import Event
from nbcellar.workflow.views.progress import describe

Write = Callable[..., Path]

CANARY = 'can\'ary <7f> "q" \\ ü'
FORMS = ("can'ary", "can&#x27;ary", "ary <7f>", "ary &lt;7f&gt;")


def written(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text that lies in a project: files as they are, files of assets, rows."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode(errors="replace")
    store = Cellar.open(folder)
    for run in store.runs(RunQuery(removed=None)):
        yield run.ref, repr(run)
        for entry in store.manifest(run.asset) if run.asset else ():
            yield f"{run.ref}/{entry.name!r}", store.read_file(entry).decode(errors="replace")
    yield from (("record", repr(record)) for record in store.records(RecordQuery()))
    for database in folder.rglob("*.db"):
        with sqlite3.connect(database) as connection:
            yield str(database), "\n".join(connection.iterdump())


@pytest.mark.slow
def test_a_secret_reaches_the_notebook_and_no_file_row_or_log(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEY_TOKEN", CANARY)
    write_notebook(
        "use.ipynb",
        "#parameters\ntoken = ''\nn = 1",
        "import nbcellar as cellar, os\nassert token == os.environ['SURVEY_TOKEN']\nprint(token)\ntoken",
        "%%task kept --param token --cache\nmine = token\nprint(mine)\n{'it': token}",
        "cellar.result('seen', [token, {token: 1}])\ncellar.record('used', inputs={'t': token}, outputs={'n': n})",
        "from IPython.display import HTML\nimport html\nHTML('<b>' + html.escape(token) + '</b>')",
        "import sys\nprint(repr(token), file=sys.stderr)\nos.system('echo from a process: \"$SURVEY_TOKEN\" >&2')",
    )
    write_notebook("fail.ipynb", "#parameters\ntoken = ''", "%%task failing\nraise ValueError(token)")
    path = write_workflow(
        """
        cellar: 1
        name: flow
        parameters: {token: {type: str, default: {secret: "env:SURVEY_TOKEN"}}}
        steps:
          use: {notebook: use.ipynb, parameters: {token: "${parameters.token}"}}
          fail: {notebook: fail.ipynb, needs: [use], parameters: {token: {secret: "env:SURVEY_TOKEN"}}}
        notebooks_to: executed/
        """
    )
    events: list[Event] = []
    run = cellar.Workflow.from_yaml(path).run(listener=events.append).wait()
    assert run["use"].status.value == "succeeded", run.run.error
    assert run["use"].results["kept"] == {"it": MASK}
    assert run.run.error.startswith(f"fail: cell 3: ValueError: {MASK}")
    text = (project / "executed/use.ipynb").read_text()
    assert MASK in text
    assert '__import__(\\"os\\").environ[\\"SURVEY_TOKEN\\"]' in text
    assert json.loads(text)["metadata"]["papermill"]["parameters"] == {"token": {"secret": "env:SURVEY_TOKEN"}}
    found = [place for place, words in written(project) if any(form in words for form in FORMS)]
    assert not found
    assert not any(form in describe(event) + repr(event) for event in events for form in FORMS)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{secret: 'env:NOT_SET'}", "the environment variable 'NOT_SET' is not set. Set it: export NOT_SET=…"),
        ("{secret: hunter2}", "'hunter2' is no reference to a secret. Write {secret: \"env:NAME\"}"),
        ("{secret: 'env:a;b'}", "'env:a;b' is no reference to a secret."),
        ("{secret: 'env:'}", "'env:' is no reference to a secret."),
        ("{secret: 3}", "3 is no reference to a secret."),
        ("[{secret: 'env:HOME'}]", "a secret within another value is not resolved."),
        ("hunter2", "it looks like a secret in clear"),
    ],
)
def test_a_reference_that_is_none_is_named(
    write_notebook: Write, write_workflow: Write, value: str, message: str
) -> None:
    write_notebook("n.ipynb", "#parameters\npassword = None")
    path = write_workflow(
        f"cellar: 1\nname: f\nsteps: {{a: {{notebook: n.ipynb, parameters: {{password: {value}}}}}}}\n"
    )
    with pytest.raises(InvalidWorkflow) as caught:
        validate(read_document(path))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("db_password", "x", True),
        ("API_KEY", "x", True),
        ("access_token", "x", True),
        ("token", "x", True),
        ("url", "postgres://me:pass@host/db", True),
        ("note", "AKIAABCDEFGHIJKLMNOP", True),
        ("key", "-----BEGIN RSA PRIVATE KEY-----", True),
        ("stop_token", "</s>", False),
        ("token_count", "3", False),
        ("password", "", False),
        ("url", "https://example.org/a:b", False),
        ("secretary", "Ann", False),
    ],
)
def test_what_looks_like_a_secret_is_refused_also_when_it_is_given(
    write_notebook: Write, write_workflow: Write, name: str, value: str, refused: bool
) -> None:
    write_notebook("n.ipynb", "1")
    path = write_workflow(
        f"cellar: 1\nname: f\nparameters: {{{name}: {{default: null}}}}\nsteps: {{a: {{notebook: n.ipynb}}}}\n"
    )
    if not refused:
        assert validate(read_document(path), {name: value}).values == {name: value}
        return
    with pytest.raises(InvalidWorkflow) as caught:
        validate(read_document(path), {name: value})
    assert "looks like a secret in clear" in str(caught.value)
    assert value == "x" or value not in str(caught.value)


def test_a_reference_typed_on_the_command_line_is_one(project: Path) -> None:
    document = cellar.Workflow("f", folder=project, parameters={"token": ParameterDeclaration("", "str")}).document
    typed = parameters_from_text(document, ['token={"secret": "env:HOME"}'])
    assert typed == {"token": {"secret": "env:HOME"}}
    assert parameters_from_text(document, ['token={"a": 1}']) == {"token": '{"a": 1}'}


def test_a_secret_goes_to_python_alone(write_notebook: Write, write_workflow: Write) -> None:
    write_notebook("n.ipynb", "#parameters\nx <- 1", kernel="python3", language="R")
    path = write_workflow(
        "cellar: 1\nname: f\nsteps: {a: {notebook: n.ipynb, parameters: {x: {secret: 'env:HOME'}}}}\n"
    )
    with pytest.raises(InvalidWorkflow, match="secrets are set in Python notebooks, and this one is in r"):
        validate(read_document(path))


def test_references_become_looks_into_the_environment() -> None:
    assert variable_of({"secret": "env:A"}) == "A"
    assert variable_of({"secret": "env:A", "more": 1}) is None
    assert assignments({"a": 1, "b": {"secret": "env:B"}}) == '\nb = __import__("os").environ["B"]'


def test_values_are_masked_in_each_form_and_short_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONG", CANARY)
    monkeypatch.setenv("SHORT", "abc")
    hidden = Redaction.of(["LONG", "SHORT", "NONE"])
    for form in (CANARY, repr(CANARY), json.dumps(CANARY), json.dumps([CANARY])):
        assert "ary" not in hidden.text(f"<{form}>")
    assert hidden.text("abc") == "abc"
    assert hidden.json({CANARY: [CANARY, 1, None]}) == {MASK: [MASK, 1, None]}
    assert os.environ["LONG"] == CANARY
