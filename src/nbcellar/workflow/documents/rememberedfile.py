"""A file that remembers what was worked out from something, for as long as it is made from the very same.

It is guarded by a digest over itself, another release's is none, and nothing but speed depends on it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from blake3 import blake3

from nbcellar.model import JSON
from nbcellar.release import installed_version

_DIGEST_BYTES = 32


class RememberedFile:
    """One such file.

    Args:
        path: Where it is kept, in a cellar's ``cache/``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def recall(self, made_from: Sequence[JSON]) -> JSON:
        """What was remembered; None where nothing is, or it was made from something else.

        Args:
            made_from: All that it was worked out from.
        """
        try:
            content = self.path.read_bytes()
        except OSError:  # missing, or unreadable: a cache that cannot be read is none
            return None
        head, guard, body = _parts(content)
        if head != _digest_of(made_from) or guard != blake3(body).digest():
            return None
        found: JSON = json.loads(body)
        return found

    def remember(self, made_from: Sequence[JSON], what: JSON) -> None:
        """Remember it instead of what was remembered before; where that cannot be, the next time is slower."""
        with contextlib.suppress(OSError):
            self._write(_digest_of(made_from), json.dumps(what, separators=(",", ":")).encode())

    def _write(self, head: bytes, body: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            new.write_bytes(head + blake3(body).digest() + body)
            new.replace(self.path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                new.unlink()


def _digest_of(made_from: Sequence[JSON]) -> bytes:
    """It and who reads it: another release may make something else of the same."""
    return blake3(json.dumps([installed_version(), *made_from], sort_keys=True).encode()).digest()


def _parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    return content[:_DIGEST_BYTES], content[_DIGEST_BYTES : 2 * _DIGEST_BYTES], content[2 * _DIGEST_BYTES :]
