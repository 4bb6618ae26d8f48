"""The cellar that this process talks to."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from nbcellar.model import Address
from nbcellar.settings import Settings, load, project_folder
from nbcellar.store.cellar import Cellar
from nbcellar.store.objects.address import address_of

_OPEN: OrderedDict[tuple[Address, Path, Settings, int], Cellar] = OrderedDict()
_OPEN_AT_ONCE = 8  # a process that walks through many projects must not keep a connection to each
_LOCK = threading.Lock()


def current() -> Cellar:
    """The cellar of the environment or else of the current folder, opened once for each of the latest places.

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
        _OPEN.move_to_end(key)
        while len(_OPEN) > _OPEN_AT_ONCE:
            _OPEN.popitem(last=False)[1].close()
        return _OPEN[key]
