"""The program's first step: what has to be so before the other modules are loaded."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from types import ModuleType

from nbcellar.lighttypes import NoReturn

ADDRESSES = "urllib.parse"


def run() -> NoReturn:
    """The program: run the line of ``sys.argv`` and end the process."""
    gc.set_threshold(100_000)  # a command makes many records and no cycles, and ends soon
    import_paths()
    from nbcellar.frontends.cli import run

    run()


def import_paths() -> None:
    """Import `pathlib` without the reader of addresses, which it has for `Path.as_uri` and which takes as long."""
    if "pathlib" in sys.modules or ADDRESSES in sys.modules:
        return
    postponed = ModuleType(ADDRESSES)
    vars(postponed)["quote_from_bytes"] = quote_from_bytes
    sys.modules[ADDRESSES] = postponed
    try:
        import_module("pathlib")
    finally:
        del sys.modules[ADDRESSES]


def quote_from_bytes(path: bytes) -> str:
    """A path as it stands in an address."""
    return str(import_module(ADDRESSES).quote_from_bytes(path))
