"""JSON files that prove themselves: the document and BLAKE3 over its bytes, in one object."""

from __future__ import annotations

from blake3 import blake3

_HEAD = b'{"blake3":"'
_MIDDLE = b'","content":'
_TAIL = b"}\n"
_START = len(_HEAD) + 64 + len(_MIDDLE)


def frame(content: bytes) -> bytes:
    """The bytes of the file that holds this JSON document."""
    return _HEAD + blake3(content).hexdigest().encode() + _MIDDLE + content + _TAIL


def unframe(data: bytes) -> bytes:
    """The JSON document in the bytes of a file.

    Raises:
        ValueError: They are damaged.
    """
    content = data[_START : -len(_TAIL)]
    if frame(content) != data:
        raise ValueError("the digest does not fit")
    return content
