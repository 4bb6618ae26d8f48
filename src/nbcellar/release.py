"""Which version of the package is installed."""

from __future__ import annotations

import os
import sys

_START, _END = "nbcellar-", ".dist-info"


def installed_version() -> str:
    """As the name of the installed package's folder says; `importlib.metadata` would load a mail parser for it."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:  # a zip file, or nothing
            continue
        for name in names:
            if name.startswith(_START) and name.endswith(_END):
                return name[len(_START) : -len(_END)]
    from importlib.metadata import version

    return version("nbcellar")
