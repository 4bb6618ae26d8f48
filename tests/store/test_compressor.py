"""The compressor is the package's own, with and without the package."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
import zstandard

from nbcellar.store.packs.compressor import compressor, unpacked_ahead

ALONE = """
import sys
from nbcellar.store.packs.compressor import compressor
packed = compressor(3).compress(b"content")
assert "zstandard" not in sys.modules
import zstandard
assert zstandard.ZstdCompressor is type(compressor(3))
assert zstandard.ZstdDecompressor().decompress(packed) == b"content"
"""

CHOSEN = """
import sys
from nbcellar.store.packs.compressor import compressor, decompressor
assert type(compressor(3)).__module__ == "zstandard.backend_cffi"
assert decompressor().decompress(compressor(3).compress(b"content")) == b"content"
"""


@pytest.mark.parametrize(("code", "policy"), [(ALONE, ""), (CHOSEN, "cffi")], ids=["alone", "chosen"])
def test_whoever_imports_the_package_later_has_the_same_compressor(code: str, policy: str) -> None:
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHON_ZSTANDARD_IMPORT_POLICY"}
    if policy:
        surroundings["PYTHON_ZSTANDARD_IMPORT_POLICY"] = policy
    subprocess.run([sys.executable, "-c", code], env=surroundings, check=True, timeout=60)


def test_pieces_are_unpacked_ahead_in_their_order_and_no_thread_is_left() -> None:
    pieces = [bytes([number]) * 10_000 for number in range(50)]
    packed = [(compressor(3).compress(piece), len(piece)) for piece in pieces]
    before = set(threading.enumerate())
    assert list(unpacked_ahead(packed)) == pieces
    some = unpacked_ahead(packed)
    assert next(some) == pieces[0]
    some.close()  # type: ignore[attr-defined]
    assert not set(threading.enumerate()) - before
    with pytest.raises(zstandard.ZstdError):
        list(unpacked_ahead([*packed, (b"no zstd", 10)]))
