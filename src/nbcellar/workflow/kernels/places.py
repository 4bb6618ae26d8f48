"""Where a kernel is found: its kernelspec, the folder of its sockets, and its process, whose end is waited for."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.errors import RunError
from nbcellar.store.objects.privatefolders import make_private_folder

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpecManager

MAX_SOCKET_NAME = 100
"""Of 104 or more that systems allow; ports add two or three characters."""


def kernelspecs(name: str) -> KernelSpecManager:
    """Where a kernelspec is looked for: in IPython's own folder, the last of all, only where no other has it.

    To ask IPython for that folder is to import all of IPython.
    """
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_core.paths import jupyter_path

    folders = jupyter_path("kernels")
    if any(os.path.isfile(os.path.join(folder, name, "kernel.json")) for folder in folders):
        return KernelSpecManager(kernel_dirs=folders)
    return KernelSpecManager()


def socket_folder() -> Path:
    """A folder for one kernel's sockets.

    Raises:
        RunError: None can be made.
    """
    try:
        return make_private_folder()
    except OSError as error:
        raise RunError(
            f"No folder for the sockets of a kernel could be made: {error}.",
            hint="Free space in the folder for temporary files, or name another by TMPDIR.",
        ) from error


async def end_of_process(pid: int) -> None:
    """Wait for a process to end, without asking again and again."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
