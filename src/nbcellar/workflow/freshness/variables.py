"""Environment variables that steps depend on."""

from __future__ import annotations

import os

from blake3 import blake3

from nbcellar.model import JSON

_SHORT = 16


def variable_digest(name: str) -> JSON:
    """A digest, since a variable may hold a secret; None where it is not set."""
    value = os.environ.get(name)
    return None if value is None else blake3(value.encode("utf-8", "surrogateescape")).hexdigest()[:_SHORT]
