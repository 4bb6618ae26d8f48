"""The compressor, loaded without what its package loads beside it and no manifest needs."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType

from nbcellar.lighttypes import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

    from zstandard import ZstdCompressor, ZstdDecompressor

PACKAGE = "zstandard"
BACKEND = f"{PACKAGE}.backend_c"
POLICY = "PYTHON_ZSTANDARD_IMPORT_POLICY"
"""The package's own variable: which implementation it takes."""
_AHEAD = 3  # pieces that are unpacked before somebody looks at them
_lock = threading.Lock()


def compressor(level: int) -> ZstdCompressor:
    """One that packs as hard as the level says; it serves one thread at a time."""
    made: ZstdCompressor = _implementation().ZstdCompressor(level=level)
    return made


def decompressor() -> ZstdDecompressor:
    """One that serves one thread at a time."""
    made: ZstdDecompressor = _implementation().ZstdDecompressor()
    return made


def unpacked_ahead(packed: Iterable[tuple[bytes, int]]) -> Iterator[bytes]:
    """Unpack in two threads, a few ahead of whoever looks at them, since unpacking leaves the interpreter to others."""
    from concurrent.futures import ThreadPoolExecutor  # small assets do without

    def unpack(blob: bytes, size: int) -> bytes:
        return decompressor().decompress(blob, max_output_size=size)

    with ThreadPoolExecutor(2) as pool:
        waiting: deque[Future[bytes]] = deque()
        for blob, size in packed:
            waiting.append(pool.submit(unpack, blob, size))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _implementation() -> ModuleType:
    """The package, where it is loaded or has to choose; else its implementation in C, which it takes when it is."""
    with _lock:
        if PACKAGE in sys.modules or POLICY in os.environ:
            return import_module(PACKAGE)
        return sys.modules.get(BACKEND) or _load() or import_module(PACKAGE)


def _load() -> ModuleType | None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    package = PathFinder.find_spec(PACKAGE)
    spec = PathFinder.find_spec(BACKEND, package.submodule_search_locations) if package else None
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[BACKEND] = module  # so that the package, where somebody imports it later, has the same one
    return module
