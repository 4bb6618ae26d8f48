"""What a worker runs: it answers one job after the other, until its pipe is closed or its parent is gone.

It is imported by a process that lives for some tenths of a second, so it imports next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from nbcellar.assets.workers.frames import receive, send, waits

_LOOK_S = 1.0


def serve(answer: Callable[[bytes], bytes], parent: int, requests: int, replies: int) -> None:
    """Answer jobs.

    Args:
        parent: The process that gives them; without it nobody wants an answer.
        requests: Where jobs come from.
        replies: Where answers go.
    """
    while True:
        while not waits(requests, _LOOK_S):
            if is_orphan(parent):
                return
        job = receive(requests)
        if job is None or is_orphan(parent):
            return
        send(replies, answer(job))


def is_orphan(parent: int) -> bool:
    """Whether the process that started this one has ended."""
    return os.getppid() != parent
