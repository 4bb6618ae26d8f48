"""How an ipykernel ends without a race of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipykernel.kernelbase import Kernel

_WALL = 0x40000000  # Linux: of children that were cloned, too
THREAD_S = 5.0
"""For a thread of the kernel to say its last word."""


def end_threads(timeout_s: float) -> None:
    """End those threads of this kernel that speak; to be called before its sockets are closed.

    ipykernel 7 closes what they send with while they may still send: libzmq aborts then, or the end takes over 10 s.
    """
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    for thread in (app.control_thread, getattr(app, "shell_channel_thread", None)):
        if thread is not None and thread.is_alive():
            thread.stop()
            thread.join(timeout_s)


def overlook_the_dead(kernel: Kernel) -> None:
    """Let a kernel that ends wait for children that live, and not for those that nobody asked how they ended.

    ipykernel counts both, and waits 14 s for the latter to be gone.
    """
    look = getattr(kernel, "_process_children", list)

    def living() -> list[object]:
        from psutil import Error  # type: ignore[import-untyped]

        found = []
        for child in look():
            try:
                if child.status() != "zombie":
                    found.append(child)
            except Error:
                pass  # it has just gone
        return found

    setattr(kernel, "_process_children", living)  # noqa: B010  it is a method


def look_for_children_of_its_own(kernel: Kernel) -> None:
    """Let a kernel that ends look through all processes of the machine for its children only where it has any."""
    look: Callable[[], list[object]] = kernel._process_children
    setattr(kernel, "_process_children", lambda: look() if has_children() else [])  # noqa: B010  it is a method


def has_children() -> bool:
    """Whether this process has children, also such as have ended and were not waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT | _WALL)
    except ChildProcessError:
        return False
    except OSError:
        return True  # the system cannot say
    return True


def ending() -> str:
    """Code for a kernel, which need not have nbcellar: silently run, it leaves no name, and threads will end first."""
    from inspect import getsource
    from textwrap import indent

    return f"""
def _nbcellar_ending():
    import atexit
    Kernel = object
{indent(getsource(end_threads) + getsource(overlook_the_dead), "    ")}
    atexit.register(end_threads, {THREAD_S})
    overlook_the_dead(get_ipython().kernel)
_nbcellar_ending()
del _nbcellar_ending
"""
