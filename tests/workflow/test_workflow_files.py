"""Files that are no workflow: each is refused with its line, and nothing of it is believed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbcellar.errors import InvalidWorkflow, NotFoundError, UsageError
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading.document import load_document, parse_document, read_document

Write = Callable[..., Path]


def test_yaml_bombs_are_refused(project: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    deep, deeper = ("a: " + "[" * depth + "]" * depth for depth in (40, 2000))
    wide = "a: [" + "x," * 20_000 + "]"
    large = "a: " + "x" * 2**21
    for text, message in [
        (bomb, "anchors"),
        (deep, "nested deeper"),
        (deeper, "nest"),  # newer parsers have a limit of their own
        (wide, "more than 10,000"),
        (large, "larger than"),
    ]:
        with pytest.raises(InvalidWorkflow, match=message):
            parse_document(text, project)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no workflow file") as nothing:
        load_document(tmp_path / "none.yaml")
    assert nothing.value.hint == ""
    (tmp_path / "survey.yaml").write_text("")
    (tmp_path / "a.yml").write_text("")
    with pytest.raises(NotFoundError) as near:
        load_document(tmp_path / "survy.yaml")
    assert near.value.hint == "Did you mean 'survey.yaml'?"
    with pytest.raises(NotFoundError) as far:
        load_document(tmp_path / "qqq.json")
    assert far.value.hint == "There are 'a.yml', 'survey.yaml'."


def test_a_folder_is_no_workflow_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"is a folder, and a workflow is a file\. No workflow file lies in it\."):
        load_document(tmp_path)
    (tmp_path / "flow.yaml").touch()
    with pytest.raises(NotFoundError, match=r"is a folder, .*There are 'flow\.yaml'\."):
        load_document(tmp_path)


def test_what_is_no_file_is_called_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "link.yaml").symlink_to("gone.yaml")
    (tmp_path / "ring.yaml").symlink_to("ring.yaml")
    with pytest.raises(NotFoundError, match=r"pipe\.yaml' is a pipe or a device, and a workflow is a file"):
        load_document(tmp_path / "pipe.yaml")
    for name, target in (("link", "gone"), ("ring", "ring")):
        with pytest.raises(NotFoundError, match=rf"{name}\.yaml' is a link to '{target}\.yaml', where no file is"):
            load_document(tmp_path / f"{name}.yaml")
    with pytest.raises(UsageError, match="An empty text is no workflow file"):
        load_document("")


def test_paths_start_from_where_a_link_lies(project: Path, write_workflow: Write, write_notebook: Write) -> None:
    (project / "linked").mkdir()
    write_notebook("real/a.ipynb", "1")
    write_workflow("cellar: 1\nname: f\nsteps: {a: {notebook: a.ipynb}}\n", "real/f.yaml")
    link = project / "linked/f.yaml"
    link.symlink_to("../real/f.yaml")
    top = write_workflow("cellar: 1\nname: t\nsteps: {s: {workflow: linked/f.yaml}}\n", "top.yaml")
    hint = r"f\.yaml is a link to '\.\./real/f\.yaml', and its paths start from where the link lies\."
    for path in (link, top):
        with pytest.raises(InvalidWorkflow, match=rf"there is no notebook 'a\.ipynb'\. \S*{hint}"):
            validate(read_document(path))
    write_notebook("linked/a.ipynb", "2")
    assert validate(read_document(link)).notebooks["a"].path == project / "linked/a.ipynb"
    assert validate(read_document(top)).notebooks["s.a"].path == project / "linked/a.ipynb"


def test_a_tab_at_the_beginning_of_a_line_is_named(tmp_path: Path) -> None:
    hint = "The line begins with a tab, and YAML is indented with spaces."
    with pytest.raises(InvalidWorkflow, match=rf"w\.yaml:3: .*{hint}"):
        parse_document("cellar: 1\nsteps:\n\ta: {notebook: a.ipynb}\n", tmp_path, "w.yaml")
    with pytest.raises(InvalidWorkflow) as other:
        parse_document("cellar: 1\nname: [\t\n", tmp_path, "w.yaml")
    assert hint not in str(other.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_bytes(b"cellar: \xff")
    with pytest.raises(InvalidWorkflow, match="it is not UTF-8 text"):
        load_document(tmp_path / "flow.yaml")


TEXTS = st.text(alphabet="abc:-[]{}&*!|>'\"# \n\t0129.,~?%@", max_size=200)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_document_or_an_invalid_workflow(text: str) -> None:
    try:
        source = parse_document(text, Path("/"))
    except InvalidWorkflow:
        return
    assert source.problems
