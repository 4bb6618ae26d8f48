"""The cellar that this process talks to."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from nbcellar.model import Address
from nbcellar.settings import Settings, load, project_folder
from nbcellar.store.address import address_of
from nbcellar.store.cellar import Cellar

_OPEN: dict[tuple[Address, Path, Settings, int], Cellar] = {}
_LOCK = threading.Lock()


def current() -> Cellar:
    """The cellar of the environment or else of the current folder, opened once for each place.

    Raises:
        UsageError: A URL is none that can be used.
        FormatTooNewError: A newer version wrote the store.
        StorageError: It could not be read.
    """
    start = Path.cwd()
    settings = load(project_folder(start))
    key = (address_of(start, settings), start, settings, os.getpid())
    with _LOCK:
        if key not in _OPEN:
            _OPEN[key] = Cellar.open(start, address=key[0], settings=settings)
        return _OPEN[key]
