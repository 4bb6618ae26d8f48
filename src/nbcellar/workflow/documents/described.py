"""A document for the record: what no file can name is described, so that the run says what it was."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nbcellar.lightclasses import replace
from nbcellar.model import JSON
from nbcellar.tasks.context.results import result_of
from nbcellar.tasks.resources.specification import Params, ResourceSpecification
from nbcellar.workflow.documents.document import Document, document_json


def document_text(document: Document) -> str:
    """The document as JSON, with words for functions, types and parameters that only Python holds.

    Args:
        document: Composed. Each step gets a line of its own: there may be thousands, and a short one is read at a look.
    """
    resources = {name: _resource(each) for name, each in document.resources.items()}
    whole = document_json(replace(document, resources=resources), nameless=lambda _step, function: _words(function))
    parts = {key: json.dumps(value, indent=1).replace("\n", "\n ") for key, value in whole.items() if key != "steps"}
    steps = whole["steps"]
    assert isinstance(steps, dict)  # as document_json makes it
    lines = (f"  {json.dumps(name)}: {json.dumps(step)}" for name, step in steps.items())
    parts["steps"] = "{\n" + ",\n".join(lines) + "\n }"
    return "{\n" + ",\n".join(f' "{key}": {parts[key]}' for key in whole) + "\n}"


def _resource(resource: ResourceSpecification) -> ResourceSpecification:
    return replace(resource, type=resource.type or _words(resource.factory), params=_params(resource.params))


def _params(params: Params) -> Params:
    if isinstance(params, Mapping):
        return {name: _value(value) for name, value in params.items()}
    return [_value(value) for value in params]


def _value(value: object) -> JSON:
    kept = result_of(value)
    return kept.words or kept.value


def _words(found: object) -> str:
    return str(getattr(found, "__qualname__", None) or type(found).__name__)
