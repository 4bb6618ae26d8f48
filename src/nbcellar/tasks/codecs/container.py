"""The bytes of an encoded value: a line that says what it is, JSON, then the blobs.

::

    nbcellar value 1\\n
    8 bytes, big-endian: length of the JSON
    JSON: {"blobs": [size, …], "value": …}
    the blobs, one after the other

What precedes the blobs is the head. It and each blob can have a digest, which is kept elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from nbcellar.errors import CorruptDataError, FormatTooNewError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.blobs import Blobs, Memory, Source, broken
from nbcellar.tasks.codecs.encoder import json_text

WORD = b"nbcellar value "
HEAD = WORD + b"1\n"
_START = len(HEAD) + 8


def pack(document: JSON, blobs: Sequence[bytes]) -> bytes:
    """The bytes of a document and its blobs."""
    sizes: list[JSON] = [len(blob) for blob in blobs]
    text = json_text({"blobs": sizes, "value": document})
    return b"".join((HEAD, len(text).to_bytes(8, "big"), text, *blobs))


def unpack(source: Source, digests: Sequence[bytes] | None = None) -> tuple[JSON, Blobs]:
    """The document and its blobs.

    Args:
        digests: Of the head and of each blob, where what is read is to be compared.

    Raises:
        CorruptDataError: They are not what was packed.
        FormatTooNewError: A newer version packed them.
    """
    start = source.take(0, _START)
    if not start.startswith(HEAD):
        if start.startswith(WORD):
            raise FormatTooNewError("A stored value has a newer format.", saved="What is stored is unchanged.")
        raise CorruptDataError("These bytes are no stored value of nbcellar.")
    text = source.take(_START, min(int.from_bytes(start[len(HEAD) :], "big"), source.size_bytes))
    if digests is not None and (not digests or _digest(start + text) != digests[0]):
        raise broken("it is not what was written")
    try:
        match json.loads(text):
            case {"blobs": list(sizes), "value": document}:
                return document, Blobs(source, _places(source, _START + len(text), sizes), digests and digests[1:])
    except (ValueError, RecursionError) as error:
        raise broken(str(error)) from error
    raise broken("its head is not one")


def digests_of(data: bytes) -> tuple[bytes, ...]:
    """The digests of the head and of each blob of a packed value."""
    _, blobs = unpack(Memory(data))
    view = memoryview(data)
    head = len(data) - sum(size for _, size in blobs.places)
    return (_digest(view[:head]), *(_digest(view[at : at + size]) for at, size in blobs.places))


def _digest(data: bytes | memoryview) -> bytes:
    from blake3 import blake3

    return blake3(data).digest()


def _places(source: Source, start: int, sizes: Sequence[object]) -> list[tuple[int, int]]:
    places = []
    for size in sizes:
        if not isinstance(size, int) or size < 0 or start + size > source.size_bytes:
            raise ValueError("a part of it is missing")
        places.append((start, size))
        start += size
    if start != source.size_bytes:
        raise ValueError("there is more than was written")
    return places
