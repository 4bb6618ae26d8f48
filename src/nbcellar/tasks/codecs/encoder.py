"""Turns a value into JSON and bytes, by codecs alone. Two places that hold one object stay one object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from nbcellar.errors import EncodingError, NbcellarError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.plain import DICT, LIST, is_simple
from nbcellar.tasks.codecs.protocol import Codec
from nbcellar.tasks.codecs.registry import Registry
from nbcellar.tasks.codecs.sizes import Budget

TAG, VALUE, NUMBER, SAME, BLOB = "$", "v", "#", "same", "blob"


class NotClaimed(Exception):
    """A part of the value has no codec, or holds itself."""

    def __init__(self, value: object) -> None:
        super().__init__(type(value).__qualname__)
        self.value = value


@dataclass(slots=True)
class Node:
    """A value that was encoded; it gets a number when a second place holds it."""

    tag: str
    payload: object = None
    number: int | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Same:
    """A second place of a value."""

    node: Node


@dataclass(frozen=True, slots=True)
class Blob:
    """A place in the list of bytes."""

    index: int


class Encoder:
    """Encodes one value.

    Attributes:
        blobs: What is kept beside the JSON.
        seen: Every object that was met and could be changed or held twice, by its id.
    """

    def __init__(self, registry: Registry, budget: Budget) -> None:
        self.blobs: list[bytes] = []
        self.seen: dict[int, object] = {}
        self._registry = registry
        self._budget = budget
        self._nodes: dict[int, Node] = {}
        self._numbers = 0

    def document(self, value: object) -> JSON:
        """The JSON form of a value.

        Raises:
            NotClaimed: A part of it has no codec.
            EncodingError: It is too large, too deep, or its codec fails.
        """
        try:
            return _lowered(self.encode(value))
        except RecursionError as error:
            raise NotClaimed(value) from error

    def encode(self, value: object) -> object:
        """A part of the value."""
        if is_simple(value):
            return value
        known = self._nodes.get(id(value))
        if known is not None:
            return self._same(known, value)
        self._budget.expect(value)
        codec = self._registry.find(value)
        if codec is None:
            raise NotClaimed(value)
        node = Node(f"{codec.name}/{codec.version}")
        self._nodes[id(value)] = node
        self.seen[id(value)] = value
        node.payload = self._payload(codec, value)
        node.done = True
        return node

    def _payload(self, codec: Codec, value: object) -> object:
        try:
            return codec.encode(value, self)
        except (NotClaimed, NbcellarError, RecursionError):
            raise
        except Exception as error:  # a codec that people registered may raise anything
            raise EncodingError(
                f"The codec {codec.name!r} failed with a {type(value).__qualname__}: {type(error).__name__}: {error}."
            ) from error

    def _same(self, node: Node, value: object) -> Same:
        if not node.done:
            raise NotClaimed(value)
        if node.number is None:
            self._numbers += 1
            node.number = self._numbers
        return Same(node)

    def blob(self, data: bytes) -> object:
        """Bytes that are kept beside the JSON."""
        self._budget.spend(len(data))
        self.blobs.append(data)
        return Blob(len(self.blobs) - 1)


def _lowered(part: object) -> JSON:
    match part:
        case Node():
            return _lowered_node(part)
        case Same(node):
            return {TAG: SAME, VALUE: node.number}
        case Blob(index):
            return {TAG: BLOB, VALUE: index}
        case dict():
            return {_key(key): _lowered(item) for key, item in part.items()}
        case list() | tuple():
            return [_lowered(item) for item in part]
        case None | bool() | int() | float() | str():
            return part
    raise EncodingError(f"A codec gave a {type(part).__qualname__} in its payload, which is no JSON.")


def _lowered_node(node: Node) -> JSON:
    payload = _lowered(node.payload)
    if node.number is None and (node.tag == LIST or (node.tag == DICT and isinstance(payload, dict))):
        return payload
    numbered: dict[str, JSON] = {} if node.number is None else {NUMBER: node.number}
    return {TAG: node.tag, **numbered, VALUE: payload}


def _key(key: object) -> str:
    if type(key) is not str:
        raise EncodingError(f"A codec gave {key!r:.60} as a key of its payload, which is no text.")
    return str(key)


def json_text(document: JSON | Mapping[str, JSON]) -> bytes:
    """JSON in the order of its keys, since the order of a dict is part of it.

    Raises:
        EncodingError: It is too deep.
    """
    try:
        return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    except (RecursionError, ValueError) as error:
        raise EncodingError(f"This cannot be kept as JSON: {error}.") from error
