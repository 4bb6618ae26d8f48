"""Codecs of Python's own kinds. Lists, dicts with text keys and simple scalars stand in the JSON as they are."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import TypeVar
from uuid import UUID

from nbcellar.model import JSON
from nbcellar.tasks.codecs.protocol import Codec, KindCodec, Parts, Pieces, damaged, items_of, text_of

T = TypeVar("T")
LARGEST = 2**63 - 1
"""Larger numbers are written in hexadecimal: Python limits decimal ones to 4,300 digits."""

LIST, DICT = "list/1", "dict/1"


def is_simple(value: object) -> bool:
    """Whether JSON can say it as it is, and gives exactly that back."""
    kind = type(value)
    if kind is str:
        return is_text(str(value))
    if kind is int:
        return isinstance(value, int) and -LARGEST <= value <= LARGEST
    if kind is float:
        return isinstance(value, float) and value - value == 0  # neither NaN nor infinite
    return value is None or kind is bool


def is_text(text: str) -> bool:
    """Whether a text is Unicode: JSON would join a lone surrogate with the one behind it."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _by_text(name: str, kind: type[T], write: Callable[[T], str], read: Callable[[str], T]) -> Codec:
    return KindCodec(name, kind, lambda value, _: write(value), lambda payload, _: read(text_of(payload)))


def _by_items(
    name: str, kind: type[T], write: Callable[[T], Iterable[object]], read: Callable[[list[object]], T]
) -> Codec:
    def encode(value: T, parts: Parts) -> object:
        return [parts.encode(item) for item in write(value)]

    def decode(payload: JSON, pieces: Pieces) -> T:
        return read([pieces.decode(item) for item in items_of(payload)])

    return KindCodec(name, kind, encode, decode)


def _in_order(value: Iterable[object]) -> list[object]:
    """An order that does not depend on the process, so that equal sets have equal bytes, as far as reprs allow."""
    return sorted(value, key=repr)


def _encode_dict(value: dict[object, object], parts: Parts) -> object:
    if all(type(key) is str and is_text(key) for key in value) and "$" not in value:
        return {key: parts.encode(item) for key, item in value.items()}
    return [[parts.encode(key), parts.encode(item)] for key, item in value.items()]


def _decode_dict(payload: JSON, pieces: Pieces) -> dict[object, object]:
    if isinstance(payload, dict):
        return {key: pieces.decode(item) for key, item in payload.items()}
    found: dict[object, object] = {}
    for pair in items_of(payload):
        match items_of(pair):
            case [key, item]:
                found[pieces.decode(key)] = pieces.decode(item)
            case other:
                raise damaged(other)
    return found


def _decode_range(payload: JSON, _: Pieces) -> range:
    start, stop, step = (int(text_of(number), 16) for number in items_of(payload))
    return range(start, stop, step)


def _float_bits(value: float) -> str:
    return struct.pack(">d", value).hex()


def _float_of(bits: str) -> float:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    return float(value)


def _text_of_bytes(payload: JSON, pieces: Pieces) -> str:
    return pieces.blob(payload).decode("utf-8", "surrogatepass")


def _path_codec(name: str, kind: type[PurePath]) -> Codec:
    def decode(payload: JSON, pieces: Pieces) -> PurePath:
        path = pieces.decode(payload)
        if not isinstance(path, str):
            raise damaged(payload)
        return kind(path)

    return KindCodec(name, kind, lambda value, parts: parts.encode(str(value)), decode)


PLAIN: tuple[Codec, ...] = (
    _by_items("list", list, list, list),
    KindCodec("dict", dict, _encode_dict, _decode_dict),
    _by_items("tuple", tuple, list, tuple),
    _by_items("set", set, _in_order, set),
    _by_items("frozenset", frozenset, _in_order, frozenset),
    _by_text("int", int, hex, lambda text: int(text, 16)),
    _by_text("float", float, _float_bits, _float_of),
    KindCodec("text", str, lambda value, parts: parts.blob(value.encode("utf-8", "surrogatepass")), _text_of_bytes),
    KindCodec("bytes", bytes, lambda value, parts: parts.blob(value), lambda part, pieces: pieces.blob(part)),
    KindCodec(
        "bytearray",
        bytearray,
        lambda value, parts: parts.blob(bytes(value)),
        lambda part, pieces: bytearray(pieces.blob(part)),
    ),
    KindCodec(
        "complex",
        complex,
        lambda value, _: [_float_bits(value.real), _float_bits(value.imag)],
        lambda payload, _: complex(*(_float_of(text_of(part)) for part in items_of(payload))),
    ),
    KindCodec("range", range, lambda value, _: [hex(value.start), hex(value.stop), hex(value.step)], _decode_range),
    KindCodec(
        "slice",
        slice,
        lambda value, parts: [parts.encode(value.start), parts.encode(value.stop), parts.encode(value.step)],
        lambda payload, pieces: slice(*(pieces.decode(part) for part in items_of(payload))),
    ),
    KindCodec("ellipsis", type(...), lambda _value, _parts: None, lambda _payload, _pieces: ...),
    _by_text("decimal", Decimal, str, Decimal),
    KindCodec("uuid", UUID, lambda value, _: hex(value.int), lambda payload, _: UUID(int=int(text_of(payload), 16))),
    _path_codec("path", type(Path())),
    _path_codec("pure-posix-path", PurePosixPath),
    _path_codec("pure-windows-path", PureWindowsPath),
)
