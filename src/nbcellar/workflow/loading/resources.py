"""Reading the resources of a document: a list with ids, or noob's mapping from ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nbcellar.errors import UsageError
from nbcellar.model import JSON
from nbcellar.tasks.resources.specification import ResourceSpecification, specification_problems
from nbcellar.workflow.loading.reading import Reading, is_nothing, joined, shown
from nbcellar.workflow.loading.yamltree import Listing, Node, Scalar, Table, plain

SECTIONS = ("resources", "assets")


def read_resources(reading: Reading, items: Mapping[str, Node]) -> dict[str, ResourceSpecification]:
    """The resources of both sections, in their order; what is wrong is noted."""
    found: dict[str, ResourceSpecification] = {}
    for section in SECTIONS:
        for key, specification in _section(reading, items.get(section), section):
            if specification.id in found:
                reading.note(key, reading.lines.get(key, 0), f"there are two resources {specification.id!r}.")
            found[specification.id] = specification
    return found


def read_use(reading: Reading, items: Mapping[str, Node], key: str) -> dict[str, str]:
    """What a step uses: a list of ids, or a mapping from its own names to ids."""
    node = items.get("use")
    if not isinstance(node, Table):
        return {name: name for name in reading.texts(items, "use", key)}
    found: dict[str, str] = {}
    for name, item in reading.table(node, joined(key, "use")).items():
        if isinstance(item, Scalar) and isinstance(item.value, str):
            found[name] = item.value
        else:
            reading.note(joined(key, f"use.{name}"), item.line, f"it must be a resource's id, and is {shown(item)}.")
    return found


def _section(reading: Reading, node: Node | None, section: str) -> Iterator[tuple[str, ResourceSpecification]]:
    match node:
        case None:
            return
        case Listing(items=members):
            for index, member in enumerate(members):
                yield from _one(reading, member, joined(section, str(index)), None)
        case Table(items=table, lines=lines):
            for name, member in table.items():
                reading.lines[joined(section, name)] = lines[name]
                yield from _one(reading, member, joined(section, name), name)
        case _ if not is_nothing(node):
            hint = "Write `- {id: NAME, type: package.module.Name, scope: runner}`."
            reading.note(section, node.line, f"it must be a list of resources, and is {shown(node)}.", hint)


def _one(reading: Reading, node: Node, key: str, name: str | None) -> Iterator[tuple[str, ResourceSpecification]]:
    """One resource; none where it cannot be one, which is noted."""
    reading.lines[key] = node.line
    if not isinstance(node, Table):
        reading.note(key, node.line, f"it must be a mapping of keys to values, and is {shown(node)}.")
        return
    for each, line in node.lines.items():
        reading.lines[joined(key, each)] = line
    value = _value(reading, node, key, name)
    problems = list(specification_problems(value))
    for fault in problems:
        reading.note(joined(key, fault.key), node.lines.get(fault.key, node.line), fault.message, fault.hint)
    if not problems:
        try:
            specification = ResourceSpecification.from_json(value)
        except UsageError as error:
            reading.note(key, node.line, error.message, error.hint)
            return
        named = joined(SECTIONS[0], specification.id)  # so it is called after reading, whatever section it stood in
        for below, line in {
            named: node.line,
            **{joined(named, each): line for each, line in node.lines.items()},
        }.items():
            reading.lines.setdefault(below, line)
        yield key, specification


def _value(reading: Reading, node: Table, key: str, name: str | None) -> dict[str, JSON]:
    value = {each: plain(item) for each, item in node.items.items()}
    if name is None:
        return value
    if "id" in value and value["id"] != name:
        reading.note(joined(key, "id"), node.lines["id"], f"its id is {value['id']!r}, and it stands under {name!r}.")
    return {**value, "id": name}
