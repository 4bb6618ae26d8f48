"""Reading ``when:``: one expression, or a list of which each must hold."""

from __future__ import annotations

from nbcellar.errors import UsageError
from nbcellar.model import JSON
from nbcellar.workflow.documents.conditions import Condition, references
from nbcellar.workflow.documents.mapped import MappedParameter
from nbcellar.workflow.loading.mapped import read_mapped
from nbcellar.workflow.loading.reading import Reading, is_nothing, joined, shown
from nbcellar.workflow.loading.yamltree import Listing, Node, Scalar, Table


def read_conditions(reading: Reading, node: Node | None, key: str) -> tuple[Condition, ...]:
    """The conditions of a step; what is wrong with one is noted."""
    if node is None or is_nothing(node):
        return ()
    members = node.items if isinstance(node, Listing) else (node,)
    found = [_condition(reading, member, key) for member in members]
    return tuple(each for each in found if each is not None)


def _condition(reading: Reading, node: Node, key: str) -> Condition | None:
    bindings: dict[str, JSON | MappedParameter] = {}
    if isinstance(node, Table):  # as a composed workflow writes it
        items = reading.table(node, key, ("if", "with"))
        bound = reading.each(items.get("with"), joined(key, "with"), lambda _name, one, at: _binding(reading, one, at))
        bindings = {name: source for name, source in bound.items() if source is not None}
        node = items.get("if", node)
    if not isinstance(node, Scalar) or not isinstance(node.value, str | bool):
        reading.note(key, node.line, f"it must be an expression, and is {shown(node)}.", "Write a comparison.")
        return None
    condition = Condition(str(node.value), bindings)
    try:
        references(condition)
    except UsageError as error:
        reading.note(key, node.line, error.message, error.hint)
        return None
    return condition


def _binding(reading: Reading, node: Node, key: str) -> JSON | MappedParameter:
    return read_mapped(reading, node, key) if isinstance(node, Table) else reading.json(node, key)
