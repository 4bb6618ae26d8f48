"""Whatever is made in Python is the same after JSON, after YAML and after an edit, and fits the schema."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

import nbcellar as cellar
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import ParameterDeclaration
from nbcellar.workflow.loading.document import parse_document
from nbcellar.workflow.loading.schema import document_schema

VALIDATOR = Draft7Validator(document_schema())
FOLDER = Path(tempfile.gettempdir())

NAMES = st.text("ab_Z-9", max_size=4).map(lambda text: f"n{text}")
IDENTIFIERS = st.text("ab_Z9", max_size=4).map(lambda text: f"v{text}")
TEXTS = st.text(
    "ab \t\n\x00\x7f\x85\u2028\ufeffü\U0001f600'\"\\\\:#-{}[]&*!|>%@`,?~0e.$", max_size=8
) | st.sampled_from(
    ["yes", "1e5", "0x1F", "12:30", "2024-01-01", "~", "null", "a: b", "# no", "- x", "${parameters.p}", "$${x}", ".5"]
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXTS | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES: st.SearchStrategy[JSON] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2), max_leaves=4
)
INDEX = st.lists(st.integers(0, 9) | NAMES, max_size=2)
MAPPED = st.one_of(
    st.builds(cellar.raw, NAMES, NAMES),
    st.builds(cellar.file, NAMES, NAMES, TEXTS, as_asset=st.booleans()),
    st.builds(lambda record, index: cellar.db(record=record, attribute="outputs", attribute_index=index), NAMES, INDEX),
    st.builds(lambda step, index: cellar.db(step, "n", attribute="inputs", attribute_index=index), NAMES, INDEX),
)
CONDITIONS = st.sampled_from(["parameters.p > 1", "steps.a.b.c == 'x' or true", "not steps['a.b'].c"])
DURATIONS = st.sampled_from([None, "90", "1.5s", "30m", 7, 0.25, "2h"])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "needs": st.lists(NAMES, max_size=2, unique=True),
        "when": CONDITIONS | st.lists(CONDITIONS, max_size=2),
        "depends_on_env": st.lists(NAMES, max_size=2, unique=True),
        "cache": st.sampled_from([True, False, "7d", 90, 1.5]),
        "description": TEXTS,
        "parameters": st.dictionaries(IDENTIFIERS, VALUES | MAPPED, max_size=3),
    },
)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "inputs": st.lists(TEXTS.filter(bool), max_size=2),
        "for_each": st.dictionaries(IDENTIFIERS, st.lists(VALUES, max_size=2) | TEXTS | MAPPED, min_size=1, max_size=1),
        "retries": st.integers(0, 1000),
        "timeout": DURATIONS,
        "cell_timeout": DURATIONS,
    },
)


@st.composite
def workflows(draw: st.DrawFn, depth: int = 1) -> cellar.Workflow:
    parameters = draw(
        st.dictionaries(
            NAMES,
            VALUES
            | st.builds(
                ParameterDeclaration,
                st.just(""),
                st.sampled_from(["", "int", "str | None"]),
                default=SCALARS,
                required=st.just(False),
                description=TEXTS,
            )
            | st.just(ParameterDeclaration("", "int", required=True)),
            max_size=3,
        )
    )
    flow = cellar.Workflow(
        draw(NAMES),
        parameters=parameters,
        folder=FOLDER,
        description=draw(TEXTS),
        notebooks_to=draw(st.sampled_from(["", "out/"])),
        on_failure=draw(st.sampled_from(["", "mail 'me'"])),
    )
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        options = draw(OPTIONS)
        if depth and draw(st.booleans()):
            inner = draw(st.just("sub.yaml") | workflows(depth=depth - 1))
            flow.workflow(inner, id=name, **options)
        else:
            flow.notebook("a.ipynb", id=name, **options, **draw(MORE))
    for target in draw(st.lists(TEXTS.filter(bool), max_size=2, unique=True)):
        flow.publish(f"{next(iter(flow.steps))}/{target}", target)
    return flow


SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(workflows())
@SETTINGS
def test_a_document_is_the_same_after_json_and_yaml_and_fits_the_schema(flow: cellar.Workflow) -> None:
    whole = flow.to_json()
    assert cellar.Workflow.from_json(json.loads(json.dumps(whole)), FOLDER).document == flow.document
    read = parse_document(flow.to_yaml(), FOLDER)
    assert not read.problems
    assert read.document == flow.document
    problems = [error.message for error in VALIDATOR.iter_errors(whole)]
    assert not problems


@given(workflows(), workflows(depth=0))
@SETTINGS
def test_steps_added_to_a_read_document_are_edits_of_its_text(flow: cellar.Workflow, more: cellar.Workflow) -> None:
    text = f"# a comment\n{flow.to_yaml()}# the end\n"
    read = cellar.Workflow._of(parse_document(text, FOLDER))
    for name in more.steps:
        if name not in read.steps:
            read.notebook("b.ipynb", id=name, x=cellar.raw(next(iter(flow.steps)), "y"))
    read.publish("b/c", "d")
    edited = read.to_yaml()
    assert edited.startswith("# a comment\n")
    assert edited.count("# the end\n") == 1
    again = parse_document(edited, FOLDER)
    assert not again.problems
    assert again.document == read.document
