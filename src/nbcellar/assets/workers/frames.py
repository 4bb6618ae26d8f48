"""Messages in a pipe between two processes: their length, then their bytes."""

from __future__ import annotations

import os
import select

_LENGTH_BYTES = 4


def send(fd: int, message: bytes) -> None:
    """Put a message into a pipe; waits while it is full.

    Raises:
        BrokenPipeError: Nobody reads from it any more.
    """
    view = memoryview(len(message).to_bytes(_LENGTH_BYTES, "little") + message)
    while view:
        view = view[os.write(fd, view) :]


def receive(fd: int) -> bytes | None:
    """The next message; None where the other end was closed, also in the middle of one."""
    head = _read(fd, _LENGTH_BYTES)
    return None if head is None else _read(fd, int.from_bytes(head, "little"))


def waits(fd: int, timeout_s: float) -> bool:
    """Whether a message, or the end, comes within this time."""
    poll = select.poll()  # unlike select it takes descriptors beyond 1,023
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))


def _read(fd: int, count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(fd, count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
