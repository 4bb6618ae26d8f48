"""Rewriting a document: what changed is changed, and all else, comments first, is as it was."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbcellar as cellar
from nbcellar.errors import ConflictError
from nbcellar.model import JSON
from nbcellar.workflow.loading.yamltext import rewrite, yaml_text
from nbcellar.workflow.loading.yamltree import plain, read_tree

Write = Callable[..., Path]

TEXT = textwrap.dedent(
    """
    # The survey, every month.
    cellar: 1   # the format
    name: survey
    description: >
      Folded, on
      two lines.

    # What a run may be given
    parameters:
      year:  {type: int, default: 2024}   # the season
      mode: fast   # or full
      # nothing more
    defaults: {retries: 0,   timeout: 30m}
    steps:
      # first
      clean:
        notebook: 01_clean.ipynb  # cleans
        parameters: {year: "${parameters.year}"}
        needs: []
        # after clean
      # second
      train:
        notebook: 02_train.ipynb
        inputs:
          - data/*.csv   # the data
          - more.csv
    # at the end
    publish:
    """
).lstrip()


def value_of(text: str) -> JSON:
    return plain(read_tree(text, "x.yaml"))


def changed(value: JSON, path: list[str | int], new: JSON) -> JSON:
    if not path:
        return new
    if isinstance(value, dict):
        inner = value.get(str(path[0]))
        return {**value, str(path[0]): changed(inner, path[1:], new)}
    assert isinstance(value, list)
    place = int(path[0])
    return [*value[:place], changed(value[place], path[1:], new), *value[place + 1 :]]


def without(value: JSON, path: list[str | int]) -> JSON:
    if not isinstance(value, dict) or path[0] not in value or len(value) == 1:  # a mapping keeps its last key
        return value
    if len(path) > 1:
        return {**value, str(path[0]): without(value[str(path[0])], path[1:])}
    return {key: item for key, item in value.items() if key != path[0]}


@pytest.mark.parametrize(
    ("path", "new", "line"),
    [
        (["name"], "census", "name: \"census\""),
        (["cellar"], 2, "cellar: 2   # the format"),
        (["parameters", "mode"], "full", "  mode: \"full\"   # or full"),
        (["parameters", "year"], 5, "  year:  5   # the season"),
        (["parameters", "more"], {"type": "str"}, "  more:\n    type: str"),
        (["steps", "clean", "notebook"], "a.ipynb", "    notebook: \"a.ipynb\"  # cleans"),
        (["steps", "clean", "needs"], ["train"], "    needs: [\"train\"]\n    # after clean\n  # second"),
        (["steps", "clean", "retries"], 2, "    needs: []\n    retries: 2\n    # after clean"),
        (["steps", "last"], {"notebook": "3.ipynb"}, "      - more.csv\n  last:\n    notebook: 3.ipynb\n# at the end"),
        (["steps", "train", "inputs"], ["a", "b"], "    inputs:\n      - a\n      - b\n# at the end"),
        (["description"], "Short.", "description: \"Short.\"\n\n# What"),
        (["publish"], {"a/b": "c"}, "publish: {\"a/b\": \"c\"}"),
        (["on_failure"], "mail me", "publish:\non_failure: mail me\n"),
    ],
)  # fmt: skip
def test_one_change_leaves_every_other_character(path: list[str | int], new: JSON, line: str) -> None:
    before = value_of(TEXT)
    after = changed(before, path, new)
    text = rewrite(TEXT, before, after)
    assert value_of(text) == after
    assert line in text
    kept = [each for each in text.splitlines() if each in TEXT.splitlines()]
    assert len(kept) >= len(TEXT.splitlines()) - 4


def test_what_is_removed_takes_its_own_lines_and_no_comment_of_another() -> None:
    before = value_of(TEXT)
    assert isinstance(before, dict) and isinstance(before["steps"], dict)
    after: JSON = {**before, "steps": {"train": before["steps"]["train"]}}
    text = rewrite(TEXT, before, after)
    assert value_of(text) == after
    assert "01_clean" not in text and "# second" in text and "# first" in text
    assert rewrite(TEXT, before, before) == TEXT


REMOVED = "(removed)"
WORDS = st.text(alphabet="ab1.e+-:#,{}[]'\"\\ \né~%@&*!|>?", max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_read_back_the_same(value: JSON) -> None:
    assert value_of(yaml_text({"v": value})) == {"v": value}


PATHS: list[list[str | int]] = [
    ["name"],
    ["parameters", "year", "default"],
    ["parameters", "mode"],
    ["steps", "clean", "notebook"],
    ["steps", "clean", "needs"],
    ["steps", "clean", "new"],
    ["publish"],
    ["defaults", "retries"],
]
CHANGES = st.tuples(
    st.sampled_from(PATHS) | WORDS.map(lambda word: ["parameters", word]) | WORDS.map(lambda word: ["steps", word]),
    VALUES | st.just(REMOVED),
    st.booleans(),
)
"""Where, what is to stand there, and whether it is written at once or together with the next change."""


def hold_changes(changes: list[tuple[list[str | int], JSON, bool]]) -> None:
    """The text means what was wanted after each rewriting, and nobody's comment is gone."""
    written = wanted = value_of(TEXT)
    text = TEXT
    for path, new, at_once in [*changes, (["on_failure"], "tell", True)]:
        wanted = without(wanted, path) if new == REMOVED else changed(wanted, path, new)
        if at_once:
            text, written = rewrite(text, written, wanted), wanted
            assert value_of(text) == wanted, text
    for comment in ("# The survey, every month.", "# What a run may be given", "# at the end", "# the data"):
        assert comment in text


@given(st.lists(CHANGES, max_size=4))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_change_is_made_and_comments_of_others_stay(changes: list[tuple[list[str | int], JSON, bool]]) -> None:
    hold_changes(changes)


@pytest.mark.long
@given(st.lists(CHANGES, max_size=6))
@settings(max_examples=5000, deadline=None)
def test_5000_changes_are_made_and_comments_of_others_stay(changes: list[tuple[list[str | int], JSON, bool]]) -> None:
    hold_changes(changes)


@pytest.mark.parametrize(
    "changes",
    [
        [(["steps", "1"], {"": None}), (["steps", "1"], {"": 2})],
        [(["steps", "1"], {"": {"": None}}), (["steps", "1"], {"": {"": 1, "a": 2}})],
        [(["steps", "clean", "new"], [[53], True]), (["steps", "clean", "new"], {"a": True})],
        [(["publish"], {"a": [1]}), (["publish"], None), (["publish"], {"b": {}})],
    ],
)
def test_empty_keys_and_lists_beside_their_key_change_like_others(changes: list[tuple[list[str | int], JSON]]) -> None:
    hold_changes([(path, new, True) for path, new in changes])


def test_a_workflow_that_is_changed_in_python_keeps_the_comments_of_its_file(
    project: Path, write_notebook: Write
) -> None:
    for name in ("01_clean.ipynb", "02_train.ipynb", "03_report.ipynb"):
        write_notebook(name, "#parameters\nyear = 1\nx = 1")
    path = project / "survey.yaml"
    path.write_text(TEXT)
    flow = cellar.Workflow.from_yaml(path)
    flow.notebook("03_report.ipynb", x=cellar.raw("clean", "n"), needs=["train"], timeout="5m")
    flow.publish("report/a.html", "out/")
    text = flow.to_yaml(path)
    assert path.read_text() == text
    assert text.startswith(TEXT.partition("# at the end")[0])
    assert cellar.Workflow.from_yaml(path).document == flow.document
    assert flow.to_yaml(path) == text

    other = cellar.Workflow.from_yaml(path)
    path.write_text(text + "# somebody was here\n")
    other.publish("clean/b.html", "out/")
    with pytest.raises(ConflictError, match="exists and is not this workflow"):
        other.to_yaml(path)
    assert path.read_text().endswith("# somebody was here\n")


def test_a_new_document_can_name_the_schema_for_editors(project: Path) -> None:
    flow = cellar.Workflow("f", folder=project, parameters={"a": "1e5", "b": [1], "c": "yes"})
    flow.notebook("a.ipynb")
    text = flow.to_yaml(project / "f.yaml", schema=True)
    assert text.startswith("# yaml-language-server: $schema=/")
    assert Path(text.partition("=")[2].partition("\n")[0]).is_file()
    assert cellar.Workflow.from_yaml(project / "f.yaml").document == flow.document


def test_a_key_below_and_a_key_behind_it_are_added_in_their_order() -> None:
    before = {"steps": {"a": {"notebook": "a.ipynb"}}}
    after = {"steps": {"a": {"notebook": "a.ipynb"}, "b": {"notebook": "b.ipynb"}}, "publish": {"b/c": "d"}}
    text = rewrite("steps:\n  a:\n    notebook: a.ipynb\n# the end\n", before, after)
    assert text.startswith("steps:\n  a:\n    notebook: a.ipynb\n  b:\n    notebook: b.ipynb\npublish:\n  b/c: d\n")
    assert text.endswith("# the end\n")
