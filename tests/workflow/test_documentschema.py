"""The JSON schema of workflow files: it says what the loader says, as far as a schema can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

import nbcellar as cellar
from nbcellar.errors import InvalidWorkflow
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.loading import composingflows
from nbcellar.workflow.loading import documentkeys as loader
from nbcellar.workflow.loading import mapped as mappedloader
from nbcellar.workflow.loading.document import parse_document
from nbcellar.workflow.loading.schema import PATH, document_schema
from tests.docs.conftest import ROOT, blocks, pages
from tests.workflow.checks.test_validation import GOOD
from tests.workflow.composition.conftest import INNER, OUTER
from tests.workflow.test_lume import FLOWS

SCHEMA = document_schema()
VALIDATOR = Draft7Validator(SCHEMA)


def examples() -> Iterator[tuple[str, str]]:
    """Every workflow of the documentation, the notebooks and the tests."""
    for page in pages():
        for block in blocks(page):
            if block.language == "yaml" and block.text.startswith(("cellar:", "# yaml-language-server", "name:")):
                yield f"{page.name}:{block.line}", block.text
    for path in (ROOT / "notebooks").rglob("*.yaml"):
        yield path.name, path.read_text()
    yield from {"good": GOOD, "inner": INNER, "outer": OUTER, "lume": FLOWS}.items()


def problems(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_shipped_file_is_the_schema_and_a_good_one() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert PATH.read_text(encoding="utf-8") == json.dumps(SCHEMA, indent=1, ensure_ascii=False) + "\n"
    assert cellar.config("schema").file == PATH  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "text"), [pytest.param(*each, id=each[0]) for each in examples()])
def test_every_example_fits_the_schema_and_so_does_what_is_written_of_it(name: str, text: str) -> None:
    assert not problems(text)
    source = parse_document(text, ROOT / "notebooks/penguins")
    assert not source.problems
    again = cellar.Workflow.from_json(json.loads(json.dumps(cellar.Workflow._of(source).to_json())))
    assert not list(VALIDATOR.iter_errors(again.to_json()))


@pytest.mark.parametrize(
    "step",
    [
        "clean: {notbook: clean.ipynb}",
        "clean: {}",
        "clean: clean.ipynb",
        "9x: {notebook: clean.ipynb}",
        "clean: {notebook: clean.ipynb, function: a.b}",
        "clean: {notebook: clean.ipynb, retries: -1}",
        "clean: {notebook: clean.ipynb, retries: true}",
        "clean: {notebook: clean.ipynb, needs: {a: 1}}",
        "clean: {notebook: clean.ipynb, cache: [1]}",
        "clean: {notebook: clean.ipynb, parameters: {'x=1;import os': 1}}",
        "clean: {notebook: clean.ipynb, for_each: {a: [1], b: [2]}}",
        "clean: {notebook: clean.ipynb, for_each: {a: 1}}",
        "clean: {notebook: clean.ipynb, when: 5}",
        "clean: {notebook: clean.ipynb, mapped_parameters: {n: {map_type: rwa, from: a.b}}}",
        "clean: {notebook: clean.ipynb, mapped_parameters: {n: {map_type: raw, from: a}}}",
        "clean: {notebook: clean.ipynb, mapped_parameters: {n: {map_type: raw, from: a.b, path: x}}}",
        "clean: {notebook: clean.ipynb, mapped_parameters: {n: {map_type: db, record: x, attribute: output}}}",
        "clean: {notebook: clean.ipynb, mapped_parameters: {n: 5}}",
        "clean: {workflow: clean.yaml, retries: 1}",
        "clean: {workflow: {steps: {}}}",
        "clean: {function: a.b, kernel: python3}",
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(tmp_path: Path, step: str) -> None:
    text = f"cellar: 1\nname: flow\nsteps:\n  {step}\n"
    assert problems(text)
    with pytest.raises(InvalidWorkflow):
        validate(parse_document(text, tmp_path))


def test_the_schema_knows_every_key_of_the_loader_and_no_other() -> None:
    definitions = SCHEMA["definitions"]
    assert isinstance(definitions, dict)

    def keys(name: str) -> set[str]:
        found = definitions[name]
        assert isinstance(found, dict)
        return set(found["properties"])  # type: ignore[arg-type]

    assert keys("document") == set(loader.DOCUMENT_KEYS)
    assert keys("parameter") == set(loader.PARAMETER_KEYS)
    assert keys("notebookStep") | keys("functionStep") == set(loader.STEP_KEYS)
    assert keys("workflowStep") == set(loader.WORKFLOW_KEYS)
    assert keys("flows") == set(composingflows.DOCUMENT_KEYS)
    defaults = definitions["document"]["properties"]["defaults"]["properties"]  # type: ignore[index,call-overload]
    assert set(defaults) == set(loader.DEFAULT_KEYS)  # type: ignore[arg-type]
    kinds = definitions["mapped"]["oneOf"]  # type: ignore[index,call-overload]
    found = {kind["properties"]["map_type"]["const"]: set(kind["properties"]) for kind in kinds}  # type: ignore
    assert found == {kind: set(each) for kind, each in mappedloader.KEYS.items()}
