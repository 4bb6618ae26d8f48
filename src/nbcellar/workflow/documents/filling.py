"""Expressions where a step says what it looks at: in the paths of its inputs, and inside its mappings.

Those in ``parameters``, and in a list to go through, are values and are expanded where values are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nbcellar.lightclasses import replace
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import Step
from nbcellar.workflow.documents.mapped import DBMappedParameter, FileMappedParameter, MappedParameter
from nbcellar.workflow.documents.templates import expand

BEGIN = "${"


def filled(step: Step, values: Mapping[str, JSON]) -> Step:
    """The step with the values of the workflow's parameters in its places."""
    looks = step.inputs or step.mapped_parameters or step.for_each
    if not looks or not any(BEGIN in text for _, text in places(step)):
        return step
    return refilled(step, lambda text: expand(text, values))


def refilled(step: Step, fill: Callable[[str], JSON]) -> Step:
    """The step with each place filled anew; a number may be a position in a list, everything else is text."""

    def mapped(source: MappedParameter) -> MappedParameter:
        match source:
            case FileMappedParameter(path=path):
                return replace(source, path=str(fill(path)))
            case DBMappedParameter(record=record, attribute_index=index):
                filled_index = tuple(_key(fill(each)) if isinstance(each, str) else each for each in index)
                return replace(source, record=str(fill(record)), attribute_index=filled_index)
        return source

    return replace(
        step,
        inputs=tuple(str(fill(each)) for each in step.inputs),
        mapped_parameters={name: mapped(each) for name, each in step.mapped_parameters.items()},
        for_each={
            name: mapped(each) if isinstance(each, MappedParameter) else each for name, each in step.for_each.items()
        },
    )


def places(step: Step) -> Iterator[tuple[str, str]]:
    """Each text that may hold an expression, with the path of keys below the step."""
    for each in step.inputs:
        yield "inputs", each
    for section, sources in (("mapped_parameters", step.mapped_parameters), ("for_each", step.for_each)):
        for name, source in sources.items():
            match source:
                case FileMappedParameter(path=path):
                    yield f"{section}.{name}", path
                case DBMappedParameter(record=record, attribute_index=index):
                    yield f"{section}.{name}", record
                    yield from ((f"{section}.{name}", each) for each in index if isinstance(each, str))


def _key(value: JSON) -> str | int:
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)
