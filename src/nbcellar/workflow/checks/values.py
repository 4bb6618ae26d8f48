"""What can be wrong with single values of a document: parameters, numbers, names."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping

from nbcellar.errors import InvalidWorkflow, ParameterNotInFlow, did_you_mean
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import ParameterDeclaration, Step
from nbcellar.workflow.documents.mapped import MappedParameter
from nbcellar.workflow.documents.secretreferences import reference_problems, variable_of
from nbcellar.workflow.documents.templates import expressions, parameter_of, sole_parameter, unclosed
from nbcellar.workflow.documents.valuetypes import kind_of, not_json, parse_type, shortened
from nbcellar.workflow.loading.reading import MAX_COUNT
from nbcellar.workflow.sources.notebook import NotebookSource
from nbcellar.workflow.sources.parameters import NotebookParameter

MAX_VALUE_BYTES = 2**20
EXPRESSION_HINT = "Write ${parameters.NAME}, or $${ for a plain ${."
_VARIABLE = re.compile(r"[^=\0]+")


def value_problems(value: JSON) -> Iterator[tuple[str, str]]:
    """Whether a value can be passed at all: messages and hints."""
    if reason := not_json(value):
        yield f"{reason}.", ""
    elif message := oversize(value):
        yield f"its value {message}", "Pass large values as a file: a file mapping, or a path under inputs."


def oversize(value: JSON) -> str:
    """What to say of a value that is too large to be passed; empty where it is not."""
    size = len(json.dumps(value))
    if size <= MAX_VALUE_BYTES:
        return ""
    return f"takes {size / 2**20:.1f} MiB, and at most 1 MiB is passed as a parameter."


def declared_problems(declaration: ParameterDeclaration, value: JSON) -> Iterator[tuple[str, str]]:
    """A value for a parameter of a workflow."""
    found = [*value_problems(value)] or [*reference_problems(declaration.name, value)]
    yield from found
    if not found and (message := misdeclared(declaration, value)):
        yield message, ""


def misdeclared(declaration: ParameterDeclaration, value: JSON) -> str:
    """What to say of a value that does not have the declared type; empty where it has."""
    kind = parse_type(declaration.type) if declaration.type else None
    if kind is None or kind.fits(value) or variable_of(value) or (value is None and not declaration.required):
        return ""
    return f"it expects {kind}, and {shortened(value)} is {kind_of(value)}."


def expression_problems(
    value: JSON, declared: Mapping[str, ParameterDeclaration]
) -> Iterator[tuple[str, str, type[InvalidWorkflow]]]:
    """Each ``${…}`` in a value against the workflow's parameters."""
    if text := unclosed(value):
        yield f"{shortened(text)} begins an expression and does not end it.", EXPRESSION_HINT, InvalidWorkflow
    for expression in expressions(value):
        name = parameter_of(expression)
        if name is None:
            meant = f"Did you mean ${{parameters.{expression}}}?" if expression in declared else EXPRESSION_HINT
            yield f"${{{expression}}} is not known.", meant, InvalidWorkflow
        elif name not in declared:
            hint = did_you_mean(name, declared) or f"The workflow's parameters: {', '.join(declared) or 'none'}."
            yield f"the workflow has no parameter {name!r}.", hint, ParameterNotInFlow


def known_expressions(value: JSON, values: Container[str]) -> bool:
    """Whether every ``${…}`` in a value has a value."""
    return all(parameter_of(each) in values for each in expressions(value))


def step_problems(step: Step) -> Iterator[tuple[str, str]]:
    """What a file lets through or Python does, and words that nothing can be called: keys of the step, and messages."""
    if type(step.retries) is not int or not 0 <= step.retries <= MAX_COUNT:
        yield "retries", f"it must be a number from 0 to {MAX_COUNT}, and is {step.retries!r}."
    for name, limit_s in (("timeout", step.timeout_s), ("cell_timeout", step.cell_timeout_s)):
        if limit_s is not None and not limit_s > 0:
            yield name, "it must be more than 0."
    if step.cache.age_s is not None and not step.cache.age_s > 0:
        yield "cache", "an age must be more than 0; `false` is what never takes an earlier run."
    if len(step.for_each) > 1:
        cure = "Let a task or notebook make the list of combinations."
        yield "for_each", f"it names {len(step.for_each)} parameters, and may name one. {cure}"
    for name, source in step.for_each.items():
        if not isinstance(source, MappedParameter | list) and sole_parameter(source) is None:
            yield f"for_each.{name}", f"{name!r} must go through a list, and this is {shortened(source)}."
    if "" in step.inputs:
        yield "inputs", "an item is empty, and stands for no file."
    for name in step.depends_on_env:
        if not _VARIABLE.fullmatch(name):
            yield "depends_on_env", f"{name!r} cannot be the name of a variable."


def misfit(parameter: NotebookParameter, value: JSON, notebook: NotebookSource) -> str:
    """What to say of a value that a notebook's parameter does not take."""
    return f"{expected(parameter, notebook)}, and {shortened(value)} is {kind_of(value)}."


def expected(parameter: NotebookParameter, notebook: NotebookSource) -> str:
    """What a notebook's parameter takes, and where it says so."""
    cell = notebook.parameters_cell
    place = f"{notebook.path.name}, cell {cell.position if cell else 0}, line {parameter.line}"
    reason = str(parameter.type) if parameter.annotated else f"{parameter.type}, as its default {parameter.default!r}"
    return f"{parameter.name!r} expects {reason} ({place})"
