"""Threads and child processes that a body started and that still run when it ends; coroutines that run beside it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from nbcellar.tasks.attempts.turns import TURN


@dataclass(frozen=True, slots=True)
class Running:
    """What runs beside us at one moment: threads themselves, since the number of one that ended is given to another."""

    threads: frozenset[threading.Thread]
    children: frozenset[int]

    @classmethod
    def now(cls, *, look_for_children: bool = True) -> Running:
        """Look."""
        threads = frozenset(thread for thread in threading.enumerate() if not _waits(thread))
        return cls(threads, frozenset(_children()) if look_for_children else frozenset())


def leftovers(before: Running, *, started_children: bool) -> str:
    """A sentence about what the body left running; empty where that is nothing."""
    after = Running.now(look_for_children=started_children)
    parts = []
    threads = len(after.threads - before.threads)
    if threads:
        parts.append(f"{threads} thread{'s' if threads > 1 else ''}")
    children = len(after.children - before.children)
    if children:
        parts.append(f"{children} child process{'es' if children > 1 else ''}")
    them = "it writes" if threads + children == 1 else "they write"
    return f"{' and '.join(parts)} still running; what {them} from now on is not in the asset" if parts else ""


def coroutines(namespace: Mapping[str, object]) -> frozenset[int]:
    """The asyncio tasks of this loop that run code of the namespace, but the current one."""
    try:
        own = asyncio.current_task()
    except RuntimeError:  # no loop runs
        return frozenset()
    return frozenset(
        id(task)
        for task in asyncio.all_tasks()
        if task is not own and getattr(getattr(task.get_coro(), "cr_frame", None), "f_globals", None) is namespace
    )


def beside(count: int) -> str:
    """A sentence about coroutines that ran beside a fresh task; empty where there were none."""
    if not count:
        return ""
    others = "1 other coroutine" if count == 1 else f"{count} other coroutines"
    return f"{others} ran meanwhile, and saw this task's folder as the current one"


SERVANTS = ("tqdm", "joblib", "multiprocessing", "ipykernel", "IPython")
"""Libraries whose threads serve others: they draw bars, hand jobs to processes, and stay for the next time."""


def _waits(thread: threading.Thread) -> bool:
    """Whether it only serves: an event loop, as the one behind ``%%bash`` does, other processes, or us."""
    target = getattr(thread, "_target", None)
    if thread.name == TURN or getattr(target, "__name__", "") == "run_forever":
        return True
    if _idles(thread):
        return True
    homes = (type(thread).__module__, getattr(target, "__module__", None) or "")
    return any(home.partition(".")[0] in SERVANTS for home in homes)


def _idles(thread: threading.Thread) -> bool:
    """Whether it is a worker of a thread pool between two jobs: `asyncio.to_thread` leaves some for the next time."""
    pools = sys.modules.get("concurrent.futures.thread")
    worker = getattr(pools, "_worker", None)
    if worker is None or getattr(thread, "_target", None) != worker:
        return False
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and frame.f_code is not worker.__code__:
        if frame.f_code.co_qualname == "_WorkItem.run":  # the job may be done, and whoever waited for it be faster
            future = getattr(frame.f_locals.get("self"), "future", None)
            return future is None or bool(future.done())
        frame = frame.f_back
    return frame is None or bool(frame.f_locals["work_queue"].empty())


def _children() -> list[int]:
    """Process ids of our children that have not ended, zombies left out; none where there is no ``/proc``."""
    found = []
    for thread in os.listdir("/proc/self/task") if os.path.isdir("/proc/self/task") else []:
        try:
            with open(f"/proc/self/task/{thread}/children", "rb") as file:
                found += [int(word) for word in file.read().split()]
        except FileNotFoundError:
            continue
    return [pid for pid in found if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False
