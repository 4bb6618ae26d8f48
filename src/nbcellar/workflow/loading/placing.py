"""One step of an inner workflow, as the outer one has it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from nbcellar.errors import UsageError
from nbcellar.lightclasses import replace
from nbcellar.model import JSON
from nbcellar.tasks.resources.specification import ResourceSpecification
from nbcellar.workflow.documents.conditions import Condition, references
from nbcellar.workflow.documents.document import (
    Body,
    CachePolicy,
    Document,
    FunctionBody,
    NotebookBody,
    Step,
    WorkflowBody,
)
from nbcellar.workflow.documents.filling import refilled
from nbcellar.workflow.documents.mapped import MappedParameter
from nbcellar.workflow.documents.templates import expressions, parameter_of, sole_parameter, substitute


class Names(dict[str, str]):
    """From each step of an inner workflow to its name outside; a name of no step is that of no step outside either."""

    def __init__(self, outer: str, steps: Iterable[str]) -> None:
        super().__init__({name: f"{outer}.{name}" for name in steps})
        self.outer = outer

    def __missing__(self, name: str) -> str:
        return f"{self.outer}.{name}"

    def resource(self, name: str) -> str:
        """What a resource of the inner workflow is called outside: an identifier as well."""
        return f"{re.sub(r'[.-]', '_', self.outer)}_{name}"


Values: TypeAlias = "Mapping[str, JSON | MappedParameter]"


def placed(step: Step, outer: Step, names: Names, values: Values, way: str) -> Step:
    """The step under its new name.

    Args:
        step: Of the inner workflow.
        outer: The step that the inner workflow is.
        names: From each step of the inner workflow to its name outside.
        values: What each parameter of the inner workflow stands for.
        way: From the outer document's folder to the inner one's.

    Raises:
        UsageError: A mapped value would have to be part of a text.
    """
    step = refilled(step, lambda text: _text(text, values, step.id))
    sources = {name: _value(value, values, name) for name, value in step.parameters.items()}
    mapped = {name: _renamed(each, names) for name, each in step.mapped_parameters.items()}
    return replace(
        step,
        id=names[step.id],
        body=_moved_body(step.body, way, Path()),
        parameters={name: source for name, source in sources.items() if not isinstance(source, MappedParameter)},
        mapped_parameters={
            **mapped,
            **{name: source for name, source in sources.items() if isinstance(source, MappedParameter)},
        },
        for_each={name: _source(source, names, values, name) for name, source in step.for_each.items()},
        needs=tuple(dict.fromkeys((*(names[each] for each in step.needs), *outer.needs))),
        when=(*(_bound(each, names, values) for each in step.when), *outer.when),
        inputs=tuple(moved(pattern, way) for pattern in step.inputs),
        use={argument: names.resource(each) for argument, each in step.use.items()},
        depends_on_env=tuple(dict.fromkeys((*step.depends_on_env, *outer.depends_on_env))),
        cache=_cache(step.cache, outer.cache),
    )


def placed_resources(inner: Document, names: Names, values: Values) -> dict[str, ResourceSpecification]:
    """The resources of an inner workflow under their new names, made with what the workflow was given.

    Raises:
        UsageError: A mapped value would have to be one of their parameters: they are made before any step.
    """
    found = {}
    for each in inner.resources.values():
        step, _, emits = each.depends.rpartition(".")
        depends = f"{names[step]}.{emits}" if each.depends else ""
        params = _made_with(each.params, values, each.id)
        assert isinstance(params, Mapping | Sequence)  # as they were
        found[names.resource(each.id)] = replace(each, id=names.resource(each.id), depends=depends, params=params)
    return found


def _made_with(value: object, values: Values, resource: str) -> object:
    """A parameter of a resource, which may hold what is no JSON."""
    if isinstance(value, str):
        given = _value(value, values, resource)
        if isinstance(given, MappedParameter):
            hint = "Give the value itself, or let a step take it."
            raise UsageError(
                f"the resource {resource!r} is made before any step, and {value} comes from one.", hint=hint
            )
        return given
    if isinstance(value, Mapping):
        return {key: _made_with(each, values, resource) for key, each in value.items()}
    return [_made_with(each, values, resource) for each in value] if isinstance(value, list | tuple) else value


def moved(path: str, way: str) -> str:
    """A path of the inner document, from the outer one's folder."""
    return path if way == "." or "://" in path else os.path.join(way, path)


def rebased(document: Document, way: str, folder: Path) -> Document:
    """A document as it reads from another folder, ``way`` away from its own."""
    steps = {
        name: replace(
            step, body=_moved_body(step.body, way, folder), inputs=tuple(moved(each, way) for each in step.inputs)
        )
        for name, step in document.steps.items()
    }
    publish = tuple(replace(each, target=moved(each.target, way)) for each in document.publish)
    notebooks_to = moved(document.notebooks_to, way) if document.notebooks_to else ""
    return replace(document, folder=folder, steps=steps, publish=publish, notebooks_to=notebooks_to)


def plain_text(text: str, values: Values) -> str:
    """A text with the plain values of parameters in it; what is mapped is left as it is."""
    return str(
        substitute(text, {name: value for name, value in values.items() if not isinstance(value, MappedParameter)})
    )


def _moved_body(body: Body, way: str, folder: Path) -> Body:
    match body:
        case NotebookBody(path=path):
            return replace(body, path=moved(path, way))
        case FunctionBody(name=name, folder=inner_folder) if name and way != ".":
            return replace(body, folder=moved(inner_folder, way))
        case WorkflowBody(path=path, document=None):
            return replace(body, path=moved(path, way))
        case WorkflowBody(document=Document() as inner):
            return replace(body, document=rebased(inner, way, folder))
    return body


def _cache(inner: CachePolicy, outer: CachePolicy) -> CachePolicy:
    return inner if outer == CachePolicy() else outer


def _value(value: JSON, values: Values, name: str) -> JSON | MappedParameter:
    alone = sole_parameter(value)
    if alone is not None and alone in values:
        return values[alone]
    plain: dict[str, JSON] = {key: each for key, each in values.items() if not isinstance(each, MappedParameter)}
    for expression in expressions(value):
        parameter = parameter_of(expression)
        if parameter in values and parameter not in plain:
            hint = f"Give it to the notebook alone: {name}: ${{parameters.{parameter}}}."
            raise UsageError(f"{parameter!r} is mapped, so it cannot be a part of {name!r}.", hint=hint)
    return substitute(value, plain)


def _text(text: str, values: Values, name: str) -> JSON:
    """A text that says where to look, which only plain values can be a part of."""
    found = _value(text, values, name)
    if isinstance(found, MappedParameter):
        hint = "What a step looks at is known before it starts: give the value itself."
        raise UsageError(f"{text} is mapped, and cannot say what {name!r} looks at.", hint=hint)
    return found


def _source(source: JSON | MappedParameter, names: Names, values: Values, name: str) -> JSON | MappedParameter:
    return _renamed(source, names) if isinstance(source, MappedParameter) else _value(source, values, name)


def _renamed(mapped: MappedParameter, names: Names) -> MappedParameter:
    parent = mapped.parent_flow_name
    return replace(mapped, parent_flow_name=names[parent]) if parent else mapped


def _bound(condition: Condition, names: Names, values: Values) -> Condition:
    """A condition of the inner workflow: each reference is bound to what it means outside."""
    try:
        found = references(condition)
    except UsageError:
        return condition  # it is noted where conditions are checked
    bindings = {name: _source(source, names, values, "when") for name, source in found.items()}
    return replace(condition, bindings=bindings)
