"""A process that has the IPython stack imported, and forks a kernel whenever it is asked.

The runner starts it as ``python -m nbcellar.workflow.kernels.forkserver FD``; ``FD`` is its end of a socket. Each
message there carries a socket of its own for one kernel, a file with what the kernel is to be, and the files that get
its output. On a kernel's socket the answer comes back (``pid``, or ``cold`` with a reason), then signals go out, and
at last its exit code comes back. Where that socket ends before the kernel does, nobody waits for the kernel: it is
killed with all that it started. So kernels end with the runner, however that ends.

It has one thread, for a fork copies only the one that asks: a lock that another one holds would never be free again.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping, Set
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from nbcellar.lightclasses import dataclass
from nbcellar.workflow.kernels.ending import THREAD_S, end_threads, look_for_children_of_its_own, overlook_the_dead
from nbcellar.workflow.kernels.rehearsal import expect_line, rehearse

PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "encodings.idna",
    "faulthandler",
    "psutil",
    "nbcellar.configfiles",
    "nbcellar.frontends.extension",
    "nbcellar.frontends.configurable",
    "nbcellar.frontends.commands.completion",
    "nbcellar.frontends.display",
    "nbcellar.frontends.line_magic",
    "nbcellar.frontends.magics",
    "nbcellar.frontends.rundisplay",
    "nbcellar.frontends.runplace",
    "nbcellar.frontends.task_completion",
    "nbcellar.frontends.commands.registry",
    "nbcellar.store.publishing.lineage",
    "nbcellar.store.publishing.publication",
    "nbcellar.tasks.reads.inputs",
    "nbcellar.tasks.reads.notebook",
    "nbcellar.tasks.context.recording",
    "tomllib",
)
"""What every kernel imports before its first cell: nothing of the user's, and nothing that starts threads."""
MESSAGE_BYTES = 256
PR_SET_PDEATHSIG = 1
_BUFFERED = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


@dataclass(frozen=True, slots=True)
class Order:
    """A kernel to be.

    Attributes:
        arguments: The kernel's command line, without the interpreter and its options.
        mask: For new files, as by umask.
    """

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    mask: int


@dataclass(frozen=True, slots=True)
class Child:
    """A kernel that runs: its id, a descriptor that tells of its end, the runner's socket for it."""

    pid: int
    ending: int
    channel: socket.socket


class ForkServer:
    """Forks kernels, and tells how they end.

    Args:
        control: The runner's socket; when it ends, so does all.
    """

    def __init__(self, control: socket.socket) -> None:
        self._pid = os.getpid()
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._children: dict[int, Child] = {}

    def serve(self) -> Order | None:
        """Answer until the runner is gone: None then; in the process of a new kernel, what that is to be."""
        while True:
            for key, _ in self._selector.select():
                if isinstance(key.data, Child):
                    self._hear(key.data, ended=key.fd == key.data.ending)
                    continue
                _, files, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 4, socket.MSG_CMSG_CLOEXEC)
                if len(files) < 4:
                    for pid in self._children:
                        _kill_group(pid, signal.SIGKILL)
                    return None
                order = self._take(socket.socket(fileno=files[0]), *files[1:])
                if order is not None:
                    return order

    def _take(self, channel: socket.socket, letter: int, stdout: int, stderr: int) -> Order | None:
        """Fork, if that is safe: the order in the new process, None here."""
        with open(letter, encoding="utf-8", errors="surrogateescape") as text:
            text.seek(0)
            order = Order(**json.load(text))
        reason = why_not(order)
        pid = -1 if reason else os.fork()
        if pid == 0:
            self._leave()
            _stand_alone(self._pid, stdout, stderr)
            _send(channel, {"pid": os.getpid()})
            channel.close()
        os.close(stdout)
        os.close(stderr)
        if pid == 0:
            return order
        if reason:
            _send(channel, {"cold": reason})
            channel.close()
        else:
            self._watch(Child(pid, os.pidfd_open(pid), channel))
        return None

    def _watch(self, child: Child) -> None:
        self._children[child.pid] = child
        self._selector.register(child.ending, selectors.EVENT_READ, child)
        self._selector.register(child.channel, selectors.EVENT_READ, child)

    def _leave(self) -> None:
        """In a new process: what the server holds is not ours."""
        self._selector.close()
        self._control.close()
        for child in self._children.values():
            child.channel.close()
            os.close(child.ending)

    def _hear(self, child: Child, *, ended: bool) -> None:
        if child.pid not in self._children:
            return  # both of its descriptors spoke at once, and it is buried
        if ended:
            self._bury(child)
            return
        message = b""
        with suppress(ConnectionError):
            message = child.channel.recv(MESSAGE_BYTES)
        if not message:
            self._selector.unregister(child.channel)
        _kill_group(child.pid, int(message or signal.SIGKILL))

    def _bury(self, child: Child) -> None:
        """End what a kernel left behind, while its id is still its own, and tell how it ended."""
        _kill_group(child.pid, signal.SIGKILL)
        _, status = os.waitpid(child.pid, 0)
        del self._children[child.pid]
        self._selector.unregister(child.ending)
        with suppress(KeyError):  # the runner hung up before
            self._selector.unregister(child.channel)
        _send(child.channel, {"exit": os.waitstatus_to_exitcode(status)})
        child.channel.close()
        os.close(child.ending)


def why_not(order: Order) -> str:
    """Why a fork would not give the kernel that a new process gives; empty where it would."""
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        return f"the process to fork from has {threads} threads"
    for name in sorted(_names_beside(order.folder) & sys.modules.keys()):
        if os.path.exists(f"{order.folder}/{name}.py") or os.path.exists(f"{order.folder}/{name}/__init__.py"):
            return f"{name} beside the notebook has the name of a module that is imported already"
    return ""


def _names_beside(folder: str) -> set[str]:
    try:
        return {name.removesuffix(".py") for name in os.listdir(folder)}
    except OSError:
        return set()


def _kill_group(pid: int, number: int) -> None:
    """To a kernel and all that it started; a kernel that has not yet its own group gets it alone."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _send(channel: socket.socket, message: dict[str, int | str]) -> None:
    with suppress(OSError):  # the runner is gone: nobody to tell
        channel.send(json.dumps(message).encode())


def _stand_alone(parent: int, stdout: int, stderr: int) -> None:
    """Be what a process of one's own is: a session, standard files, an end with the parent's."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (stdout, 1), (stderr, 2)):
        os.dup2(source, target)
    os.close(nothing)


def become(order: Order, made: Mapping[str, str]) -> None:
    """Run as the kernel that was ordered, to its end.

    Args:
        made: Variables that importing set: it would have set them here.
    """
    from ipykernel.kernelapp import IPKernelApp

    os.chdir(order.folder)
    os.umask(order.mask)
    os.environ.clear()
    os.environ.update({**made, **order.environment, "JPY_PARENT_PID": str(os.getppid())})
    time.tzset()
    sys.argv[:] = order.arguments
    # the launcher's default is read when it is imported, and was for the server
    app = IPKernelApp.instance(parent_handle=os.getppid())
    expect_line(app, order.arguments[1:])
    app.initialize()  # type: ignore[no-untyped-call]
    overlook_the_dead(app.kernel)
    look_for_children_of_its_own(app.kernel)
    atexit.unregister(app.close)  # it frees what the end of the process frees, and waits 10 s when two threads race
    app.start()  # type: ignore[no-untyped-call]
    end_threads(THREAD_S)


def _end(shared: Set[str]) -> NoReturn:
    """What a process does at its end, but for one thing: to free what all kernels share would copy it first.

    Args:
        shared: Names of the modules that were imported before the fork.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for name in sys.modules.keys() - shared:
        module = sys.modules[name]
        if not (getattr(module, "__file__", None) or sys.prefix).startswith((sys.prefix, sys.base_prefix)):
            vars(module).clear()  # the user's own: what it holds is closed
    gc.collect()
    for one in gc.get_objects():
        if issubclass(type(one), _BUFFERED):
            with suppress(Exception):
                one.flush()
    os._exit(0)


def main() -> None:
    """Serve; a new process goes on as a kernel."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runner's, and the kernels' when it sends it on
    sys.path.pop(0)  # the current folder, that `-m` put there
    before = dict(os.environ)
    for name in PRELOADED:
        import_module(name)
    made = {name: value for name, value in os.environ.items() if before.get(name) != value}
    for module in [*sys.modules.values()]:
        hasattr(module, "__file__")  # ipykernel asks the same, and lazy modules import something then
    rehearse()
    shared = frozenset(sys.modules)
    gc.collect()
    gc.freeze()  # a collection would write to pages that all kernels share
    order = ForkServer(control).serve()
    if order is not None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        become(order, made)
        _end(shared)


if __name__ == "__main__":
    main()
