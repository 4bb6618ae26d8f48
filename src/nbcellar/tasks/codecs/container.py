"""The bytes of an encoded value: a line that says what it is, JSON, then the blobs.

::

    nbcellar value 1\\n
    8 bytes, big-endian: length of the JSON
    JSON: {"blobs": [size, …], "value": …}
    the blobs, one after the other
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from nbcellar.errors import CorruptDataError, FormatTooNewError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.encoder import json_text

WORD = b"nbcellar value "
HEAD = WORD + b"1\n"


def pack(document: JSON, blobs: Sequence[bytes]) -> bytes:
    """The bytes of a document and its blobs."""
    sizes: list[JSON] = [len(blob) for blob in blobs]
    text = json_text({"blobs": sizes, "value": document})
    return b"".join((HEAD, len(text).to_bytes(8, "big"), text, *blobs))


def unpack(data: bytes) -> tuple[JSON, list[bytes]]:
    """The document and its blobs.

    Raises:
        CorruptDataError: They are not what was packed.
        FormatTooNewError: A newer version packed them.
    """
    view = memoryview(data)
    if not data.startswith(HEAD):
        if data.startswith(WORD):
            raise FormatTooNewError("A stored value has a newer format.", saved="What is stored is unchanged.")
        raise CorruptDataError("These bytes are no stored value of nbcellar.")
    start = len(HEAD) + 8
    end = start + int.from_bytes(view[len(HEAD) : start], "big")
    try:
        match json.loads(bytes(view[start:end])):
            case {"blobs": list(sizes), "value": document}:
                return document, _blobs(view[end:], sizes)
    except (ValueError, RecursionError) as error:
        raise CorruptDataError(f"A stored value is damaged: {error}.") from error
    raise CorruptDataError("A stored value is damaged: its head is not one.")


def _blobs(view: memoryview, sizes: Sequence[object]) -> list[bytes]:
    blobs, at = [], 0
    for size in sizes:
        if not isinstance(size, int) or size < 0 or at + size > len(view):
            raise ValueError("a part of it is missing")
        blobs.append(bytes(view[at : at + size]))
        at += size
    if at != len(view):
        raise ValueError("there is more than was written")
    return blobs
