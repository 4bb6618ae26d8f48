"""One kernel for one notebook: started, watched, interrupted and ended without waiting on a clock."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty
from typing import IO, TYPE_CHECKING

from nbcellar.errors import RunError
from nbcellar.model import JSON
from nbcellar.store.objects.privatefolders import bequeath
from nbcellar.workflow.kernels.ending import ending
from nbcellar.workflow.kernels.kept import RELEASE, KeptKernel
from nbcellar.workflow.kernels.places import MAX_SOCKET_NAME, end_of_process, kernelspecs, socket_folder
from nbcellar.workflow.kernels.rehearsal import HISTORY
from nbcellar.workflow.kernels.session import KernelDied, Session

if TYPE_CHECKING:
    from jupyter_client.asynchronous.client import AsyncKernelClient
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

    from nbcellar.workflow.kernels.forks import ForkingProvisioner

END_S = 5.0
"""So long does Jupyter, too, let a kernel come to its end."""
POLL_S = 0.1
CONNECT_AGAIN_MS = 5
"""Its sockets are there a moment after its process; libzmq would look again after 100 ms."""
ASK_AGAIN_S = 5.0
IOPUB_S = 0.1
TAIL_BYTES = 2000


class Kernel:
    """A kernel process and the client that talks to it.

    Attributes:
        language: As the kernel says: ``name``, ``version`` and the like.
        death: Set when the process has ended.
    """

    def __init__(self, name: str, session: Session, folder: Path | str | None, arguments: Sequence[str]) -> None:
        from jupyter_client.manager import AsyncKernelManager  # 0.15 s, and only a run that starts kernels needs it

        self.name = name
        self.session = session
        self.folder = folder
        self.arguments = [*arguments]
        self.manager: AsyncKernelManager = AsyncKernelManager(kernel_name=name, kernel_spec_manager=kernelspecs(name))
        self._private = socket_folder()
        self._kept = False
        self._use_sockets()
        self.client: AsyncKernelClient | None = None
        self.language: Mapping[str, JSON] = {}
        self.death = asyncio.Event()
        self.exit_code: int | None = None
        self._log: IO[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._forking: ForkingProvisioner | None = None

    def _use_sockets(self) -> None:
        """Talk through sockets in a private folder: no other user can listen, and no two kernels race for a port."""
        name = str(self._private / "kernel")
        if self.manager.ipykernel and len(name) < MAX_SOCKET_NAME:
            self.manager.transport, self.manager.ip = "ipc", name
            self.manager.connection_file = f"{name}.json"

    async def start(self, timeout_s: float) -> AsyncKernelClient:
        """Start the process and wait until it answers.

        Raises:
            RunError: There is no such kernel, or it does not answer.
        """
        if self.manager.ipykernel and not any("HistoryManager" in each for each in self.arguments):
            self.arguments.append(HISTORY)
        await self._launch()
        self._watch = asyncio.ensure_future(self._watch_process())
        client = self.client = self._connect()
        await self._answered(timeout_s)
        if self.manager.ipykernel and (self._forking is None or self._forking.cold):
            await self.execute_silently(ending())
        return client

    def _connect(self) -> AsyncKernelClient:
        """Open the channels: in the context that the manager has anyhow, for one has two threads."""
        import zmq

        for option, again_ms in ((zmq.RECONNECT_IVL, CONNECT_AGAIN_MS), (zmq.RECONNECT_IVL_MAX, 4 * CONNECT_AGAIN_MS)):
            self.manager.context.setsockopt(option, again_ms)
        client = self.manager.client(context=self.manager.context)
        client.start_channels(stdin=False, hb=False)  # nobody is there to be asked: `input()` raises at once
        return client

    async def _launch(self) -> None:
        from jupyter_client.kernelspec import NoSuchKernel

        self.session.kernel = "cold: it is to be kept if a cell fails" if self.session.keep else "cold"
        if self.session.fork and not self.session.keep:
            self._fork_if_safe()
        options: dict[str, object] = {"env": {**os.environ, **self.session.environment}}
        if self.folder:
            options["cwd"] = str(self.folder)
        if self.session.log:
            self._log = self.session.log.open("ab")
            options |= {"stdout": self._log, "stderr": self._log}
        try:
            await self.manager.start_kernel(extra_arguments=self.arguments, **options)
        except NoSuchKernel:
            raise RunError(f"There is no kernel {self.name!r}.", hint="`jupyter kernelspec list` names them.") from None
        except OSError as error:
            raise RunError(f"The kernel {self.name!r} cannot be started: {error}.") from error
        if self._forking is not None:
            self.session.kernel = f"cold: {self._forking.cold}" if self._forking.cold else "forked"

    def _fork_if_safe(self) -> None:
        """Let the kernel be forked, where that gives the same kernel; else note why not."""
        from jupyter_client.kernelspec import NoSuchKernel

        from nbcellar.workflow.kernels.forks import ForkingProvisioner, why_cold

        try:
            reason = why_cold(self.manager.kernel_spec)
        except NoSuchKernel:
            return  # starting it says so
        if reason:
            self.session.kernel = f"cold: {reason}"
            return
        self.manager.kernel_id = str(uuid.uuid4())
        self._forking = self.manager.provisioner = ForkingProvisioner(
            kernel_id=self.manager.kernel_id, kernel_spec=self.manager.kernel_spec, parent=self.manager
        )

    async def _answered(self, timeout_s: float) -> None:
        """Ask until shell and iopub both answer: what a kernel says before iopub is connected would be lost."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            request = self._connected.kernel_info()
            reply = await self._reply(request, min(ASK_AGAIN_S, left))
            if reply is not None and await self._idle(request):
                language = reply.get("language_info")
                self.language = language if isinstance(language, dict) else {}
                return
        raise RunError(f"The kernel {self.name!r} did not answer within {timeout_s:g} s.", hint=self._tail())

    async def execute_silently(self, code: str, expressions: Mapping[str, str] | None = None) -> Mapping[str, JSON]:
        """Run code that leaves no output, no history and no count; returns the content of the reply.

        Raises:
            KernelDied: The kernel ended.
        """
        client = self._connected
        request = client.execute(
            code, silent=True, store_history=False, user_expressions=dict(expressions or {}), stop_on_error=False
        )
        reply = await self._reply(request, None)
        assert reply is not None  # without a time limit there is a reply or a death
        return reply

    async def interrupt(self) -> None:
        """Interrupt what runs, as the stop button does."""
        if not self.death.is_set():
            await self.manager.interrupt_kernel()

    async def end(self, *, kindly: bool = True) -> None:
        """End the process with its children, and free what it held; safe to call at any time, and again.

        Args:
            kindly: Let it run its own exit first.
        """
        if self._kept:
            return
        try:
            if self.manager.has_kernel and not self.death.is_set():
                await self._end_process(kindly)
        finally:
            if self._watch:
                self._watch.cancel()
                await asyncio.wait({self._watch})  # it reads where we are about to
            if self.client:
                self.client.stop_channels()
                self.client = None
            if self.manager.has_kernel:
                await self._provisioner.wait()
            await self.manager.cleanup_resources()
            if self._log:
                self._log.close()
            shutil.rmtree(self._private, ignore_errors=True)

    async def keep(self) -> KeptKernel:
        """Let it live on when we are gone, and leave it; it is no longer ours to end.

        Raises:
            KernelDied: It has ended.
        """
        pid = getattr(self._provisioner, "pid", 0)
        bequeath(self._private, pid)
        await self.execute_silently(RELEASE)
        assert self._watch is not None, "the kernel is not started"
        self._watch.cancel()
        await asyncio.wait({self._watch})
        kept = KeptKernel.of(pid, self.manager.connection_file)
        self._connected.stop_channels()
        self.client, self._kept = None, True
        self.manager.transport, self.manager.connection_file = "tcp", ""  # so that what is freed is only ours
        await self.manager.cleanup_resources()
        if self._log:
            self._log.close()
        return kept

    def epitaph(self) -> str:
        """How the process ended."""
        code = self.exit_code
        if code is not None and code < 0:
            reason = f"signal {-code}" + ("; out of memory?" if code == -signal.SIGKILL else "")
        else:
            reason = f"exit code {code}"
        return f"the kernel died ({reason})"

    # the process

    @property
    def _connected(self) -> AsyncKernelClient:
        assert self.client is not None, "the kernel is not started"
        return self.client

    @property
    def _provisioner(self) -> KernelProvisionerBase:
        assert self.manager.provisioner is not None, "the kernel is not started"
        return self.manager.provisioner

    async def _watch_process(self) -> None:
        """Set ``death`` when the process ends."""
        if self._forking is not None and not self._forking.cold:
            self.exit_code = await self._forking.ended()
            self.death.set()
            return
        pid = getattr(self._provisioner, "pid", None)
        if pid is not None and hasattr(os, "pidfd_open"):
            await end_of_process(pid)
        while (code := await self._provisioner.poll()) is None:
            await asyncio.sleep(POLL_S)
        self.exit_code = code
        self.death.set()

    async def _end_process(self, kindly: bool) -> None:
        if kindly and self.client:
            self.client.shutdown()
            if await self._dead_within(END_S):
                return
            self.session.forced_after_s = END_S
        await self._provisioner.kill()
        await self._dead_within(END_S)

    async def _dead_within(self, timeout_s: float) -> bool:
        try:
            await asyncio.wait_for(self.death.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    def _tail(self) -> str:
        """The last that the process printed."""
        if not self.session.log or not self.session.log.exists():
            return ""
        text = self.session.log.read_bytes()[-TAIL_BYTES:].decode(errors="replace").strip()
        return f"It printed: {text}" if text else ""

    # messages

    async def _reply(self, request: str, timeout_s: float | None) -> Mapping[str, JSON] | None:
        """The content of a reply; None where none came in time.

        Raises:
            KernelDied: The process ended.
        """
        answer = asyncio.ensure_future(self._shell_reply(request))
        died = asyncio.ensure_future(self.death.wait())
        try:
            await asyncio.wait({answer, died}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            if died.done():
                raise KernelDied(f"{self.epitaph()}. {self._tail()}".strip())
            return None
        finally:
            answer.cancel()
            died.cancel()

    async def _shell_reply(self, request: str) -> Mapping[str, JSON]:
        while True:
            message = await self._connected.get_shell_msg(timeout=None)
            if message["parent_header"].get("msg_id") == request:
                content: Mapping[str, JSON] = message["content"]
                return content

    async def _idle(self, request: str) -> bool:
        """Whether iopub says that a request is done; not in time means that it is not connected yet."""
        try:
            while True:
                message = await self._connected.get_iopub_msg(timeout=IOPUB_S)
                ours = message["parent_header"].get("msg_id") == request
                if ours and message["content"].get("execution_state") == "idle":
                    return True
        except Empty:
            return False
