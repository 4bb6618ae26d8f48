"""LUME's FlowOfFlows files: ``composing_flows`` become steps, and a flow's name is that of its notebook or workflow.

The order of the list does not matter. A parameter that nothing is mapped to is one of the whole, called ``FLOW-NAME``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from nbcellar.errors import UsageError
from nbcellar.lightclasses import replace
from nbcellar.model import JSON, NAME
from nbcellar.workflow.documents.document import Body, Document, NotebookBody, ParameterDeclaration, Step, WorkflowBody
from nbcellar.workflow.documents.mapped import FileMappedParameter, MappedParameter
from nbcellar.workflow.loading.mapped import read_mapped
from nbcellar.workflow.loading.reading import Reading, joined, shown
from nbcellar.workflow.loading.yamltree import Listing, Node, Table
from nbcellar.workflow.sources.notebook import read_notebook

FLOWS = "composing_flows"
DOCUMENT_KEYS = ("name", "project_name", "description", "labels", "image", FLOWS)
FLOW_KEYS = ("name", "project_name", "mapped_parameters", "labels", "image")
_NUMBER = re.compile(r"[0-9]+[_-]+")
ONLY_FILE = "**/*"
"""LUME's file mappings name no file: the one that the task wrote is meant."""


def read_flows(reading: Reading, root: Table, folder: Path) -> Document:
    """The document of a FlowOfFlows file; what is wrong with it is noted."""
    items = reading.table(root, "", DOCUMENT_KEYS)
    node = items[FLOWS]
    flows = node.items if isinstance(node, Listing) else ()
    if not flows:
        reading.note(FLOWS, node.line, f"it must be a list of flows, and is {shown(node)}.")
    steps: dict[str, Step] = {}
    declared: dict[str, ParameterDeclaration] = {}
    for index, flow in enumerate(flows):
        step, parameters = _flow(reading, flow, f"{FLOWS}.{index}", folder)
        if step.id in steps:
            reading.note(f"{FLOWS}.{index}.name", flow.line, f"the flow {step.id!r} stands twice.")
        reading.lines |= {
            f"steps.{step.id}{key.removeprefix(f'{FLOWS}.{index}')}": line
            for key, line in list(reading.lines.items())
            if key.startswith(f"{FLOWS}.{index}.")
        }
        reading.lines[f"steps.{step.id}"] = flow.line
        steps[step.id] = step
        declared |= parameters
    return Document(_name(reading, items, "name", root.line), folder, steps, declared)


def _name(reading: Reading, items: Mapping[str, Node], key: str, line: int) -> str:
    name = reading.text(items, "name", key.removesuffix("name").rstrip("."))
    if not NAME.fullmatch(name):
        message = f"{name!r} is not a usable name." if name else "it has no name."
        reading.note(key, line, message, "Use letters, digits, _ and -, and begin with a letter or _.")
    return name


def _flow(reading: Reading, node: Node, key: str, folder: Path) -> tuple[Step, dict[str, ParameterDeclaration]]:
    items = reading.table(node, key, FLOW_KEYS)
    name = _name(reading, items, joined(key, "name"), node.line)
    read = reading.each(
        items.get("mapped_parameters"),
        joined(key, "mapped_parameters"),
        lambda _name, one, path: read_mapped(reading, one, path),
    )
    mapped = {each: _whole(source) for each, source in read.items() if source is not None}
    body, others = _body(name, folder)
    if others:
        listed = " and ".join(map(repr, others))
        reading.note(joined(key, "name"), node.line, f"{name!r} may be {listed}.", "Let one of them have another name.")
    step = Step(name, body, mapped_parameters=mapped)
    declared = _declared(step, folder)
    given: dict[str, JSON] = {each: f"${{parameters.{name}-{each}}}" for each in declared}
    return replace(step, parameters=given), {
        f"{name}-{each}": replace(one, name=f"{name}-{each}") for each, one in declared.items()
    }


def _whole(mapped: MappedParameter) -> MappedParameter:
    if isinstance(mapped, FileMappedParameter) and not mapped.path:
        return replace(mapped, path=ONLY_FILE)
    return mapped


def _body(name: str, folder: Path) -> tuple[Body, list[str]]:
    """The notebook or workflow of that name, also with a number before it: ``02_fit.ipynb`` is ``fit``.

    Returns:
        It, and the names of all that it may be where there are several.
    """
    exact = NotebookBody(f"{name}.ipynb")
    if not NAME.fullmatch(name) or (folder / exact.path).exists():
        return exact, []
    near = folder.glob(f"[0-9]*[_-]{name}.ipynb")
    numbered = [path.name for path in near if _NUMBER.fullmatch(path.stem.removesuffix(name))]
    inner = [name + ending for ending in (".yaml", ".yml") if (folder / (name + ending)).is_file()]
    found = sorted(numbered) or inner
    others = found if len(found) > 1 else []
    if not found:
        return exact, []
    return (NotebookBody(found[0]) if numbered else WorkflowBody(found[0])), others


def _declared(step: Step, folder: Path) -> dict[str, ParameterDeclaration]:
    """The notebook's own parameters that nothing is mapped to, as far as their defaults are JSON."""
    if not isinstance(step.body, NotebookBody):
        return {}
    try:
        parameters = read_notebook(folder / step.body.path).parameters or ()
    except UsageError:
        return {}  # it is noted where notebooks are checked
    return {
        each.name: ParameterDeclaration(each.name, each.type.text if each.annotated else "", each.default)
        for each in parameters
        if each.name not in step.mapped_parameters and each.literal
    }
