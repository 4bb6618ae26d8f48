"""The digest of a value: equal values of one type have equal fingerprints, as far as their type lets them."""

from __future__ import annotations

import pickle

from blake3 import blake3

from nbcellar.errors import EncodingError
from nbcellar.model import JSON
from nbcellar.tasks.results import as_json

MOST_BYTES = 256 * 2**20


class _Sink:
    """A file that only hashes, and gives up when there is too much."""

    def __init__(self) -> None:
        self.hasher = blake3()
        self.size_bytes = 0

    def write(self, data: bytes | bytearray | memoryview | pickle.PickleBuffer) -> int:
        view = memoryview(data).cast("B")
        self.size_bytes += len(view)
        if self.size_bytes > MOST_BYTES:
            raise EncodingError("The value is larger than 256 MB.")
        self.hasher.update(view)
        return len(view)


def fingerprint(value: object) -> str:
    """Hex of the digest.

    Raises:
        EncodingError: The value is larger than 256 MB, or cannot be taken apart.
    """
    sink = _Sink()
    try:
        pickle.Pickler(sink, protocol=5).dump(value)
    except EncodingError:
        raise
    except Exception as error:  # a value's own __reduce__ may raise anything
        raise EncodingError(f"A {type(value).__name__} cannot be compared: {error}.") from error
    return sink.hasher.hexdigest()


def parameter_value(value: object) -> JSON:
    """A value as a parameter: itself where it is JSON, else its type and fingerprint.

    Raises:
        EncodingError: It is neither.
    """
    try:
        return as_json(value)
    except EncodingError:
        return {"type": type(value).__qualname__, "fingerprint": fingerprint(value)}
