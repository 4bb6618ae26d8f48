"""Resources and functions in documents: read, written back, and refused where they cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow, UsageError
from nbcellar.tasks.resources.specification import ResourceScope, ResourceSpecification
from nbcellar.workflow.documents.document import FunctionBody, document_json
from nbcellar.workflow.documents.mapped import ObjectMappedParameter
from nbcellar.workflow.loading.document import parse_document
from nbcellar.workflow.making.workflow import Workflow

LOOP = """
cellar: 1
name: loop
resources:
  - {id: hist, type: mypkg.Histogram, scope: runner, params: {bins: 32}, depends: score.hist, description: Running}
  - {id: rng, type: random.Random, scope: node, params: [7]}
steps:
  load: {function: mypkg.load, use: {random: rng}}
  score:
    function: mypkg.score
    use: [hist]
    emits: [hist, mean]
    mapped_parameters: {data: {map_type: object, from: load.value}}
"""


def problems(text: str, tmp_path: Path) -> list[str]:
    return [f"{each.line} {each.key}: {each.message}" for each in parse_document(text, tmp_path).problems]


def test_resources_and_functions_are_read(tmp_path: Path) -> None:
    source = parse_document(LOOP, tmp_path)
    assert source.problems == ()
    hist = source.document.resources["hist"]
    assert hist == ResourceSpecification(
        "hist", "mypkg.Histogram", ResourceScope.RUNNER, {"bins": 32}, "score.hist", "Running"
    )
    score = source.document.steps["score"]
    assert score.body == FunctionBody("mypkg.score")
    assert score.use == {"hist": "hist"}
    assert score.emits == ("hist", "mean")
    assert score.mapped_parameters == {"data": ObjectMappedParameter("load", "value")}
    assert source.document.steps["load"].use == {"random": "rng"}


def test_a_document_with_resources_survives_json(tmp_path: Path) -> None:
    document = parse_document(LOOP, tmp_path).document
    assert Workflow.from_json(document_json(document), tmp_path).document == document


def test_the_assets_of_noob_are_read_as_resources(tmp_path: Path) -> None:
    text = """
cellar: 1
name: loop
assets:
  client: {type: mypkg.open_client, scope: process}
steps:
  one: {function: mypkg.load, use: [client]}
"""
    source = parse_document(text, tmp_path)
    assert source.problems == ()
    assert source.document.resources == {
        "client": ResourceSpecification("client", "mypkg.open_client", ResourceScope.PROCESS)
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hist: {id: other, type: dict, scope: node}", "4 assets.hist.id: its id is 'other', and it stands under"),
        ("hist: {type: dict, scope: node, depend: a.b}", "4 assets.hist.depend: unknown key 'depend'."),
        ("hist: {type: dict}", "4 assets.hist.scope: scope is missing."),
        ("hist: 3", "4 assets.hist: it must be a mapping"),
        ("tube: {type: dict, scope: node}", "4 assets.tube.id: 'tube' is reserved."),
        ("hist: {type: dict, scope: process, depends: a.b}", "it goes with the scope runner alone"),
    ],
)
def test_what_cannot_be_a_resource_is_named_with_its_line(tmp_path: Path, line: str, expected: str) -> None:
    text = f"cellar: 1\nname: loop\nassets:\n  {line}\nsteps:\n  one: {{function: mypkg.load}}\n"
    assert any(expected in each for each in problems(text, tmp_path)), problems(text, tmp_path)


def test_a_step_runs_one_thing(tmp_path: Path) -> None:
    text = (
        "cellar: 1\nname: loop\nsteps:\n  one: {function: a.b, notebook: c.ipynb}\n  two: {function: a.b, kernel: k}\n"
    )
    found = problems(text, tmp_path)
    assert any("it names a notebook and a function" in each for each in found)
    assert any("a function has no kernel" in each for each in found)


def test_two_resources_of_one_id_are_refused(tmp_path: Path) -> None:
    text = "cellar: 1\nname: loop\nresources:\n  - {id: a, type: dict, scope: node}\n"
    text += "  - {id: a, type: list, scope: node}\nsteps:\n  one: {function: a.b}\n"
    assert any("there are two resources 'a'" in each for each in problems(text, tmp_path))


def test_a_function_that_no_name_means_cannot_be_written_to_a_file(tmp_path: Path) -> None:
    document = parse_document(LOOP, tmp_path).document
    step = document.steps["load"]
    from dataclasses import replace

    nameless = replace(document, steps={"load": replace(step, body=FunctionBody("", lambda: 1))})
    with pytest.raises(UsageError, match="which no file can name"):
        document_json(nameless)


CHECKED = """
cellar: 1
name: loop
resources:
  - {id: hist, type: dict, scope: runner, depends: DEPENDS}
steps:
  load: {function: mypkg.load}
  update: {function: mypkg.score, use: [USED], emits: [hist], mapped_parameters: {data: {from: load.value}}}
  after: {function: mypkg.score, use: [AFTER], mapped_parameters: {data: {map_type: object, from: update.hist}}}
"""


@pytest.mark.parametrize(
    ("depends", "used", "after", "expected"),
    [
        ("updat.hist", "hist", "", "resources.hist.depends: there is no step 'updat'. Did you mean 'update'?"),
        ("update.hits", "hist", "", "step 'update' emits no 'hits'. Did you mean 'hist'?"),
        ("update.hist", "hits", "", "steps.update.use: there is no resource 'hits'. Did you mean 'hist'?"),
        ("update.hist", "data: hist", "", "steps.update.use: 'data' is given twice"),
        ("update.hist", "hist", "hist", "'hist' is stored by step 'update', and 'after' runs beside or after it."),
    ],
)
def test_the_document_as_a_whole_is_checked(tmp_path: Path, depends: str, used: str, after: str, expected: str) -> None:
    text = CHECKED.replace("DEPENDS", depends).replace("AFTER", after)
    text = text.replace("[USED]", f"{{{used}}}" if ":" in used else f"[{used}]")
    with pytest.raises(InvalidWorkflow) as refused:
        Workflow._of(parse_document(text, tmp_path)).validate()
    assert expected in str(refused.value)
