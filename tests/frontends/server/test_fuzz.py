"""Requests made from our own OpenAPI document, and mangled: every answer is one that the document describes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from nbcellar.assets.asset import Asset
from nbcellar.frontends.browsing.keys import key_of
from nbcellar.frontends.server.openapi import document

from .conftest import TOKEN, Server

pytestmark = pytest.mark.timeout(400)
HEADERS = {"Authorization": f"token {TOKEN}"}
EXAMPLES = 85


@pytest.fixture(scope="module")
def schema(server: Server, saved: Asset) -> Iterator[schemathesis.BaseSchema]:
    yield schemathesis.openapi.from_url(f"{server.url}/nbcellar/api/openapi.json", headers=HEADERS)


def operations() -> list[tuple[str, str]]:
    whole = document()
    assert isinstance(whole, dict)
    paths = whole["paths"]
    assert isinstance(paths, dict)
    return [(method, path) for path, items in paths.items() if isinstance(items, dict) for method in items]


def mean_something(case: schemathesis.Case, saved: Asset, known: int) -> None:
    """Let a question be about a cellar, a run and a file that are there, so that it comes further than their names."""
    real = {"uuid": saved.cellar.uuid, "run": saved.run.id, "key": key_of(b"t.csv")}
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: real[name] for name in list(real)[:known] if name in place})


@pytest.mark.parametrize(("method", "path"), operations())
def test_whatever_is_asked_the_answer_is_described(
    saved: Asset, schema: schemathesis.BaseSchema, method: str, path: str
) -> None:
    seen: dict[int, int] = {}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=schema[path][method].as_strategy())
    def ask(case: schemathesis.Case) -> None:
        mean_something(case, saved, sum(seen.values()) % 4)
        response = case.call(headers=HEADERS)
        seen[response.status_code] = seen.get(response.status_code, 0) + 1
        assert response.status_code < 500 or response.status_code == 501, (response.status_code, response.text)
        case.validate_response(response, checks=[status_code_conformance, content_type_conformance])

    ask()
    print(f"{method.upper()} {path}: {seen}")
    assert sum(seen.values()) >= EXAMPLES
