"""The file ``env`` of an environment: each value encoded on its own, so that one that cannot be read harms no other.

::

    nbcellar environment 1\\n
    8 bytes, big-endian: length of the JSON
    JSON: {"id": …, "series": …, "sizes": [[bytes of the key, bytes of the value], …]}
    the encoded keys and values, one after the other
    32 bytes: BLAKE3 of everything before
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from blake3 import blake3

from nbcellar.errors import CorruptDataError, FormatTooNewError
from nbcellar.model import Digest

WORD = b"nbcellar environment "
HEAD = WORD + b"1\n"
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What the file holds.

    Attributes:
        id: ULID of the environment; it stays when the folder is moved.
        series: The name under which its versions are kept in the cellar.
        values: Encoded keys and values, in order.
    """

    id: str
    series: str
    values: Mapping[bytes, bytes] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The file's bytes; the same for the same values."""
        sizes = [[len(key), len(value)] for key, value in self.values.items()]
        head = json.dumps({"id": self.id, "series": self.series, "sizes": sizes}, separators=(",", ":")).encode()
        parts = [HEAD, len(head).to_bytes(8, "big"), head]
        for pair in self.values.items():
            parts.extend(pair)
        body = b"".join(parts)
        return body + digest_of(body)


def digest_of(data: bytes) -> Digest:
    """BLAKE3 of the bytes."""
    return Digest(blake3(data).digest())


def parse(data: bytes, place: str) -> EnvFile:
    """Read the file's bytes.

    Args:
        place: What an error calls the file.

    Raises:
        CorruptDataError: They are not what was written.
        FormatTooNewError: A newer version wrote them.
    """
    if not data.startswith(HEAD):
        if data.startswith(WORD):
            raise FormatTooNewError(f"{place} has a newer format.", saved="It is unchanged.")
        raise CorruptDataError(f"{place} is no environment.", saved="It is unchanged.")
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if digest_of(body) != digest:
        raise CorruptDataError(f"{place} is damaged: its digest does not fit.", saved="It is unchanged.")
    start = len(HEAD) + 8
    end = start + int.from_bytes(body[len(HEAD) : start], "big")
    match json.loads(body[start:end]):
        case {"id": str(own), "series": str(series), "sizes": list(sizes)}:
            return EnvFile(own, series, dict(_pairs(body[end:], sizes)))
    raise CorruptDataError(f"{place} is damaged: its head is not one.", saved="It is unchanged.")


def _pairs(body: bytes, sizes: list[list[int]]) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for key_bytes, value_bytes in sizes:
        middle = at + key_bytes
        yield body[at:middle], body[middle : middle + value_bytes]
        at = middle + value_bytes
