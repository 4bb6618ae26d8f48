"""Mapped parameters made by LUME's class: what ``map_type`` makes, and what is refused."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest

import nbcellar as cellar
from nbcellar.errors import UsageError

STEP = {"parent_flow_name": "fit", "parent_task_name": "score"}


@pytest.mark.parametrize(
    ("more", "made"),
    [
        ({}, cellar.raw("fit", "score")),
        ({"map_type": "raw"}, cellar.raw("fit", "score")),
        ({"map_type": "file", "path": "a.txt"}, cellar.file("fit", "score", "a.txt")),
        ({"map_type": "object"}, cellar.ObjectMappedParameter("fit", "score")),
        ({"map_type": "db", "attribute_index": None}, cellar.db("fit", "score")),
        (
            {"map_type": "db", "attribute_index": ["outputs", "x"]},
            cellar.db("fit", "score", attribute_index=["outputs", "x"]),
        ),
    ],
)
def test_map_type_says_which_is_made(more: dict[str, object], made: cellar.MappedParameter) -> None:
    for found in (cellar.MappedParameter(**STEP, **more), cellar.MappedParameter({**STEP, **more})):
        assert found == made and type(found) is type(made) and isinstance(found, cellar.MappedParameter)
        assert copy.copy(found) == pickle.loads(pickle.dumps(found)) == made


def test_each_class_takes_its_own_map_type_and_no_other() -> None:
    options: dict[str, str] = {**STEP, "map_type": "file"}
    assert cellar.FileMappedParameter(**options) == cellar.file("fit", "score")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="No mapped parameter type available for 'file'"):
        cellar.RawMappedParameter(**options)
    assert [*inspect.signature(cellar.FileMappedParameter).parameters] == [*STEP, "path", "as_asset"]


@pytest.mark.parametrize("kind", ["fiel", "", None, ["raw"]])
def test_an_unknown_map_type_is_refused_by_name(kind: object) -> None:
    with pytest.raises(UsageError, match="No mapped parameter type available for ") as caught:
        cellar.MappedParameter(**STEP, map_type=kind)  # type: ignore[arg-type]
    assert repr(kind) in str(caught.value) and caught.value.hint


def test_a_workflow_takes_one_and_what_is_none_is_no_instance() -> None:
    assert not isinstance(STEP, cellar.MappedParameter)
    with pytest.raises(TypeError, match="path"):
        cellar.MappedParameter(**STEP, path="a.txt")
