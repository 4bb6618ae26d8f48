"""Read leases: the kernel's word that nobody can write to a file, and that we are told before anybody does.

``F_SETLEASE`` with ``F_RDLCK`` is refused while any descriptor or shared mapping can write to the file, and a later
open for writing, or a truncation, waits until the lease is given back (Linux, ``fcntl(2)``).
"""

from __future__ import annotations

import contextlib
import fcntl
import sys


def take_lease(fd: int) -> bool:
    """Ask for a read lease on a descriptor that is open for reading only; False where it is refused."""
    if sys.platform != "linux":
        return False
    import signal

    try:
        # The default signal for a broken lease is SIGIO, which ends the process; SIGURG is ignored unless asked for.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError:
        return False
    return True


def lease_stands(fd: int) -> bool:
    """Whether nobody has asked to write since the lease was taken."""
    try:
        return fcntl.fcntl(fd, fcntl.F_GETLEASE) == fcntl.F_RDLCK
    except OSError:
        return False


def give_back_lease(fd: int) -> None:
    """Let writers in; closing the descriptor does the same."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
