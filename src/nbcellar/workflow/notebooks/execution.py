"""How the engine ``nbcellar`` runs a notebook: atomic saves at most once a second, and kernels that end.

``papermill --engine nbcellar in.ipynb out.ipynb`` works for those who keep their own scripts; the runner uses the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar

from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager
from papermill.iorw import LocalHandler, papermill_io
from papermill.log import logger

from nbcellar.workflow.kernels.kernel import Kernel
from nbcellar.workflow.kernels.session import CellEnd, CellStart, KernelDied, Session, Stopped, TimedOut
from nbcellar.workflow.notebooks.saving import INTERVAL_S, Checkpoint, replace_file

T = TypeVar("T")
IOPUB_TIMEOUT_S = 60
GRACE_S = 10.0
"""How long an interrupted cell may take to put its things in order."""


class NotebookEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Executes one notebook."""

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, object] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        session: Session | None = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **kwargs: object,
    ) -> NotebookNode:
        """Execute the cells in a kernel of their own, saving on the way.

        Args:
            nb: The notebook, with its parameters.
            kernel_name: The kernel to start.
            output_path: Where to save; None for nowhere.
            progress_bar: Papermill's.
            log_output: Whether outputs go to papermill's log.
            autosave_cell_every: Seconds between saves to a url.
            session: How the runner wants it; None under plain papermill.
            start_timeout: Seconds until a kernel must answer.
            execution_timeout: Seconds that one cell may take.
            kwargs: Further options of nbclient.
        """
        _write_atomically()
        manager = ThrottledManager(nb, output_path, log_output, progress_bar, autosave_cell_every)
        session = session or Session()
        if manager.checkpoint:
            manager.checkpoint.redaction = session.redaction
        manager.notebook_start()
        client = CellarClient(
            manager,
            session,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout=execution_timeout,
            iopub_timeout=IOPUB_TIMEOUT_S,
            log=logger,
            log_output=log_output,
            **{key: value for key, value in kwargs.items() if key not in ("input_path", "timeout", "startup_timeout")},
        )
        try:
            client.execute()
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
        return client.nb


class ThrottledManager(NotebookExecutionManager):  # type: ignore[misc]
    """Keeps papermill's metadata, and saves through a checkpoint where the output is a local file."""

    def __init__(self, nb: NotebookNode, output_path: str | None, *options: object) -> None:
        super().__init__(nb, output_path, *options)
        self.nb: NotebookNode = nb
        local = output_path is not None and "://" not in output_path and output_path != "-"
        self.checkpoint = Checkpoint(Path(str(output_path))) if local else None
        self.last_remote_save_s = float("-inf")

    def save(self, **kwargs: object) -> None:
        """Save, unless it was saved within the last second."""
        if isinstance(replaced := kwargs.get("nb"), NotebookNode):
            self.nb = replaced
        if self.checkpoint:
            self.checkpoint.save(self.nb)
        elif time.monotonic() - self.last_remote_save_s >= self.autosave_cell_every > 0:
            super().save()
            self.last_remote_save_s = time.monotonic()
        self.last_save_time = self.now()

    def save_pending(self) -> None:
        """Save what came too soon after the save before it."""
        if self.checkpoint and self.checkpoint.pending:
            self.checkpoint.save(self.nb)

    def autosave_cell(self, **kwargs: object) -> None:
        """Save what a cell wrote so far; a checkpoint throttles itself."""
        self.save(**kwargs)

    def notebook_complete(self, **kwargs: object) -> None:
        """Close the metadata and write the whole notebook."""
        super().notebook_complete(**kwargs)
        if self.checkpoint:
            self.checkpoint.finish(self.nb)
        elif self.output_path:
            super().save()


class CellarClient(PapermillNotebookClient):  # type: ignore[misc]
    """Runs the cells: waits on messages and process ends, never on a clock."""

    def __init__(self, nb_man: NotebookExecutionManager, session: Session, **options: object) -> None:
        super().__init__(nb_man, **options)
        self.nb: NotebookNode = nb_man.nb
        self.session = session
        self.cell_count = sum(1 for cell in self.nb.cells if cell.cell_type == "code")
        self._running_cell = 0

    def execute(self, **kwargs: object) -> NotebookNode:
        """Run the notebook.

        Raises:
            KernelDied: The kernel ended in the middle.
            TimedOut: The whole took longer than the session allows.
            Stopped: The session was asked to stop.
        """
        self.reset_execution_trackers()
        _run(self._execute())
        return self.nb

    async def _execute(self) -> None:
        folder = self.resources.get("metadata", {}).get("path") or self.session.folder
        kernel = Kernel(self.kernel_name, self.session, folder, list(self.extra_arguments))
        self.km = kernel.manager
        try:
            self.kc = await kernel.start(self.startup_timeout or 60)
            self.nb.metadata["language_info"] = kernel.language
            await self.session.prepare(kernel)
            await self._run_cells(kernel)
            await self.session.conclude(kernel)
            self.set_widgets_metadata()
            if self.session.keep and self._failed:
                self.session.kept = await kernel.keep()
        except (TimedOut, Stopped):
            if self.session.luggage is not None:  # the cells were interrupted, and the kernel lives
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.session.luggage.release(kernel), GRACE_S)
            await kernel.end(kindly=False)
            raise
        except BaseException:
            await kernel.end(kindly=False)
            raise
        finally:
            await kernel.end()
            if (waited_s := self.session.forced_after_s) is not None:
                logger.warning(f"A thread or exit handler still ran {waited_s:g} s later: the kernel was killed.")

    async def _run_cells(self, kernel: Kernel) -> None:
        """The cells, against the kernel's death, the clock and a wish to stop."""
        with self.session.stop.heard_in_loop() as stop:
            cells = asyncio.ensure_future(self._work(kernel))
            saves = asyncio.ensure_future(self._keep_saved())
            stopped, died = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(kernel.death.wait())
            try:
                await asyncio.wait(
                    {cells, stopped, died}, timeout=self.session.timeout_s, return_when=asyncio.FIRST_COMPLETED
                )
                if not cells.done():
                    await self._cut_off(cells, kernel, stopped.done())
                await cells
            finally:
                for task in (stopped, died, saves):
                    task.cancel()

    async def _work(self, kernel: Kernel) -> None:
        """The cells, and before and after them the resources."""
        await self.session.take_in(kernel)
        await self._cells(kernel)
        await self.session.give_back(kernel, failed=self._failed)

    @property
    def _failed(self) -> bool:
        """Whether a cell failed."""
        return bool(self.nb.metadata.papermill.get("exception"))

    async def _cut_off(self, cells: asyncio.Future[None], kernel: Kernel, stopped: bool) -> None:
        """End cells that still run, and say why."""
        if kernel.death.is_set():
            where = f"cell {self._running_cell}: " if self._running_cell else ""
            await _ended(cells)
            raise KernelDied(f"{where}{kernel.epitaph()}")
        await kernel.interrupt()
        await asyncio.wait({cells}, timeout=GRACE_S)
        await _ended(cells)
        if stopped:
            raise Stopped
        raise TimedOut("it", self.session.timeout_s or 0.0)

    async def _keep_saved(self) -> None:
        """What the last output before a long silence was is in the file a second later."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            self.nb_man.save_pending()

    async def _cell(self, kernel: Kernel, index: int, number: int) -> None:
        """One cell, for as long as the session allows."""
        work = self.async_execute_cell(self.nb.cells[index], index)
        limit_s = self.session.cell_timeout_s
        if limit_s is None:
            await work
            return
        running = asyncio.ensure_future(work)
        try:
            await asyncio.wait({running}, timeout=limit_s)
            if running.done():
                await running
                return
            await kernel.interrupt()
            await asyncio.wait({running}, timeout=GRACE_S)
        finally:
            await _ended(running)
        raise TimedOut(f"cell {number}", limit_s)

    async def _cells(self, kernel: Kernel) -> None:
        """The cells, one after the other, as papermill runs them: an error ends the notebook and raises nothing."""
        number = 0
        for index, cell in enumerate(self.nb.cells):
            code = cell.cell_type == "code"
            number += code
            begun = time.monotonic()
            self.nb_man.cell_start(cell, index)
            if code:
                self._running_cell = number
                self.session.listener(CellStart(number, self.cell_count, cell.source))
            try:
                await self._cell(kernel, index, number)
            except CellExecutionError as error:
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                break
            except (DeadKernelError, TimedOut, asyncio.CancelledError):
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index)
                raise
            finally:
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
                if code:
                    self.session.listener(CellEnd(number, self.cell_count, time.monotonic() - begun))
        self._running_cell = 0


async def _ended(cells: asyncio.Future[None]) -> None:
    """Cancel, and wait until its last lines have run."""
    cells.cancel()
    await asyncio.wait({cells})
    if not cells.cancelled():
        cells.exception()  # what it raised is known: the kernel ended


def _run(work: Coroutine[object, object, T]) -> T:
    """Run to the end, also from within a running loop (a notebook that calls papermill)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    results: list[T | BaseException] = []

    def body() -> None:
        try:
            results.append(asyncio.run(work))
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=body, name="nbcellar-engine")
    thread.start()
    thread.join()
    if isinstance(outcome := results[0], BaseException):
        raise outcome
    return outcome


class AtomicHandler(LocalHandler):  # type: ignore[misc]
    """Papermill's local files, replaced as a whole: its last write must not be the one that is cut off."""

    def write(self, buf: str, path: str) -> None:
        """Write a notebook, now or not at all."""
        replace_file(Path(path), buf.encode("utf-8", "surrogatepass"))


def _write_atomically() -> None:
    """Let papermill's own writes of local files go through us; urls stay with their handlers."""
    handlers = papermill_io._handlers
    for index, (scheme, handler) in enumerate(handlers):
        if scheme == "local" and type(handler) is LocalHandler:
            ours = AtomicHandler()
            ours.cwd(handler._cwd)
            handlers[index] = (scheme, ours)
