"""How an ipykernel ends without a race of its own."""

from __future__ import annotations

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


def ending() -> str:
    """Code for a kernel, which need not have nbcellar: silently run, it leaves no name, and threads will end first."""
    from inspect import getsource
    from textwrap import indent

    return f"""
def _nbcellar_ending():
    import atexit
{indent(getsource(end_threads), "    ")}
    atexit.register(end_threads, {THREAD_S})
_nbcellar_ending()
del _nbcellar_ending
"""
