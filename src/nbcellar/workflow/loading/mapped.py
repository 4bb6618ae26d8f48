"""Reading one mapped parameter of a document."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.errors import did_you_mean
from nbcellar.workflow.documents.mapped import (
    MAP_TYPES,
    DBMappedParameter,
    FileMappedParameter,
    MappedParameter,
    ObjectMappedParameter,
    RawMappedParameter,
)
from nbcellar.workflow.loading.reading import Reading, joined, shown
from nbcellar.workflow.loading.yamltree import Listing, Node, Scalar, Table

ORIGIN_KEYS = ("map_type", "from", "parent_flow_name", "parent_task_name", "parent_project_name")
KEYS: Mapping[str, tuple[str, ...]] = {
    "raw": ORIGIN_KEYS,
    "file": (*ORIGIN_KEYS, "path", "as"),
    "db": (*ORIGIN_KEYS, "record", "attribute", "attribute_index"),
    "object": ORIGIN_KEYS,
}


def read_mapped(reading: Reading, node: Node, key: str) -> MappedParameter | None:
    """A mapped parameter; None where it cannot be one, which is noted."""
    if not isinstance(node, Table):
        hint = "Write {map_type: raw, from: STEP.NAME}; plain values belong under parameters."
        reading.note(key, node.line, f"it must be a mapping of keys to values, and is {shown(node)}.", hint)
        return None
    kind = reading.text(node.items, "map_type", key) or "raw"
    if kind not in KEYS:
        hint = did_you_mean(kind, MAP_TYPES) or f"Known: {', '.join(MAP_TYPES)}."
        reading.note(joined(key, "map_type"), node.lines["map_type"], f"unknown map_type {kind!r}.", hint)
        return None
    items = reading.table(node, key, KEYS[kind])
    step, name = _origin(reading, items, key)
    match kind:
        case "file":
            return FileMappedParameter(step, name, reading.text(items, "path", key), _as_asset(reading, items, key))
        case "db":
            return _db(reading, items, key, (step, name), node.line)
    _must_name_step(reading, step, key, node.line)
    return ObjectMappedParameter(step, name) if kind == "object" else RawMappedParameter(step, name)


def _origin(reading: Reading, items: Mapping[str, Node], key: str) -> tuple[str, str]:
    """The step and name, from our spelling or LUME's."""
    if "from" not in items:
        return reading.text(items, "parent_flow_name", key), reading.text(items, "parent_task_name", key)
    text = reading.text(items, "from", key)
    step, dot, name = text.rpartition(".")
    if text and not (step and dot and name):
        reading.note(joined(key, "from"), items["from"].line, f"{text!r} is not STEP.NAME.", "Write STEP.TASK.")
    return step, name


def _must_name_step(reading: Reading, step: str, key: str, line: int) -> None:
    if not step:
        reading.note(key, line, "it says not where the value comes from.", "Add `from: STEP.NAME`.")


def _as_asset(reading: Reading, items: Mapping[str, Node], key: str) -> bool:
    kind = reading.text(items, "as", key) or "path"
    if kind not in ("path", "asset"):
        reading.note(joined(key, "as"), items["as"].line, f"{kind!r} is not known.", "Write path or asset.")
    return kind == "asset"


def _db(reading: Reading, items: Mapping[str, Node], key: str, origin: tuple[str, str], line: int) -> DBMappedParameter:
    record = reading.text(items, "record", key)
    if bool(record) == bool(origin[0]):
        message = "it names both a record of the project and a step." if record else "it names no record and no step."
        reading.note(key, line, message, "Write `record: NAME`, or `from: STEP.NAME`.")
    return DBMappedParameter(*origin, record, reading.text(items, "attribute", key), _index(reading, items, key))


def _index(reading: Reading, items: Mapping[str, Node], key: str) -> tuple[str | int, ...]:
    node = items.get("attribute_index")
    if node is None:
        return ()
    members = node.items if isinstance(node, Listing) else (node,)
    found: list[str | int] = []
    for member in members:
        value = member.value if isinstance(member, Scalar) else None
        if isinstance(value, str | int) and not isinstance(value, bool):
            found.append(value)
        else:
            message = f"each item must be a key or a position, and this is {shown(member)}."
            reading.note(joined(key, "attribute_index"), member.line, message)
    return tuple(found)
