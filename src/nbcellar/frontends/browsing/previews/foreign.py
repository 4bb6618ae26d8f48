"""Formats that large C libraries parse: read by a process of its own, which a hostile file may break and nothing else.

The child (:mod:`nbcellar.frontends.browsing.previews.child`) asks for parts of the file over its standard output and
gets them on its standard input; limits on memory, time and files are on it. Frames: ``R`` with an offset and a length,
answered by a length and the bytes; ``J`` with a length and the JSON of the answer, at the end.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import threading
from typing import IO

from nbcellar.frontends.browsing.previews.head import WHOLE_BYTES, Head
from nbcellar.frontends.browsing.previews.window import TooMuch, Window
from nbcellar.frontends.browsing.views import TableView
from nbcellar.model import JSON

REQUEST = struct.Struct(">QI")
LENGTH = struct.Struct(">I")
_PATIENCE_S = 20.0
_MOST_ANSWER_BYTES = 8_000_000


class Unreadable(Exception):
    """The file cannot be shown: it is damaged, too large, or its library is not installed."""


def foreign_view(head: Head, format_name: str) -> tuple[TableView, str]:
    """The head of a file as a child process reads it, and what it is in words.

    Args:
        format_name: ``parquet``, ``arrow`` or ``hdf5``.

    Raises:
        Unreadable: There is nothing to show; its text says why.
    """
    with subprocess.Popen(
        # -P: a module in the current folder must not stand for a library
        [sys.executable, "-P", "-m", "nbcellar.frontends.browsing.previews.child", format_name, str(head.size_bytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        timer = threading.Timer(_PATIENCE_S, child.kill)
        timer.start()
        try:
            answer = _conversation(child, head)
        finally:
            timer.cancel()
            child.kill()
    return _table(answer)


def _conversation(child: subprocess.Popen[bytes], head: Head) -> dict[str, JSON]:
    assert child.stdin and child.stdout
    window = Window(head, 4 * WHOLE_BYTES)
    try:
        while (kind := child.stdout.read(1)) == b"R":
            offset, length = REQUEST.unpack(_exactly(child.stdout, REQUEST.size))
            data = window.part(offset, length)
            child.stdin.write(LENGTH.pack(len(data)) + data)
            child.stdin.flush()
        if kind == b"J":
            (length,) = LENGTH.unpack(_exactly(child.stdout, LENGTH.size))
            if length <= _MOST_ANSWER_BYTES:
                answer: JSON = json.loads(_exactly(child.stdout, length))
                if isinstance(answer, dict):
                    return answer
    except TooMuch:
        raise Unreadable("Its first rows lie in a part that is too large to be read unasked.") from None
    except (OSError, ValueError, struct.error, EOFError):
        pass
    raise Unreadable("It is damaged, cut off, or too large to be looked into.")


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _table(answer: dict[str, JSON]) -> tuple[TableView, str]:
    if fault := answer.get("fault"):
        raise Unreadable(str(fault))
    match answer:
        case {
            "columns": list(columns),
            "types": list(types),
            "rows": list(rows),
            "total": int() | None as total,
            "word": str(word),
        }:
            shown = tuple(
                tuple(None if cell is None else str(cell) for cell in row) for row in rows if isinstance(row, list)
            )
            names, kinds = tuple(map(str, columns)), tuple(map(str, types))
            return TableView(names, kinds, shown, total, len(shown) == total, 0), word
        case _:
            raise Unreadable("It is damaged.")


def _cell(value: JSON) -> str | None:
    return None if value is None else str(value)
