"""Which step needs which."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from nbcellar.errors import UsageError
from nbcellar.workflow.documents.conditions import references
from nbcellar.workflow.documents.document import Document, Step
from nbcellar.workflow.documents.mapped import MappedParameter

_NOTHING: frozenset[str] = frozenset()


def mappings(step: Step) -> dict[str, MappedParameter]:
    """Every mapping of a step, by the path of keys below the step."""
    if not (step.mapped_parameters or step.for_each or step.when):
        return {}
    found = {f"mapped_parameters.{name}": mapped for name, mapped in step.mapped_parameters.items()}
    for name, source in step.for_each.items():
        if isinstance(source, MappedParameter):
            found[f"for_each.{name}"] = source
    for index, condition in enumerate(step.when):
        with suppress(UsageError):  # noted where conditions are read
            for name, source in references(condition).items():
                if isinstance(source, MappedParameter):
                    found[f"when.{index}.{name}"] = source
    return found


def needed(step: Step) -> frozenset[str]:
    """The steps that a step waits for, known or not."""
    if not (step.needs or step.mapped_parameters or step.for_each or step.when):
        return _NOTHING
    parents = {mapped.parent_flow_name for mapped in mappings(step).values()}
    return frozenset({*step.needs, *parents} - {""})


def edges(document: Document) -> dict[str, frozenset[str]]:
    """From each step to those that it waits for; names that are no step are left out."""
    steps = document.steps
    found = {name: needed(step) for name, step in steps.items()}
    return {name: frozenset(filter(steps.__contains__, each)) if each else each for name, each in found.items()}


def order(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """The steps, each after those that it waits for.

    Args:
        graph: The edges.

    Raises:
        graphlib.CycleError: There is no such order.
    """
    return list(TopologicalSorter(graph).static_order()) if any(graph.values()) else list(graph)


def named(document: Document, name: str) -> list[str]:
    """The step of a name, or the steps of the workflow that was a step of that name; none where there is neither."""
    return [step for step in document.steps if step == name or step.startswith(f"{name}.")]


def cycle(document: Document) -> tuple[str, ...]:
    """Steps that wait for each other in a circle, the first again at the end; empty where there are none."""
    needs = {name: each for name, each in edges(document).items() if each}  # what needs nothing is in no circle
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def descendants(graph: Mapping[str, frozenset[str]], start: str) -> set[str]:
    """Every step that waits for ``start``, near or far."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        one = waiting.pop()
        nearer = {name for name, parents in graph.items() if one in parents} - found
        found |= nearer
        waiting.extend(nearer)
    return found
