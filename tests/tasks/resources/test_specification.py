"""Specifications: read, written, and each rule with its message."""

from __future__ import annotations

import pytest

from nbcellar.errors import UsageError
from nbcellar.model import JSON
from nbcellar.tasks.resources.specification import KEYS, ResourceScope, ResourceSpecification

GOOD: dict[str, JSON] = {"id": "hist", "type": "mypkg.Histogram", "scope": "runner"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "1st"}, "id: '1st' is not a Python identifier."),
        ({"id": "assets"}, "id: 'assets' is reserved."),
        ({"id": "input"}, "id: 'input' is reserved."),
        ({"id": "meta"}, "id: 'meta' is reserved."),
        ({"id": "tube"}, "id: 'tube' is reserved."),
        ({"id": 3}, "id: it must be text, and is 3."),
        ({"type": "Histogram"}, "type: 'Histogram' is neither module.Name nor built in."),
        ({"type": "dcit"}, "Did you mean 'dict'?"),
        ({"type": ".mypkg.Histogram"}, "type: '.mypkg.Histogram' is relative."),
        ({"type": "mypkg.3d"}, "type: '3d' in 'mypkg.3d' is not a Python identifier."),
        ({"type": "mypkg..Histogram"}, "type: '' in 'mypkg..Histogram' is not a Python identifier."),
        ({"scope": "runer"}, "scope: 'runer' is no scope. Did you mean 'runner'?"),
        ({"depends": "score"}, "depends: 'score' is not STEP.NAME."),
        ({"depends": "a..c"}, "depends: '' in 'a..c' is not a usable name."),
        ({"depends": ".hist"}, "depends: '.hist' names no step."),
        ({"depends": "score."}, "depends: 'score.' names nothing that 'score' emits."),
        ({"depends": "sc ore.hist"}, "depends: 'sc ore' in 'sc ore.hist' is not a usable name."),
        ({"depends": "score.1"}, "depends: '1' in 'score.1' is not a usable name."),
        ({"depends": "a.b", "scope": "process"}, "depends: it goes with the scope runner alone"),
        ({"params": "bins"}, "params: they must be a mapping or a list"),
        ({"params": {"a b": 1}}, "params: 'a b' cannot be the name of an argument."),
        ({"parms": {}}, "parms: unknown key 'parms'. Did you mean 'params'?"),
    ],
)
def test_each_rule_has_its_message(changes: dict[str, JSON], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        ResourceSpecification.from_json({**GOOD, **changes})
    assert message in str(refused.value)


@pytest.mark.parametrize("key", ["id", "type", "scope"])
def test_what_is_required_is_missed(key: str) -> None:
    with pytest.raises(UsageError, match=f"{key} is missing"):
        ResourceSpecification.from_json({name: value for name, value in GOOD.items() if name != key})


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        ResourceSpecification.from_json({"id": "1", "type": ".x", "scope": "never", "extra": 1})
    assert str(refused.value).count("\n  ") == 4


def test_a_specification_is_a_mapping() -> None:
    with pytest.raises(UsageError, match="a mapping of keys"):
        ResourceSpecification.from_json(["hist"])


@pytest.mark.parametrize(
    "more", [{}, {"params": {"bins": 3}}, {"params": [1, "a"]}, {"depends": "score.hist"}, {"description": "Why"}]
)
def test_a_specification_survives_json(more: dict[str, JSON]) -> None:
    read = ResourceSpecification.from_json({**GOOD, **more})
    assert read.to_json() == {**GOOD, **more}
    assert ResourceSpecification.from_json(read.to_json()) == read


def test_a_built_in_name_alone_is_a_type() -> None:
    assert ResourceSpecification.from_json({**GOOD, "type": "dict"}).type == "dict"


def test_the_scopes_are_those_of_noob() -> None:
    assert [scope.value for scope in ResourceScope] == ["runner", "process", "node"]


def test_the_schema_forbids_unknown_keys_and_names_each_known_one() -> None:
    schema = ResourceSpecification.json_schema()
    assert schema["additionalProperties"] is False
    assert isinstance(schema["properties"], dict)
    assert set(schema["properties"]) == set(KEYS)


def test_what_was_made_from_a_nameless_function_cannot_be_written() -> None:
    made = ResourceSpecification("one", "", ResourceScope.NODE, factory=lambda: 1)
    with pytest.raises(UsageError, match="which no file can name"):
        made.to_json()


def test_what_cannot_be_called_makes_no_resource() -> None:
    with pytest.raises(UsageError, match=r"type: 3 makes nothing\. Give a class, a function or a generator"):
        ResourceSpecification("n", "", ResourceScope.RUNNER, factory=3)  # type: ignore[arg-type]
