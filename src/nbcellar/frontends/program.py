"""The program's first step: what has to be so before the other modules are loaded."""

from __future__ import annotations

import gc

from nbcellar.lighttypes import NoReturn
from nbcellar.standins import import_without


def run() -> NoReturn:
    """The program: run the line of ``sys.argv`` and end the process."""
    gc.set_threshold(100_000)  # a command makes many records and no cycles, and ends soon
    import_paths()
    from nbcellar.frontends.cli import run

    run()


def import_paths() -> None:
    """Import `pathlib` without the reader of addresses, which it has for `Path.as_uri` and which takes as long."""
    import_without("pathlib", {"urllib.parse": ["quote_from_bytes"]})
