"""A document for the record: what no file can name is described, so that the run says what it was."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.lightclasses import replace
from nbcellar.model import JSON
from nbcellar.tasks.context.results import result_of
from nbcellar.tasks.resources.specification import Params, ResourceSpecification
from nbcellar.workflow.documents.document import Document, FunctionBody, Step, WorkflowBody


def described(document: Document) -> Document:
    """The document, with words for functions, types and parameters that only Python holds."""
    return replace(
        document,
        steps={name: _step(step) for name, step in document.steps.items()},
        resources={name: _resource(each) for name, each in document.resources.items()},
    )


def _step(step: Step) -> Step:
    match step.body:
        case FunctionBody(name="", function=function):
            return replace(step, body=FunctionBody(_words(function)))
        case WorkflowBody(document=Document() as inner):
            return replace(step, body=WorkflowBody(document=described(inner)))
    return step


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
