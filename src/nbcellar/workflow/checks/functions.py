"""What can be known to be wrong with a function step before anything is called."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from nbcellar.errors import did_you_mean
from nbcellar.model import JSON
from nbcellar.workflow.checks.resources import Finding
from nbcellar.workflow.documents.document import Step, emitted
from nbcellar.workflow.documents.mapped import (
    FileMappedParameter,
    MappedParameter,
    ObjectMappedParameter,
    RawMappedParameter,
)
from nbcellar.workflow.documents.secretreferences import variable_of
from nbcellar.workflow.documents.templates import expand, expressions, parameter_of
from nbcellar.workflow.documents.valuetypes import kind_of, not_json, shortened
from nbcellar.workflow.sources.function import FunctionParameter, FunctionSource


def function_findings(step: Step, source: FunctionSource, values: Mapping[str, JSON]) -> Iterator[Finding]:
    """What the function takes, against what the step gives."""
    if not (step.parameters or step.mapped_parameters or step.for_each or step.use) and not source.required:
        return
    places = {
        name: f"steps.{step.id}.{section}" if section == "use" else f"steps.{step.id}.{section}.{name}"
        for section, names in _given(step).items()
        for name in names
    }
    if source.parameters is None:
        return
    known = {each.name: each for each in source.parameters}
    for name, key in places.items():
        if name in source.refused:
            hint = "Take the `/` out of its signature."
            yield Finding(key, f"{source.title} takes {name!r} by position only, and a step gives names.", hint)
        elif name not in known and not source.any_name:
            hint = did_you_mean(name, known) or f"It takes {', '.join(known) or 'none'}."
            yield Finding(key, f"{source.title} has no argument {name!r}.", hint)
    missing = [name for name in source.required if name not in places]
    if missing:
        hint = "Add it under parameters, mapped_parameters or use."
        yield Finding(f"steps.{step.id}.function", f"{source.title} needs {', '.join(map(repr, missing))}.", hint)
    yield from _misfits(step, source, known, values)


def _given(step: Step) -> dict[str, Collection[str]]:
    return {
        "parameters": step.parameters,
        "mapped_parameters": step.mapped_parameters,
        "for_each": step.for_each,
        "use": step.use,
    }


def _misfits(
    step: Step, source: FunctionSource, known: Mapping[str, FunctionParameter], values: Mapping[str, JSON]
) -> Iterator[Finding]:
    for name, value in step.parameters.items():
        if name not in known or not_json(value) or any(parameter_of(each) not in values for each in expressions(value)):
            continue  # noted elsewhere
        filled = expand(value, values)
        if not known[name].type.fits(filled) and not variable_of(filled):
            yield Finding(f"steps.{step.id}.parameters.{name}", unfit(source, known[name], filled))


def unfit(source: FunctionSource, parameter: FunctionParameter, value: JSON) -> str:
    """What to say of a value that an argument does not take."""
    return f"{parameter.name!r} of {source.title} expects {parameter.type}, and {shortened(value)} is {kind_of(value)}."


def origin_finding(origin: Step, source: FunctionSource, mapped: MappedParameter, key: str) -> Finding | None:
    """What is wrong with a mapping that takes from a function."""
    name, names = mapped.parent_task_name, emitted(origin)
    if not isinstance(mapped, RawMappedParameter | ObjectMappedParameter | FileMappedParameter) or name in names:
        return None
    if isinstance(mapped, FileMappedParameter) and name in (source.name.rpartition(".")[2], origin.id):
        return None
    hint = did_you_mean(name, names) or f"It emits {', '.join(names)}."
    return Finding(key, f"step {origin.id!r} emits no {name!r}.", hint)
