"""What can be wrong with the resources of a document as a whole, and with what its functions emit."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from nbcellar.errors import did_you_mean
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.tasks.resources.specification import Params, ResourceScope
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.document import Document, FunctionBody, NotebookBody, Step, emitted
from nbcellar.workflow.documents.mapped import ObjectMappedParameter


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, by the path of keys to it."""

    key: str
    message: str
    hint: str = ""


def resource_findings(document: Document) -> Iterator[Finding]:
    """Everything that the document alone tells about its resources."""
    for key, specification in document.resources.items():
        if key != specification.id:
            yield Finding(f"resources.{key}", f"its id is {specification.id!r}, and it stands under {key!r}.")
        if specification.depends:
            yield from _depends(document, specification.id, specification.depends)
    for step in document.steps.values():
        yield from _uses(document, step)
        yield from _emits(step)
        yield from _objects(document, step)
    yield from _used_after_storage(document)


def _depends(document: Document, resource: str, depends: str) -> Iterator[Finding]:
    name, _, emits = depends.rpartition(".")
    step, key = document.steps.get(name), f"resources.{resource}.depends"
    if step is None:
        hint = did_you_mean(name, document.steps) or f"Steps: {', '.join(document.steps)}."
        yield Finding(key, f"there is no step {name!r}.", hint)
    elif step.for_each:
        yield Finding(key, f"step {name!r} goes through a list, so that what it emits is no single value.")
    elif emits not in emitted(step):
        yield Finding(key, f"step {name!r} emits no {emits!r}.", _emits_hint(step, emits))


def _uses(document: Document, step: Step) -> Iterator[Finding]:
    for name, resource in step.use.items():
        key = f"steps.{step.id}.use"
        if resource not in document.resources:
            known = document.resources
            hint = did_you_mean(resource, known) or f"The workflow's resources: {', '.join(known) or 'none'}."
            yield Finding(key, f"there is no resource {resource!r}.", hint)
        if not name.isidentifier() or keyword.iskeyword(name):
            yield Finding(key, f"{name!r} cannot be the name of an argument.", "Write `use: {NAME: RESOURCE}`.")
        if name in {*step.parameters, *step.mapped_parameters, *step.for_each}:
            yield Finding(key, f"{name!r} is given twice: as a parameter and as a resource.")


def _emits(step: Step) -> Iterator[Finding]:
    if isinstance(step.body, NotebookBody):
        for name in step.emits:
            if name not in step.use:
                hint = did_you_mean(name, step.use) or f"Give other values by cellar.result({name!r}, VALUE)."
                yield Finding(f"steps.{step.id}.emits", f"a notebook emits resources, and it uses no {name!r}.", hint)
    for name in step.emits:
        if not name.isidentifier() or keyword.iskeyword(name):
            yield Finding(f"steps.{step.id}.emits", f"{name!r} is not a Python identifier.")
    if len(set(step.emits)) < len(step.emits):
        yield Finding(f"steps.{step.id}.emits", "a name stands twice.")


def _objects(document: Document, step: Step) -> Iterator[Finding]:
    """A live object goes from one function to another."""
    for below, mapped in graph.mappings(step).items():
        origin = document.steps.get(mapped.parent_flow_name)
        if not isinstance(mapped, ObjectMappedParameter):
            continue
        key = f"steps.{step.id}.{below}"
        if isinstance(step.body, NotebookBody):
            hint = "Use `map_type: raw` or `file`, or a resource."
            yield Finding(key, "a notebook runs in another process, where no live object can go.", hint)
        elif below.startswith("for_each."):
            yield Finding(key, "for_each goes through JSON or files, not through live objects.")
        elif origin is not None and not isinstance(origin.body, FunctionBody):
            yield Finding(key, f"step {origin.id!r} is no function, and only functions emit live objects.")


def _used_after_storage(document: Document) -> Iterator[Finding]:
    """Steps that run beside or after the step that stores a resource may take it from that step alone."""
    stored = {each.id: each.depends.rpartition(".")[0] for each in document.resources.values() if each.depends}
    stored = {resource: step for resource, step in stored.items() if step in document.steps}
    if not stored:
        return
    rank = generations(document)
    for resource, storing in stored.items():
        for step in document.steps.values():
            if step.id == storing or resource not in step.use.values() or storing not in rank or step.id not in rank:
                continue
            if rank[step.id] >= rank[storing]:
                yield Finding(
                    f"steps.{step.id}.use",
                    f"{resource!r} is stored by step {storing!r}, and {step.id!r} runs beside or after it.",
                    f"Take what {storing!r} emits instead: {{map_type: object, from: "
                    f"{document.resources[resource].depends}}}.",
                )


def plain_params(params: Params) -> JSON:
    """The parts of a resource's parameters that can hold expressions; live objects are left out."""
    values = list(params.values()) if isinstance(params, Mapping) else list(params)
    return [each for each in values if isinstance(each, str | list | dict)]


def generations(document: Document) -> dict[str, int]:
    """How many steps come before each at the most; empty where steps wait for each other in a circle."""
    sorter = TopologicalSorter(graph.edges(document))
    try:
        sorter.prepare()
    except CycleError:
        return {}
    rank: dict[str, int] = {}
    number = 0
    while ready := sorter.get_ready():
        rank.update(dict.fromkeys(ready, number))
        sorter.done(*ready)
        number += 1
    return rank


def live_reasons(document: Document) -> dict[str, str]:
    """Why steps that touch live objects can never be taken from an earlier run."""
    found: dict[str, str] = {}
    for specification in document.resources.values():
        if specification.depends:
            found[specification.depends.rpartition(".")[0]] = f"the resource {specification.id!r} holds what it emits"
    for step in document.steps.values():
        for mapped in graph.mappings(step).values():
            if isinstance(mapped, ObjectMappedParameter):
                found[mapped.parent_flow_name] = f"{step.id!r} takes a live object from it"
                found[step.id] = f"it takes a live object from {mapped.parent_flow_name!r}"
        for resource in step.use.values():
            if document.resources[resource].scope is not ResourceScope.NODE:
                found[step.id] = f"it uses the live resource {resource!r}"
    return found


def _emits_hint(step: Step, name: str) -> str:
    known = emitted(step)
    return did_you_mean(name, known) or f"It emits {', '.join(known) or 'nothing'}."
