"""Mapped parameters: values that a step takes from what other steps made.

They carry LUME's names; ``from: STEP.NAME`` of a document is (``parent_flow_name``, ``parent_task_name``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import JSON


class _ByType(type):
    """Lets LUME's class be called: ``map_type`` says which of the four is made."""

    def __call__(cls, *values: object, **named: object) -> object:
        if len(values) == 1 and isinstance(values[0], Mapping):
            return cls(**{**values[0], **named})
        every = (RawMappedParameter, FileMappedParameter, DBMappedParameter, ObjectMappedParameter)
        kinds = {each.map_type: each for each in every if issubclass(each, cls)}
        kind = named.pop("map_type", next(iter(kinds)))
        if str(kind) not in kinds:
            hint = did_you_mean(str(kind), kinds) or f"Known: {', '.join(kinds)}."
            raise UsageError(f"No mapped parameter type available for {kind!r}.", hint=hint)
        return type.__call__(kinds[str(kind)], *values, **named)


@dataclass(frozen=True, slots=True)
class MappedParameter(metaclass=_ByType):
    """Any of the four; calling it, with keywords or what a document writes, makes the one that ``map_type`` names.

    Attributes:
        parent_flow_name: The step that made it.
        parent_task_name: The task's or result's name in that step.
    """

    map_type: ClassVar[str]
    parent_flow_name: str
    parent_task_name: str

    if TYPE_CHECKING:

        def __init__(self, *values: object, map_type: str = "raw", **named: object) -> None: ...


@dataclass(frozen=True, slots=True)
class RawMappedParameter(MappedParameter):
    """The JSON result of a task, of ``cellar.result`` or of a function; so it is where no ``map_type`` is named."""

    map_type: ClassVar[str] = "raw"


@dataclass(frozen=True, slots=True)
class FileMappedParameter(MappedParameter):
    """A file of a task's asset, as a stable read-only path.

    Attributes:
        path: The entry, or a glob that exactly one entry fits; empty for the folder with the whole asset.
        as_asset: Pass the reference ``task@4/path`` instead of a path.
    """

    map_type: ClassVar[str] = "file"
    path: str = ""
    as_asset: bool = False


@dataclass(frozen=True, slots=True)
class DBMappedParameter(MappedParameter):
    """Something out of a record: of a step of this run, or the newest of the project.

    Attributes:
        record: The name of a record of the project; empty where a step is named.
        attribute: ``inputs`` or ``outputs``; where it is not given the first of the index; empty for the whole record.
        attribute_index: Keys and list positions, from there inward.
    """

    map_type: ClassVar[str] = "db"
    parent_flow_name: str = ""
    parent_task_name: str = ""
    record: str = ""
    attribute: str = ""
    attribute_index: tuple[str | int, ...] = ()

    def __post_init__(self) -> None:
        index = tuple(self.attribute_index or ())  # None is LUME's
        if not self.attribute and index:  # LUME's newer spelling
            object.__setattr__(self, "attribute", str(index[0]))
            index = index[1:]
        object.__setattr__(self, "attribute_index", index)


@dataclass(frozen=True, slots=True)
class ObjectMappedParameter(MappedParameter):
    """A live object that a function emits, passed on as it is; only between functions of one run."""

    map_type: ClassVar[str] = "object"


_POSITION = re.compile(r"-?[0-9]{1,18}")

ATTRIBUTES = ("inputs", "outputs")
MAP_TYPES = ("raw", "file", "db", "object")


def origin(mapped: MappedParameter) -> tuple[str, str] | None:
    """The (step, name) that it takes from; None for a record of the project."""
    return (mapped.parent_flow_name, mapped.parent_task_name) if mapped.parent_flow_name else None


def reads_as_mapping(value: JSON) -> bool:
    """Whether a plain value looks as a mapping does in a document."""
    if not isinstance(value, dict) or value.get("map_type") not in MAP_TYPES:
        return False
    return not {"from", "parent_flow_name", "record"}.isdisjoint(value)


def mapped_json(mapped: MappedParameter) -> dict[str, JSON]:
    """As a document writes it."""
    source: dict[str, JSON] = {"map_type": mapped.map_type}
    if mapped.parent_flow_name:
        source["from"] = f"{mapped.parent_flow_name}.{mapped.parent_task_name}"
    match mapped:
        case FileMappedParameter(path=path, as_asset=as_asset):
            source |= {"path": path} if path else {}
            source |= {"as": "asset"} if as_asset else {}
        case DBMappedParameter(record=record, attribute=attribute, attribute_index=index):
            source |= {"record": record} if record else {}
            source |= {"attribute": attribute} if attribute else {}
            source |= {"attribute_index": list(index)} if index else {}
        case RawMappedParameter() | ObjectMappedParameter():
            pass
    return source


def source_json(source: JSON | MappedParameter) -> JSON:
    """A plain value or a mapping, as a document writes it."""
    if source is None or isinstance(source, bool | int | float | str | list | dict):
        return source
    return mapped_json(source)


def record_path(mapped: DBMappedParameter) -> tuple[str | int, ...]:
    """From a record to what is taken out of it."""
    return (*([mapped.attribute] if mapped.attribute else []), *mapped.attribute_index)


def look_into(value: JSON, index: Sequence[str | int]) -> JSON:
    """Follow keys and positions inward.

    Raises:
        KeyError: One is not there; its argument says where and what is.
    """
    for depth, key in enumerate(index):
        path = ".".join(map(str, index[:depth])) or "the value"
        if isinstance(value, Mapping):
            if str(key) not in value:
                raise KeyError(f"{path} has no {str(key)!r}; it has {', '.join(map(repr, value)) or 'nothing'}")
            value = value[str(key)]
        elif isinstance(value, list) and _POSITION.fullmatch(str(key)) and -len(value) <= int(key) < len(value):
            value = value[int(key)]
        else:
            kind = f"a list of {len(value)}" if isinstance(value, list) else f"{value!r}"
            raise KeyError(f"{path} is {kind}, which has no {str(key)!r}")
    return value


def raw(step: object, name: str) -> RawMappedParameter:
    """Take the JSON result ``name`` of a step (or its id)."""
    return RawMappedParameter(str(step), name)


def file(step: object, name: str, path: str = "", *, as_asset: bool = False) -> FileMappedParameter:
    """Take a file that the task ``name`` of a step wrote, as a stable read-only path."""
    return FileMappedParameter(str(step), name, path, as_asset)


def db(
    step: object = None,
    name: str = "",
    *,
    record: str = "",
    attribute: str = "",
    attribute_index: Sequence[str | int] = (),
) -> DBMappedParameter:
    """Take something out of a record: ``db(step, "score", …)``, or the project's newest with ``record="score"``.

    Raises:
        UsageError: Both or neither is named.
    """
    if (step is None) == (not record):
        raise UsageError("A db mapping takes a step and a name, or record=, one of the two.")
    index = tuple(attribute_index)
    return DBMappedParameter("" if step is None else str(step), name, record, attribute, index)
