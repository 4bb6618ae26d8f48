"""Names as keys: base64url of their bytes, since a file's name need not be Unicode and JSON must be."""

from __future__ import annotations

import base64
import binascii

from nbcellar.errors import UsageError


def key_of(name: bytes) -> str:
    """The key of a name."""
    return base64.urlsafe_b64encode(name).decode().rstrip("=")


def name_of(key: str) -> bytes:
    """The name behind a key; the empty key is the top of an asset.

    Raises:
        UsageError: It is no key.
    """
    try:
        return base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(f"{key!r} is not the key of a file.") from error
