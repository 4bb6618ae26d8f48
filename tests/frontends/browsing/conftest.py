"""A project with saved files of many kinds, and a desk to ask about them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.desk import Desk
from nbcellar.frontends.browsing.question import Question
from nbcellar.model import JSON
from nbcellar.store import Cellar, current


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def cellar(project: Path) -> Cellar:
    return current()


@pytest.fixture
def keep(project: Path) -> Callable[..., Asset]:
    """Write files and keep exactly these: ``keep("train", {"a.txt": b"…"})``."""

    def write(name: str, files: dict[str, bytes]) -> Asset:
        for path, data in files.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_bytes(data)
        return asset(list(files), name=name)

    return write


@pytest.fixture
def desk(cellar: Cellar) -> Desk:
    return Desk(cellar)


@pytest.fixture
def ask(desk: Desk) -> Callable[..., Answer]:
    def one(verb: str, **fields: JSON) -> Answer:
        return desk.answer(Question(verb, fields))

    return one
